"""A shop of one's own in FastAPI that places orders in process, without the checkout's HTTP API.

Run it where the checkout's ``intake_environment`` is set, under a role with ``grant_place_orders``
and ``grant_read_orders``, for example::

    uvicorn examples.fastapi_shop:shop

The buyer sends what is wanted; the price is the shop's. A caller that resubmits under
the same ``Idempotency-Key`` gets the same order.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Response

from checkout_runtime.intake import (
    CartTaken,
    Created,
    InvalidOrder,
    Mismatch,
    NotForSale,
    OrderIntake,
    Price,
    Replayed,
    StoreUnavailable,
    TooManyOrders,
    UnpricedSubmission,
)

PRICES = {"mug": 1250, "book": 3900}
"""In cents. Yours are in a catalogue."""

shop = FastAPI(title="A shop of one's own")


def price_order(submission: UnpricedSubmission) -> Price | NotForSale:
    """Look the price up; what the buyer says about it is refused before.

    An article that is sold no longer is not looked for anywhere else: a resubmission of an order
    that was placed while it was sold is still answered by that order.
    """
    if unknown := {line.sku for line in submission.lines} - PRICES.keys():
        return NotForSale(f"not for sale: {', '.join(sorted(unknown))}")
    return Price(sum(PRICES[line.sku] * line.quantity for line in submission.lines), "EUR")


@cache
def intake() -> OrderIntake:
    """Make the intake once, when the first request needs it."""
    return OrderIntake.from_environment(price_order=price_order)


def signed_in_buyer(x_buyer: Annotated[str, Header()]) -> tuple[str, ...]:
    """Say who asks. Yours verifies a session or a token, and never believes a header."""
    return ("shop.example", x_buyer)


@shop.post("/orders")
def place_order(
    order: dict[str, Any],
    response: Response,
    buyer: Annotated[tuple[str, ...], Depends(signed_in_buyer)],
    intake: Annotated[OrderIntake, Depends(intake)],
    idempotency_key: Annotated[str, Header()],
) -> dict[str, Any]:
    """Place an order, once for each key."""
    match intake.place(buyer, idempotency_key, order):
        case Created(placed) | Replayed(placed):
            response.status_code = 200 if placed.is_settled else 202
            return {
                "order_id": placed.order_id,
                "status": placed.status,
                "amount": placed.amount,
                "currency": placed.currency,
            }
        case Mismatch() | CartTaken():
            raise HTTPException(422, "this key belongs to another purchase")
        case InvalidOrder(errors):
            raise HTTPException(422, [f"{each.field}: {each.detail}" for each in errors])
        case TooManyOrders(seconds):
            raise HTTPException(
                429, "send the same request again later", {"Retry-After": str(seconds)}
            )
        case StoreUnavailable():
            raise HTTPException(503, "send the same request again", {"Retry-After": "1"})
