"""What the description of the HTTP API says of each route, beside what follows from the code."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["OPERATIONS", "Operation"]


class Operation(NamedTuple):
    """What is said of a route, beside what follows from the code."""

    summary: str
    description: str
    answers: dict[int, str]
    """What a success means, by its status."""
    body: tuple[str, ...] = ()
    """Names of the schemas of which the body is one."""
    parameters: tuple[str, ...] = ()
    shows: str = "Order"
    """Name of the schema of what a success shows."""


OPERATIONS = {
    "place_order": Operation(
        "Place an order",
        "Accepts an order, or shows the order that this key already is.",
        {202: "The order is stored and on its way.", 200: "It was placed before, and is settled."},
        ("PricedOrder", "SignedCart"),
        ("IdempotencyKey", "CorrelationId"),
    ),
    "find_order": Operation(
        "Find an order by its key",
        "For a buyer who never saw the answer that held the order's id. Only their own orders.",
        {200: "The order as it is now."},
        (),
        ("Key", "CartToken"),
    ),
    "get_order": Operation(
        "Read an order",
        "Tells what became of an order. Ask again after `Retry-After`, where the answer has one.",
        {200: "The order as it is now."},
        (),
        ("OrderId", "CartToken"),
    ),
    "start_payment_attempt": Operation(
        "Pay by other means",
        "Replaces a declined payment attempt by one with another payment method. A second click "
        "is the same attempt.",
        {202: "The attempt is on its way.", 200: "It was started before, and is settled."},
        ("PaymentAttempt",),
        ("OrderId", "CartToken"),
    ),
    "resume_payment": Operation(
        "Go on after the buyer acted",
        "For example after 3-D Secure. However often the buyer comes back, it is resumed once.",
        {202: "The payment service is asked.", 200: "The attempt is settled."},
        ("Resumption",),
        ("OrderId", "CartToken"),
    ),
    "cancel_order": Operation(
        "Cancel an order",
        "Gives up an order that is not paid. Where a charge may be under way, exactly one of the "
        "two wins. Only where the API has `buyers_may_cancel`. The body counts for nothing.",
        {
            200: "It is cancelled, now or by an earlier request.",
            202: "It is asked for: the order becomes `CANCELLED`, or `PAID` if the charge wins.",
        },
        (),
        ("OrderId", "CartToken"),
    ),
    "capture_order": Operation(
        "Take held money",
        "Captures what the payment service holds for an order, or a part of it; the rest is "
        "released. Once: the same again is a replay, another amount is refused. Only where the API "
        "has `captures`, and only for your shop and your operators: no buyer is let in.",
        {
            202: "It is stored and on its way: the order becomes `PAID`.",
            200: "It was asked for before, and the order is settled.",
        },
        ("CaptureRequest",),
        ("OrderId",),
        "Capture",
    ),
    "refunds": Operation(
        "Ask for a refund",
        "Gives money back, once for each key. Only where the API has `refunds`, and only for your "
        "shop and your operators: no buyer is let in.",
        {
            202: "The refund is stored and on its way.",
            200: "It was asked for before, and is settled.",
        },
        ("RefundRequest",),
        ("OrderId", "RefundKey"),
        "Refund",
    ),
    "list_refunds": Operation(
        "List an order's refunds",
        "The oldest first. Only where the API has `refunds`, and for the same callers.",
        {200: "The refunds as they are now, and what is left to refund."},
        (),
        ("OrderId",),
        "Refunds",
    ),
}
