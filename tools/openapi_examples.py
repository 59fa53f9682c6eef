"""Examples of the HTTP API: requests that are carried out, and the answers that they got.

Each runs on the real handlers and the simulator's models, in a table of its own and at one time, so
an example can never say something else than the code does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.handlers.http_api import MAX_BODY_BYTES
from simulator.http_api import Answer, HttpApi, Route, http_api
from tools import openapi_orders as orders
from tools.openapi_requests import (
    ATTEMPT,
    CANCEL,
    CAPTURE,
    FIND,
    LIST_REFUNDS,
    ORDER,
    READ,
    REFUND,
    RESUME,
    Request,
    cart,
    json_bytes,
    place,
    post,
    send,
)

Prepare = Callable[[HttpApi], None]


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


def examples() -> list[Example]:
    """Return every example: of each operation's answers, and of each of its problems."""
    return [
        *(*_placing(), *_reading(), *_paying_again(), *_resuming(), *_finding()),
        *(*_cancelling(), *_capturing(), *_refunding(), *_listing_refunds()),
    ]


def _placing() -> Iterator[Example]:
    placing, other_card = "place_order", {**ORDER, "payment_method": "pm_card_mc_4444"}
    other = {**ORDER, "amount": 100}
    yield Example(placing, "accepted", "A new order", place())
    yield Example(placing, "resubmitted", "The same again", place(), (orders.placed,))
    yield Example(
        placing,
        "other-card",
        "The same with another card, which is not used",
        place(other_card),
        (orders.placed,),
    )
    yield Example(
        placing, "settled", "The same, once it is paid", place(), (orders.placed, orders.paid)
    )
    yield Example(placing, "signed-cart", "A signed cart", place(cart(), None), carts=True)
    yield from _any_problem(placing, place())
    yield from _body_problems(placing, place())
    yield _problem(placing, "idempotency-key-missing", place(key=None))
    yield _problem(placing, "idempotency-key-malformed", place(key="one, two"))
    yield _problem(placing, "idempotency-key-reused", place(other), orders.placed)
    more = place(key="another-key")
    yield _problem(placing, "too-many-attempts", more, orders.orders_limited, orders.placed)
    yield Example(
        placing,
        "cart-already-ordered",
        "cart-already-ordered",
        place(cart(), "another-key"),
        (orders.cart_ordered,),
        carts=True,
    )


def _reading() -> Iterator[Example]:
    for name, prepare in (
        ("charging", orders.charging),
        ("unknown", orders.unknown),
        ("action-required", orders.action_required),
        ("processing", orders.processing),
        ("authorized", orders.held),
        ("needs-review", orders.needs_review),
        ("declined", orders.declined),
        ("paid", orders.paid),
    ):
        yield Example("get_order", name, name.replace("-", " "), READ, (orders.placed, prepare))
    yield from _any_problem("get_order", READ)
    yield _problem("get_order", "order-not-found", READ)


def _paying_again() -> Iterator[Example]:
    paying = "start_payment_attempt"
    yield Example(paying, "started", "Another card", ATTEMPT, (orders.placed, orders.declined))
    yield Example(
        paying,
        "second-click",
        "The same click again",
        ATTEMPT,
        (orders.placed, orders.declined, orders.paid_again),
    )
    yield Example(
        paying,
        "settled",
        "A late second click",
        ATTEMPT,
        (orders.placed, orders.declined, orders.paid_again, orders.paid),
    )
    yield from _any_problem(paying, ATTEMPT)
    yield from _body_problems(paying, ATTEMPT)
    yield _problem(paying, "order-not-found", ATTEMPT)
    yield _problem(paying, "attempt-not-replaceable", ATTEMPT, orders.placed)
    third = post("/payment-attempts", {"replaces": 2, "payment_method": "pm_card_amex_0005"})
    declined_twice = (orders.placed, orders.declined, orders.paid_again, orders.declined)
    yield _problem(paying, "too-many-attempts", third, orders.limited, *declined_twice)


