"""Every answer of the HTTP API, from the real handlers on a real table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.handlers.http_api import MAX_BODY_BYTES
from tests.checkout_runtime.factories import submitted
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches
from tests.checkout_runtime.handlers.http_requests import CLAIMS, body_of, placement, request

BEN = {**CLAIMS, "sub": "ben"}
NO_ORDER = "ord_" + "a" * 52
Answer = dict[str, Any]


def check_problem(answer: Answer, status: int, slug: str) -> dict[str, Any]:
    assert answer["statusCode"] == status
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    body = body_of(answer)
    assert body["status"] == status
    assert body["type"].endswith(f":{slug}")
    assert body["title"]
    return body


def test_a_placement_is_accepted_by_exactly_one_call_of_aws(functions: Functions) -> None:
    answer = functions.place_order(placement())
    assert functions.calls == ["PutItem"]
    assert answer["statusCode"] == 202
    body = body_of(answer)
    assert is_order_id(body["order_id"])
    assert (body["status"], body["attempt"], body["amount"]) == ("PENDING", 1, 4200)
    headers = answer["headers"]
    assert headers["Location"] == f"/orders/{body['order_id']}"
    assert (headers["Retry-After"], headers["Cache-Control"]) == ("1", "no-store")
    assert "Idempotent-Replayed" not in headers


@pytest.mark.parametrize("key", ["k1", '"k1"', " k1 "])
def test_a_resubmission_is_the_same_order_marked_as_a_replay(
    key: str, functions: Functions
) -> None:
    first = functions.place_order(placement())
    second = functions.place_order(placement(key, payment_method="pm_other"))
    assert body_of(second) == {**body_of(first), "payment_method_ignored": True}
    assert second["statusCode"] == 202
    assert second["headers"]["Idempotent-Replayed"] == "true"
    assert functions.calls == ["PutItem", "PutItem"]


def test_other_content_under_the_same_key_is_422_and_changes_nothing(functions: Functions) -> None:
    order_id = body_of(functions.place_order(placement()))["order_id"]
    before = functions.orders.get(order_id)
    answer = functions.place_order(placement(amount=1))
    check_problem(answer, 422, "idempotency-key-reused")
    assert functions.orders.get(order_id) == before


@pytest.mark.parametrize(
    ("event", "status", "slug"),
    [
        (request(submitted(), key=None), 400, "idempotency-key-missing"),
        (request(submitted(), key=""), 400, "idempotency-key-malformed"),
        (request(submitted(), key="a,b"), 400, "idempotency-key-malformed"),
        (request(submitted(), key="k" * 256), 400, "idempotency-key-malformed"),
        (request("{"), 400, "malformed-json"),
        (request(""), 400, "malformed-json"),
        (request('{"amount": NaN}'), 400, "malformed-json"),
        (request('{"amount": -Infinity}'), 400, "malformed-json"),
        (request('{"amount": 1, "amount": 2}'), 400, "malformed-json"),
        (request('{"lines": [{"sku": "a", "sku": "b"}]}'), 400, "malformed-json"),
        (request("[" * 60_000), 400, "malformed-json"),
        (request('{"amount": ' + "9" * 5000 + "}"), 400, "malformed-json"),
        (request(b"\xff\xfe{}", encoded=True), 400, "malformed-json"),
        (request('"\ud800"'), 400, "malformed-json"),
        (request('{"customer": "Zo\ufffd"}'), 400, "malformed-json"),
        ({**request("{}"), "isBase64Encoded": True}, 400, "malformed-json"),
        (request(" " * (MAX_BODY_BYTES + 1)), 413, "content-too-large"),
        (request(b" " * (MAX_BODY_BYTES + 1), encoded=True), 413, "content-too-large"),
        (request(submitted(), content_type=None), 415, "unsupported-media-type"),
        (request(submitted(), content_type="text/plain"), 415, "unsupported-media-type"),
        (request([]), 422, "invalid-fields"),
        (request(submitted(), claims=None), 403, "unidentified-principal"),
        (request(submitted(), claims={"iss": "x"}), 403, "unidentified-principal"),
        (request(submitted(), claims={"iss": "x", "sub": ""}), 403, "unidentified-principal"),
        (request(submitted(), claims={"iss": "x", "sub": 7}), 403, "unidentified-principal"),
        (request(submitted(), claims={"iss": "x", "sub": "\ufffd"}), 403, "unidentified-principal"),
        (request(submitted(), claims={"iss": "x", "sub": " "}), 403, "unidentified-principal"),
        (request(submitted(customer="Zo\ufffd")), 422, "invalid-fields"),
        (request(submitted(customer="Zo\ufffd"), encoded=True), 422, "invalid-fields"),
        (request('{"customer": "Zo\ufffd"}', encoded=True), 422, "invalid-fields"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_wrong_is_refused_before_aws_is_called(
    event: dict[str, Any], status: int, slug: str, functions: Functions
) -> None:
    check_problem(functions.place_order(event), status, slug)
    assert functions.calls == []


def test_every_wrong_field_is_named(functions: Functions) -> None:
    event = placement(amount=1.5, currency="eur", lines=[{"sku": "a"}], more=1)
    body = check_problem(functions.place_order(event), 422, "invalid-fields")
    assert [error["field"] for error in body["errors"]] == [
        "amount",
        "currency",
        "more",
        "lines[0].quantity",
    ]
    assert functions.calls == []


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_body_may_come_encoded_and_its_type_with_parameters(
    content_type: str, functions: Functions
) -> None:
    event = request(submitted(customer="Zoë"), content_type=content_type, encoded=True)
    assert functions.place_order(event)["statusCode"] == 202


def test_an_order_is_shown_to_its_principal_and_not_to_another(functions: Functions) -> None:
    order_id = body_of(functions.place_order(placement()))["order_id"]
    mine = functions.get_order(request(order_id=order_id))
    assert (mine["statusCode"], body_of(mine)["order_id"]) == (200, order_id)
    assert mine["headers"]["Retry-After"] == "1"
    hers = functions.get_order(request(order_id=order_id, claims=BEN))
    none = functions.get_order(request(order_id=NO_ORDER))
    check_problem(hers, 404, "order-not-found")
    assert hers == none


@pytest.mark.parametrize("order_id", ["", "reconciler#bookmark", "ord_x", "../orders"])
def test_what_cannot_be_an_order_id_is_not_even_looked_for(
    order_id: str, functions: Functions
) -> None:
    check_problem(functions.get_order(request(order_id=order_id)), 404, "order-not-found")
    assert functions.calls == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("start_payment_attempt", {"replaces": 1, "payment_method": "p"}),
        ("resume_payment", {"attempt": 1}),
    ],
)
def test_nobody_changes_another_principals_order(
    name: str, body: dict[str, Any], functions: Functions
) -> None:
    order_id = body_of(functions.place_order(placement()))["order_id"]
    before = functions.orders.get(order_id)
    event = request(body, order_id=order_id, claims=BEN)
    check_problem(getattr(functions, name)(event), 404, "order-not-found")
    assert functions.orders.get(order_id) == before


def test_an_attempt_that_is_not_declined_is_409_with_the_stored_order(functions: Functions) -> None:
    order_id = body_of(functions.place_order(placement()))["order_id"]
    event = request({"replaces": 1, "payment_method": "p"}, order_id=order_id)
    body = check_problem(functions.start_payment_attempt(event), 409, "attempt-not-replaceable")
    assert (body["order_status"], body["current_attempt"]) == ("PENDING", 1)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([], [""]),
        ({}, ["replaces", "payment_method"]),
        ({"replaces": True, "payment_method": "p"}, ["replaces"]),
        ({"replaces": 0, "payment_method": "p"}, ["replaces"]),
        ({"replaces": 1.0, "payment_method": "p"}, ["replaces"]),
        ({"replaces": 1, "payment_method": "4242424242424242"}, ["payment_method"]),
        ({"replaces": 1, "payment_method": "4242.4242.4242.4242"}, ["payment_method"]),
        ({"replaces": 1, "payment_method": "p", "amount": 1}, ["amount"]),
        ({"replaces": 0, "payment_method": "p", "x" * 200: 1}, ["replaces", "x" * 128]),
        (
            {"replaces": 1, "payment_method": "p", **{f"n{n}": n for n in range(9)}},
            [f"n{n}" for n in range(5)],
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_request_for_an_attempt_names_its_fields(
    body: Any, fields: list[str], functions: Functions
) -> None:
    answer = functions.start_payment_attempt(request(body, order_id=NO_ORDER))
    problem = check_problem(answer, 422, "invalid-fields")
    assert [error["field"] for error in problem["errors"]] == fields
    assert functions.calls == []


def test_a_store_that_does_not_answer_is_503_and_says_to_come_back(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    clear_caches()
    answer = functions.place_order(placement())
    check_problem(answer, 503, "try-again")
    assert answer["headers"]["Retry-After"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([], [""]),
        ({"attempt": 1, "payment_method": "p"}, ["payment_method"]),
        ({"attempt": 0, "x" * 200: 1}, ["attempt", "x" * 128]),
        ({"attempt": 1, **{f"n{n}": n for n in range(9)}}, [f"n{n}" for n in range(5)]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_request_to_resume_names_its_fields(
    body: Any, fields: list[str], functions: Functions
) -> None:
    answer = functions.resume_payment(request(body, order_id=NO_ORDER))
    problem = check_problem(answer, 422, "invalid-fields")
    assert [error["field"] for error in problem["errors"]] == fields
    assert functions.calls == []


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("place_order", placement()),
        ("get_order", request(order_id=NO_ORDER)),
        (
            "start_payment_attempt",
            request({"replaces": 1, "payment_method": "p"}, order_id=NO_ORDER),
        ),
        ("resume_payment", request({"attempt": 1}, order_id=NO_ORDER)),
    ],
)
@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"]
)
def test_what_aws_refuses_for_good_is_500_and_does_not_say_to_come_back(
    code: str,
    name: str,
    event: dict[str, Any],
    functions: Functions,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_operation: str) -> None:
        raise AwsRefusedError(code, "arn:aws:dynamodb no")

    functions.before_calls.append(refuse)
    answer = getattr(functions, name)(event)
    check_problem(answer, 500, "misconfigured")
    assert "Retry-After" not in answer["headers"]
    assert "arn:aws" not in answer["body"]
    [record] = [each for each in caplog.records if each.levelname == "ERROR"]
    assert vars(record)["event"] == "misconfigured"


def test_a_card_number_as_correlation_id_is_neither_stored_nor_sent_back(
    functions: Functions,
) -> None:
    event = placement()
    event["headers"]["x-correlation-id"] = "4242-4242-4242-4242"
    event["requestContext"]["requestId"] = "JKJaXmPLvHcESHA="
    answer = functions.place_order(event)
    assert answer["headers"]["X-Correlation-Id"] == "JKJaXmPLvHcESHA="
    stored = functions.orders.get(body_of(answer)["order_id"])
    assert stored is not None
    assert stored.correlation_id == "JKJaXmPLvHcESHA="


def test_the_same_lines_in_another_order_are_a_replay(functions: Functions) -> None:
    lines = [{"sku": "tea", "quantity": 1}, {"sku": "mug", "quantity": 2}]
    first = functions.place_order(placement(lines=lines))
    again = functions.place_order(placement(lines=lines[::-1]))
    assert body_of(again) == body_of(first)
    assert again["headers"]["Idempotent-Replayed"] == "true"


def test_open_access_makes_everybody_one_principal(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOPE_FROM", json.dumps([]))
    order_id = body_of(functions.place_order(request(submitted(), claims=None)))["order_id"]
    answer = functions.get_order(request(order_id=order_id, claims=BEN))
    assert answer["statusCode"] == 200


def test_a_claim_that_is_no_text_is_403(functions: Functions) -> None:
    event = request(submitted(), claims={"iss": "x", "sub": "\ud800"})
    check_problem(functions.place_order(event), 403, "unidentified-principal")
