"""Examples of the HTTP API: requests that are carried out, and the answers that they got.

Each runs on the real handlers and the simulator's models, in a table of its own and at one time, so
an example can never say something else than the code does.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from checkout_runtime.adapters.aws import AwsError, AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.dynamodb_refund_outcomes import DynamoDbRefundOutcomes
from checkout_runtime.adapters.dynamodb_refunds import DynamoDbRefunds
from checkout_runtime.application.order_records import HoldRecord
from checkout_runtime.domain.identity import order_id_for, principal_of
from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured
from checkout_runtime.domain.refund import Refund
from checkout_runtime.domain.refund_outcomes import Refunded
from checkout_runtime.domain.signed_cart import sign_cart
from checkout_runtime.handlers.http_api import MAX_BODY_BYTES
from simulator.deployment import CART_SECRET, NAMESPACE, ORDER_TABLE
from simulator.http_api import NOW_MS, Answer, HttpApi, Route, http_api

Prepare = Callable[[HttpApi], None]

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
ORDER: dict[str, Any] = {
    "amount": 4200,
    "currency": "EUR",
    "customer": "cus_1",
    "lines": [{"sku": "mug", "quantity": 2}],
    "payment_method": "pm_card_visa_4242",
}
ACTION_URL = "https://bank.example.com/confirm"
HOUR_MS = 60 * 60 * 1000


class Request(NamedTuple):
    """A request as a client sends it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None
    claims: dict[str, str] | None = {"sub": "ada"}  # noqa: RUF012 - nobody changes it


class Example(NamedTuple):
    """A request, what there is when it comes, and what it shows."""

    operation: str
    """As the description of the API names it."""
    name: str
    """Unique in its operation; a problem's slug where it shows one."""
    summary: str
    request: Request
    prepare: tuple[Prepare, ...] = ()
    carts: bool = False
    """Whether the API takes signed carts."""


def carried_out(example: Example, routes: Mapping[Route, str]) -> Answer:
    """Carry out an example, and return its answer."""
    logging.disable(logging.CRITICAL)
    try:
        with http_api(routes, carts=example.carts) as api:
            for prepare in example.prepare:
                prepare(api)
            return send(api, example.request)
    finally:
        logging.disable(logging.NOTSET)


def send(api: HttpApi, request: Request) -> Answer:
    """Send a request."""
    return api.request(
        request.method,
        request.url,
        headers=request.headers,
        body=request.body,
        claims=request.claims,
    )


# Requests -------------------------------------------------------------------------------------


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _place(body: Mapping[str, Any] = ORDER, key: str | None = KEY) -> Request:
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return Request("POST", "/orders", headers, _json(body))


def _cart(cart_id: str = "cart-1") -> dict[str, str]:
    order = {name: value for name, value in ORDER.items() if name != "payment_method"}
    token = sign_cart(
        cart_id,
        order,
        expires_at=(NOW_MS + HOUR_MS) // 1000,
        secret=CART_SECRET.encode(),
        audience=NAMESPACE,
    )
    return {"cart": token, "payment_method": ORDER["payment_method"]}


def _order_id() -> str:
    return order_id_for(NAMESPACE, principal_of(["ada"]), KEY)


def _post(path: str, body: Mapping[str, Any]) -> Request:
    return Request(
        "POST",
        f"/orders/{_order_id()}{path}",
        {"Content-Type": "application/json"},
        _json(body),
    )


ATTEMPT = _post("/payment-attempts", {"replaces": 1, "payment_method": "pm_card_mc_4444"})
RESUME = _post("/resume", {"attempt": 1})
READ = Request("GET", f"/orders/{_order_id()}", {})
FIND = Request("GET", f"/orders?key={KEY}", {})
CANCEL = Request("POST", f"/orders/{_order_id()}/cancel", {})
CAPTURE = _post("/capture", {"amount": 3000})
REFUND_PATH = "/refunds"
REFUND = _post(REFUND_PATH, {"amount": 1200, "reason": "one mug came broken"})
REFUND = REFUND._replace(headers={**REFUND.headers, "Idempotency-Key": "rma-17"})
LIST_REFUNDS = Request("GET", f"/orders/{_order_id()}{REFUND_PATH}", {})


# What there is --------------------------------------------------------------------------------


def _placed(api: HttpApi) -> None:
    assert send(api, _place()).status == 202


def _charging(api: HttpApi) -> None:
    api.claim(_order_id())


def _declined(api: HttpApi) -> None:
    api.outcomes.record_decline(api.claim(_order_id()), "insufficient_funds", NOW_MS)


def _paid(api: HttpApi) -> None:
    order = api.orders.get(_order_id())
    assert order is not None
    if order.status is OrderStatus.PENDING:
        order = api.claim(order.order_id)
    api.outcomes.record_capture(order, Captured("ch_1", order.amount, order.currency), NOW_MS)


def _action_required(api: HttpApi) -> None:
    order = api.claim(_order_id())
    api.outcomes.record_action_required(order, ACTION_URL, NOW_MS + HOUR_MS, NOW_MS)


def _unknown(api: HttpApi) -> None:
    api.outcomes.record_unknown(api.claim(_order_id()), NOW_MS)


