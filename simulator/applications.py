"""What a shop runs of the runtime in its own application: intake in process, and erasure."""

from __future__ import annotations

import json
from typing import Any

from checkout_runtime.erasure import BuyerErasure, NotSettled
from checkout_runtime.intake import (
    CartTaken,
    Created,
    Mismatch,
    OrderIntake,
    Replayed,
)
from simulator.execution import current_environment

__all__ = ["erase_buyer", "take_order_in"]


def take_order_in(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Place an order through ``OrderIntake``; answer as the HTTP API would."""
    made = current_environment().made
    guards_carts = event["cart_id"] is not None
    if "intake" not in made:
        made["intake"] = OrderIntake.from_environment(guards_carts=guards_carts)
    placed = made["intake"].place(
        [event["buyer"]], event["key"], event["order"], cart_id=event["cart_id"]
    )
    match placed:
        case Created(order) | Replayed(order):
            return {"statusCode": 200, "body": json.dumps({"order_id": order.order_id})}
        case Mismatch():
            return {"statusCode": 422, "body": "{}"}
        case CartTaken():
            return {"statusCode": 409, "body": "{}"}
    assert type(placed).__name__ == "StoreUnavailable", placed
    return {"statusCode": 503, "body": "{}"}


def erase_buyer(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Erase the buyer of each order that is settled."""
    made = current_environment().made
    if "erasure" not in made:
        made["erasure"] = BuyerErasure.from_environment()
    left = [each for each in event["orders"] if isinstance(made["erasure"].erase(each), NotSettled)]
    return {"not_erased": left}