def _resuming() -> Iterator[Example]:
    resuming = "resume_payment"
    yield Example(
        resuming, "resumed", "The buyer acted", RESUME, (orders.placed, orders.action_required)
    )
    yield Example(
        resuming,
        "settled",
        "The buyer came back late",
        RESUME,
        (orders.placed, orders.action_required, orders.paid),
    )
    yield from _any_problem(resuming, RESUME)
    yield from _body_problems(resuming, RESUME)
    yield _problem(resuming, "order-not-found", RESUME)
    yield _problem(
        resuming,
        "attempt-not-current",
        RESUME,
        orders.placed,
        orders.declined,
        orders.paid_again,
        orders.action_required,
    )


def _finding() -> Iterator[Example]:
    yield Example("find_order", "found", "The order of this key", FIND, (orders.placed,))
    yield from _any_problem("find_order", FIND)
    yield _problem("find_order", "invalid-fields", FIND._replace(url="/orders"))
    yield _problem("find_order", "order-not-found", FIND)


def _cancelling() -> Iterator[Example]:
    cancelling, placed = "cancel_order", (orders.placed,)
    yield Example(cancelling, "cancelled", "An order that nobody tried", CANCEL, placed)
    yield Example(
        cancelling, "asked", "A charge may be under way", CANCEL, (orders.placed, orders.unknown)
    )
    yield Example(cancelling, "again", "The same again", CANCEL, (orders.placed, orders.cancelled))
    yield from _any_problem(cancelling, CANCEL)
    yield _problem(cancelling, "order-not-found", CANCEL)
    yield _problem(cancelling, "cannot-cancel", CANCEL, orders.placed, orders.paid)


def _capturing() -> Iterator[Example]:
    capturing, held = "capture_order", (orders.placed, orders.held)
    asked = (*held, orders.asked_to_capture)
    yield Example(capturing, "accepted", "A part of the held money", CAPTURE, held)
    yield Example(capturing, "asked-again", "The same again", CAPTURE, asked)
    yield Example(
        capturing, "settled", "The same, once it is taken", CAPTURE, (*asked, orders.captured)
    )
    yield from _any_problem(capturing, CAPTURE)
    yield from _body_problems(capturing, CAPTURE)
    yield _problem(capturing, "order-not-found", CAPTURE)
    yield _problem(capturing, "capture-refused", CAPTURE, orders.placed)


def _refunding() -> Iterator[Example]:
    refunding, paid = "refunds", (orders.placed, orders.paid)
    no_key, two_keys, other = (
        REFUND._replace(headers={"Content-Type": "application/json"}),
        REFUND._replace(headers={**REFUND.headers, "Idempotency-Key": "one, two"}),
        REFUND._replace(body=json_bytes({"amount": 1300})),
    )
    yield Example(refunding, "accepted", "Part of the money", REFUND, paid)
    yield Example(
        refunding, "asked-again", "The same again", REFUND, (*paid, orders.asked_to_refund)
    )
    yield Example(
        refunding, "settled", "The same, once it is refunded", REFUND, (*paid, orders.refunded)
    )
    yield from _any_problem(refunding, REFUND)
    yield from _body_problems(refunding, REFUND)
    yield _problem(refunding, "order-not-found", REFUND)
    yield _problem(refunding, "idempotency-key-missing", no_key, *paid)
    yield _problem(refunding, "idempotency-key-malformed", two_keys, *paid)
    yield _problem(refunding, "idempotency-key-reused", other, *paid, orders.asked_to_refund)
    yield _problem(refunding, "refund-refused", REFUND, orders.placed)


def _listing_refunds() -> Iterator[Example]:
    listing = "list_refunds"
    yield Example(
        listing,
        "refunds",
        "One refund",
        LIST_REFUNDS,
        (orders.placed, orders.paid, orders.refunded),
    )
    yield from _any_problem(listing, LIST_REFUNDS)
    yield _problem(listing, "order-not-found", LIST_REFUNDS)


def _problem(operation: str, slug: str, request: Request, *prepare: Prepare) -> Example:
    return Example(operation, slug, slug, request, prepare)


def _any_problem(operation: str, request: Request) -> Iterator[Example]:
    refused = partial(orders.failing, AwsRefusedError("AccessDeniedException"))
    silent = partial(orders.failing, AwsNoAnswerError("ReadTimeout"))
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