def _processing(api: HttpApi) -> None:
    api.outcomes.record_processing(api.claim(_order_id()), NOW_MS + HOUR_MS, NOW_MS)


def _needs_review(api: HttpApi) -> None:
    api.outcomes.record_review(api.claim(_order_id()), "never_found", NOW_MS)


def _held(api: HttpApi) -> None:
    order, end = api.claim(_order_id()), NOW_MS + 7 * 24 * HOUR_MS
    hold = Authorized("hold_1", order.amount, order.currency, end)
    stored = api.outcomes.holds.record_authorized(order, hold, end, NOW_MS)
    assert stored is HoldRecord.STORED


def _asked_to_capture(api: HttpApi) -> None:
    assert send(api, CAPTURE).status == 202


def _captured(api: HttpApi) -> None:
    order = api.orders.get(_order_id())
    assert order is not None
    api.outcomes.record_capture(order, Captured("ch_1", 3000, order.currency), NOW_MS)


def _paid_again(api: HttpApi) -> None:
    assert send(api, ATTEMPT).status == 202


def _cancelled(api: HttpApi) -> None:
    assert send(api, CANCEL).status == 200


def _limited(api: HttpApi) -> None:
    api.variables["ATTEMPTS_PER_BUYER"] = "1"


def _orders_limited(api: HttpApi) -> None:
    api.variables["ORDERS_PER_BUYER"] = "1"


def _failing(error: AwsError, api: HttpApi) -> None:
    api.dynamodb.error = error


def _refunded(api: HttpApi) -> None:
    asked = send(api, REFUND)
    assert asked.status == 202
    refunds = DynamoDbRefunds(api.dynamodb, ORDER_TABLE, 1)
    claimed = refunds.claim(
        asked.json()["refund_id"], claim_id="c1", now=NOW_MS, lease_expires_at=NOW_MS + HOUR_MS
    )
    assert isinstance(claimed, Refund)
    refunded = Refunded("re_1", claimed.amount, claimed.currency)
    DynamoDbRefundOutcomes(api.dynamodb, ORDER_TABLE, 1).record_refunded(claimed, refunded, NOW_MS)


def _asked_to_refund(api: HttpApi) -> None:
    assert send(api, REFUND).status == 202


def _cart_ordered(api: HttpApi) -> None:
    assert send(api, _place(_cart(), None)).status == 202


# Examples -------------------------------------------------------------------------------------


def examples() -> list[Example]:
    """Return every example: of each operation's answers, and of each of its problems."""
    return [
        *(*_placing(), *_reading(), *_paying_again(), *_resuming(), *_finding()),
        *(*_cancelling(), *_capturing(), *_refunding(), *_listing_refunds()),
    ]


def _placing() -> Iterator[Example]:
    placing, other_card = "place_order", {**ORDER, "payment_method": "pm_card_mc_4444"}
    other = {**ORDER, "amount": 100}
    yield Example(placing, "accepted", "A new order", _place())
    yield Example(placing, "resubmitted", "The same again", _place(), (_placed,))
    yield Example(
        placing,
        "other-card",
        "The same with another card, which is not used",
        _place(other_card),
        (_placed,),
    )
    yield Example(placing, "settled", "The same, once it is paid", _place(), (_placed, _paid))
    yield Example(placing, "signed-cart", "A signed cart", _place(_cart(), None), carts=True)
    yield from _any_problem(placing, _place())
    yield from _body_problems(placing, _place())
    yield _problem(placing, "idempotency-key-missing", _place(key=None))
    yield _problem(placing, "idempotency-key-malformed", _place(key="one, two"))
    yield _problem(placing, "idempotency-key-reused", _place(other), _placed)
    more = _place(key="another-key")
    yield _problem(placing, "too-many-attempts", more, _orders_limited, _placed)
    yield Example(
        placing,
        "cart-already-ordered",
        "cart-already-ordered",
        _place(_cart(), "another-key"),
        (_cart_ordered,),
        carts=True,
    )


def _reading() -> Iterator[Example]:
    for name, prepare in (
        ("charging", _charging),
        ("unknown", _unknown),
        ("action-required", _action_required),
        ("processing", _processing),
        ("authorized", _held),
        ("needs-review", _needs_review),
        ("declined", _declined),
        ("paid", _paid),
    ):
        yield Example("get_order", name, name.replace("-", " "), READ, (_placed, prepare))
    yield from _any_problem("get_order", READ)
    yield _problem("get_order", "order-not-found", READ)


def _paying_again() -> Iterator[Example]:
    paying = "start_payment_attempt"
    yield Example(paying, "started", "Another card", ATTEMPT, (_placed, _declined))
    yield Example(
        paying, "second-click", "The same click again", ATTEMPT, (_placed, _declined, _paid_again)
    )
    yield Example(
        paying,
        "settled",
        "A late second click",
        ATTEMPT,
        (_placed, _declined, _paid_again, _paid),
    )
    yield from _any_problem(paying, ATTEMPT)
    yield from _body_problems(paying, ATTEMPT)
    yield _problem(paying, "order-not-found", ATTEMPT)
    yield _problem(paying, "attempt-not-replaceable", ATTEMPT, _placed)
    third = _post("/payment-attempts", {"replaces": 2, "payment_method": "pm_card_amex_0005"})
    declined_twice = (_placed, _declined, _paid_again, _declined)
    yield _problem(paying, "too-many-attempts", third, _limited, *declined_twice)


