"""Whatever is sent to the API: a small, truthful answer, and nothing stored but valid orders."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.submission import MAX_TEXT, OrderSubmission, parse_submission
from checkout_runtime.handlers.http_api import MAX_BODY_BYTES
from tests.checkout_runtime.factories import submitted
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.http_requests import CLAIMS, body_of, request
from tests.hypothesis_profiles import examples

Answer = dict[str, Any]

UNDERSTOOD = {200, 202}
REFUSED = {400, 403, 404, 409, 413, 415, 422}
WITH_A_CALL = {
    "idempotency-key-reused",
    "order-not-found",
    "attempt-not-replaceable",
    "attempt-not-current",
}
SMALL_BYTES = 128 * 1024
SAYS_TOO_MUCH = ("Traceback", 'File "', "botocore", "checkout_runtime", "arn:aws", "TableName")
NO_ORDER = "ord_" + "a" * 52

property_test = settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Lone surrogates, NUL and unassigned characters are text here too.
any_text = st.text(st.characters(exclude_categories=()), max_size=2 * MAX_TEXT)
any_number = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([0, -1, 10**12, 2**53, 2**63, -(2**63), 10**300, 1e400, 4200.0, -0.0]),
)
any_json = st.recursive(
    st.one_of(st.none(), st.booleans(), any_number, any_text),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(any_text, inner, max_size=4)
    ),
    max_leaves=8,
)


@st.composite
def submissions(draw: st.DrawFn) -> dict[str, Any]:
    """A valid body with some of its fields made anything."""
    body = submitted()
    if draw(st.booleans()):
        line = {**body["lines"][0], **draw(st.dictionaries(line_fields, any_json, max_size=2))}
        body["lines"] = [line] * draw(st.sampled_from([0, 1, 2, 100, 101]))
    return {**body, **draw(st.dictionaries(order_fields, any_json, max_size=2))}


order_fields = st.one_of(st.sampled_from(sorted(submitted())), any_text)
line_fields = st.one_of(st.sampled_from(["sku", "quantity"]), any_text)
raw_bodies = st.one_of(
    any_text,
    st.binary(max_size=300),
    any_json.map(json.dumps),
    submissions().map(json.dumps),
    st.integers(0, len(json.dumps(submitted()))).map(lambda n: json.dumps(submitted())[:n]),
    st.integers(-2, 2).map(lambda n: " " * (MAX_BODY_BYTES + n)),
    st.integers(1, 60_000).map(lambda n: "[" * n),
    st.integers(1, 60_000).map(lambda n: '{"a":' * (n // 5)),
    st.integers(1, 9000).map(lambda n: '{"amount":' + "9" * n + "}"),
)


@dataclass(frozen=True)
class Api:
    """The functions by name, without the attributes by which hypothesis takes them for a mock."""

    orders: DynamoDbOrders
    calls: list[str]
    send: Callable[[str, dict[str, Any]], Answer]


@pytest.fixture
def api(functions: Functions) -> Api:
    def send(name: str, event: dict[str, Any]) -> Answer:
        answer: Answer = getattr(functions, name)(event)
        return answer

    return Api(functions.orders, functions.calls, send)


def check(answer: Answer, calls: list[str]) -> None:
    """The answer is one that the API may give, and AWS was called only where it says so."""
    status, headers = answer["statusCode"], answer["headers"]
    assert status in UNDERSTOOD | REFUSED
    assert len(json.dumps(answer)) < SMALL_BYTES
    assert not [word for word in SAYS_TOO_MUCH if word in answer["body"]]
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert len(calls) <= 1
    body = body_of(answer)
    if status in UNDERSTOOD:
        assert headers["Content-Type"] == "application/json"
        assert is_order_id(body["order_id"])
        return
    assert headers["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert {"type", "title"} <= set(body)
    assert not calls or body["type"].rpartition(":")[2] in WITH_A_CALL


def check_stored(api: Api, order_id: str) -> None:
    """What is stored under the id is an order that could be submitted just so."""
    order = api.orders.get(order_id)
    assert order is not None
    lines = [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]
    fields = {name: getattr(order, name) for name in submitted()}
    read = parse_submission({**fields, "lines": lines})
    assert isinstance(read, OrderSubmission)
    assert read.fingerprint == order.fingerprint


def place(api: Api, event: dict[str, Any]) -> Answer:
    api.calls.clear()
    answer = api.send("place_order", event)
    check(answer, api.calls)
    if answer["statusCode"] in UNDERSTOOD:
        check_stored(api, body_of(answer)["order_id"])
    return answer


@property_test
@given(body=submissions(), key=st.integers(0, 10**9))
@example(body=submitted(amount=math.inf), key=0)
@example(body=submitted(customer="\0"), key=1)
@example(body=submitted(customer="\ud800"), key=2)
@example(body=submitted(lines=[{"sku": "\u202e", "quantity": 1}]), key=3)
@example(body=submitted(payment_method="4242 4242 4242 4242"), key=4)
@example(body=submitted(lines=[{"sku": "s" * 700, "quantity": 1}] * 101), key=5)
@example(body=submitted(lines=[{"sku": "s" * 128, "quantity": 1}] * 100), key=6)
def test_any_fields_make_a_valid_order_or_none(body: dict[str, Any], key: int, api: Api) -> None:
    raw = json.dumps(body)
    if len(raw) > MAX_BODY_BYTES:
        expected = {413}
    elif _has_no_json(body):
        expected = {400}
    else:
        valid = isinstance(parse_submission(body), OrderSubmission)
        expected = {202, 422} if valid else {422}
    assert place(api, request(raw, key=str(key)))["statusCode"] in expected


def _has_no_json(body: object) -> bool:
    try:
        json.dumps(body, allow_nan=False)
    except ValueError:
        return True
    return False


@property_test
@given(body=raw_bodies, encoded=st.booleans())
def test_any_body_is_answered(body: str | bytes, encoded: bool, api: Api) -> None:
    if encoded and isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    place(api, request(body, encoded=encoded))


@property_test
@given(body=any_text, encoded=st.booleans())
def test_a_body_that_is_encoded_otherwise_than_it_says_is_answered(
    body: str, encoded: bool, api: Api
) -> None:
    place(api, {**request(), "body": body, "isBase64Encoded": encoded})


@property_test
@given(key=st.one_of(any_text, any_text.map(lambda text: f'"{text}"')))
@example(key="k" * 255)
@example(key='"' + '\\"' * 255 + '"')
@example(key='"a", "b"')
@example(key="\0")
def test_any_key_names_an_order_or_is_refused_and_not_told(key: str, api: Api) -> None:
    answer = place(api, request(submitted(), key=key))
    assert answer["statusCode"] in {202, 400}
    assert len(key) < 8 or key not in answer["body"]


@property_test
@given(headers=st.dictionaries(any_text, any_text, max_size=4), content_type=any_text)
def test_any_headers_are_answered(headers: dict[str, str], content_type: str, api: Api) -> None:
    event = request(submitted())
    place(api, {**event, "headers": {**event["headers"], **headers}})
    place(api, {**event, "headers": {**event["headers"], "content-type": content_type}})


@property_test
@given(claims=st.one_of(any_json, st.fixed_dictionaries({"iss": any_json, "sub": any_json})))
def test_any_claims_name_a_principal_or_are_refused_and_not_told(claims: Any, api: Api) -> None:
    event = request(submitted())
    event["requestContext"] = {"authorizer": {"jwt": {"claims": claims}}}
    assert place(api, event)["statusCode"] in {202, 403}
    event["requestContext"] = {"authorizer": claims}
    assert place(api, event)["statusCode"] == 403


@property_test
@given(order_id=st.one_of(any_text, st.from_regex(r"ord_[a-z2-7]{52}\n?")), body=any_json)
@example(order_id=f"{NO_ORDER}\n", body={})
@example(order_id="reconciler#bookmark", body={"replaces": 1, "payment_method": "p"})
def test_any_path_is_no_order(order_id: str, body: Any, api: Api) -> None:
    for name in ("get_order", "start_payment_attempt", "resume_payment"):
        api.calls.clear()
        answer = api.send(name, request(body, order_id=order_id))
        check(answer, api.calls)
        assert answer["statusCode"] in {400, 404, 422}
        assert not api.calls or is_order_id(order_id)


@property_test
@given(
    body=st.one_of(
        any_json,
        st.fixed_dictionaries({"replaces": any_json, "payment_method": any_json}),
        st.fixed_dictionaries({"attempt": any_json}),
    )
)
@example(body={"replaces": 10**6 + 1, "payment_method": "p"})
@example(body={"attempt": True})
@example(body={"attempt": 2})
def test_any_wish_about_a_pending_order_changes_nothing(body: Any, api: Api) -> None:
    order_id = body_of(api.send("place_order", request(submitted())))["order_id"]
    before = api.orders.get(order_id)
    for name in ("start_payment_attempt", "resume_payment"):
        api.calls.clear()
        answer = api.send(name, request(body, order_id=order_id))
        check(answer, api.calls)
    assert api.orders.get(order_id) == before


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({f"{n:x}": 0 for n in range(6000)}),
        pytest.param(
            {"lines": [{f"{n:x}": 0 for n in range(60)} for _ in range(100)]},
        ),
        {"é" * 30_000: 0},
        {"lines": [0] * 30_000},
    ],
    ids=["short names", "short names in lines", "a long name", "lines that are none"],
)
def test_an_answer_stays_small_whatever_was_sent(body: Any, api: Api) -> None:
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    assert len(raw.encode()) <= MAX_BODY_BYTES
    answer = place(api, request(raw))
    assert answer["statusCode"] == 422


def test_an_event_with_as_little_as_api_gateway_sends_is_answered(api: Api) -> None:
    event: dict[str, Any] = {"headers": {}, "requestContext": {}, "isBase64Encoded": False}
    for name in ("place_order", "get_order", "start_payment_attempt", "resume_payment"):
        answer = api.send(name, event)
        assert answer["statusCode"] == 403
        event_of_buyer = {
            **event,
            "requestContext": {"authorizer": {"jwt": {"claims": CLAIMS}}},
        }
        assert api.send(name, event_of_buyer)["statusCode"] in {400, 404}
