"""Buyers who change their mind, at any moment, about whatever orders there are."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from simulator.cases import CancelWish
from simulator.requests import Requests
from simulator.world_state import START_MS, Invoke, WorldState

__all__ = ["Cancellers"]

_MAY_BE = {
    200: {"CANCELLED", "DECLINED", "PAID"},
    202: {"PENDING", "CHARGING", "UNKNOWN", "ACTION_REQUIRED", "PROCESSING"},
    409: {"PAID", "NEEDS_REVIEW", "AUTHORIZED"},
}
"""What an order may be after each answer. A charge may have won since an earlier one."""


class Cancellers:
    """Asks to cancel every order that there is by then, in its buyer's name."""

    def __init__(self, world: WorldState, invoke: Invoke) -> None:
        self._world = world
        self._requests = Requests(world, invoke)

    def begin(self) -> None:
        """Plan everything."""
        for wish in self._world.case.cancels:
            self._world.scheduler.at(START_MS + wish.at_ms, partial(self._ask, wish))

    def _ask(self, wish: CancelWish) -> None:
        for order_id, item in list(self._world.stored_orders.by_id.items()):
            buyer = item["customer"]["S"].partition("/")[0]
            event: dict[str, Any] = {
                "headers": {},
                "requestContext": {"authorizer": {"jwt": {"claims": {"sub": buyer}}}},
                "pathParameters": {"order_id": order_id},
            }
            for _ in range(wish.times):
                self._requests.at(0, "cancel_order", event, partial(self._learn, order_id))

    def _learn(self, order_id: str, answer: dict[str, Any]) -> None:
        status, body = answer["statusCode"], json.loads(answer["body"])
        if status == 404:
            is_erased = self._world.stored_orders.has_erased
            assert is_erased, f"I8: {order_id} is not its buyer's any more"
            return
        assert status in (*_MAY_BE, 503), f"the API answered {status}: {answer['body']}"
        if status != 503:
            told = body.get("order_status", body.get("status"))
            may_be = _MAY_BE[status]
            is_busy = status == 409 and "Retry-After" in answer["headers"]
            assert told in may_be or is_busy, (
                f"I8: {order_id} is {told}, which was told as {status}"
            )