def _resuming() -> Iterator[Example]:
    resuming = "resume_payment"
    yield Example(resuming, "resumed", "The buyer acted", RESUME, (_placed, _action_required))
    yield Example(
        resuming, "settled", "The buyer came back late", RESUME, (_placed, _action_required, _paid)
    )
    yield from _any_problem(resuming, RESUME)
    yield from _body_problems(resuming, RESUME)
    yield _problem(resuming, "order-not-found", RESUME)
    yield _problem(
        resuming, "attempt-not-current", RESUME, _placed, _declined, _paid_again, _action_required
    )


def _finding() -> Iterator[Example]:
    yield Example("find_order", "found", "The order of this key", FIND, (_placed,))
    yield from _any_problem("find_order", FIND)
    yield _problem("find_order", "invalid-fields", FIND._replace(url="/orders"))
    yield _problem("find_order", "order-not-found", FIND)


def _cancelling() -> Iterator[Example]:
    cancelling, placed = "cancel_order", (_placed,)
    yield Example(cancelling, "cancelled", "An order that nobody tried", CANCEL, placed)
    yield Example(cancelling, "asked", "A charge may be under way", CANCEL, (_placed, _unknown))
    yield Example(cancelling, "again", "The same again", CANCEL, (_placed, _cancelled))
    yield from _any_problem(cancelling, CANCEL)
    yield _problem(cancelling, "order-not-found", CANCEL)
    yield _problem(cancelling, "cannot-cancel", CANCEL, _placed, _paid)


def _capturing() -> Iterator[Example]:
    capturing, held = "capture_order", (_placed, _held)
    asked = (*held, _asked_to_capture)
    yield Example(capturing, "accepted", "A part of the held money", CAPTURE, held)
    yield Example(capturing, "asked-again", "The same again", CAPTURE, asked)
    yield Example(capturing, "settled", "The same, once it is taken", CAPTURE, (*asked, _captured))
    yield from _any_problem(capturing, CAPTURE)
    yield from _body_problems(capturing, CAPTURE)
    yield _problem(capturing, "order-not-found", CAPTURE)
    yield _problem(capturing, "capture-refused", CAPTURE, _placed)


def _refunding() -> Iterator[Example]:
    refunding, paid = "refunds", (_placed, _paid)
    no_key, two_keys, other = (
        REFUND._replace(headers={"Content-Type": "application/json"}),
        REFUND._replace(headers={**REFUND.headers, "Idempotency-Key": "one, two"}),
        REFUND._replace(body=_json({"amount": 1300})),
    )
    yield Example(refunding, "accepted", "Part of the money", REFUND, paid)
    yield Example(refunding, "asked-again", "The same again", REFUND, (*paid, _asked_to_refund))
    yield Example(refunding, "settled", "The same, once it is refunded", REFUND, (*paid, _refunded))
    yield from _any_problem(refunding, REFUND)
    yield from _body_problems(refunding, REFUND)
    yield _problem(refunding, "order-not-found", REFUND)
    yield _problem(refunding, "idempotency-key-missing", no_key, *paid)
    yield _problem(refunding, "idempotency-key-malformed", two_keys, *paid)
    yield _problem(refunding, "idempotency-key-reused", other, *paid, _asked_to_refund)
    yield _problem(refunding, "refund-refused", REFUND, _placed)


def _listing_refunds() -> Iterator[Example]:
    listing = "list_refunds"
    yield Example(listing, "refunds", "One refund", LIST_REFUNDS, (_placed, _paid, _refunded))
    yield from _any_problem(listing, LIST_REFUNDS)
    yield _problem(listing, "order-not-found", LIST_REFUNDS)


def _problem(operation: str, slug: str, request: Request, *prepare: Prepare) -> Example:
    return Example(operation, slug, slug, request, prepare)


def _any_problem(operation: str, request: Request) -> Iterator[Example]:
    refused = partial(_failing, AwsRefusedError("AccessDeniedException"))
    silent = partial(_failing, AwsNoAnswerError("ReadTimeout"))
    yield _problem(operation, "unidentified-principal", request._replace(claims={}))
    yield _problem(operation, "misconfigured", request, refused)
    yield _problem(operation, "try-again", request, silent)


def _body_problems(operation: str, request: Request) -> Iterator[Example]:
    as_text = {**request.headers, "Content-Type": "text/plain"}
    too_large = b" " * (MAX_BODY_BYTES + 1)
    yield _problem(operation, "malformed-json", request._replace(body=b'{"amount": 42'))
    yield _problem(operation, "content-too-large", request._replace(body=too_large))
    yield _problem(operation, "unsupported-media-type", request._replace(headers=as_text))
    yield _problem(operation, "invalid-fields", request._replace(body=b'{"amount": "42"}'))
