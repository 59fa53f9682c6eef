"""A shop that asks for held money, at any moment, of whatever orders there are."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from simulator.cases import CaptureWish
from simulator.requests import Requests
from simulator.world_state import START_MS, Invoke, WorldState

__all__ = ["Capturers"]

_MAY_BE = {200: {"PAID"}, 202: {"UNKNOWN", "CHARGING"}}
"""What an order may be after each answer."""
_REFUSALS = {
    *("not_held_yet", "not_held", "cancelled", "in_review", "more_than_held"),
    *("another_amount", "busy"),
}


class Capturers:
    """Asks for the money of every order that there is by then."""

    def __init__(self, world: WorldState, invoke: Invoke) -> None:
        self._world = world
        self._requests = Requests(world, invoke)

    def begin(self) -> None:
        """Plan everything."""
        for wish in self._world.case.captures:
            self._world.scheduler.at(START_MS + wish.at_ms, partial(self._ask, wish))

    def _ask(self, wish: CaptureWish) -> None:
        for order_id in list(self._world.stored_orders.by_id):
            event: dict[str, Any] = {
                "headers": {"content-type": "application/json"},
                "requestContext": {"authorizer": {"jwt": {"claims": {"sub": "shop"}}}},
                "pathParameters": {"order_id": order_id},
                "body": json.dumps({} if wish.amount is None else {"amount": wish.amount}),
            }
            for _ in range(wish.times):
                self._requests.at(0, "capture_order", event, self._learn)

    @staticmethod
    def _learn(answer: dict[str, Any]) -> None:
        status, body = answer["statusCode"], json.loads(answer["body"])
        if status in _MAY_BE:
            assert body["status"] in _MAY_BE[status], f"I8: {body} was told as {status}"
        elif status == 409:
            assert body["why"] in _REFUSALS, f"a capture was refused for {body['why']}"
        else:
            assert status == 503, f"the API answered {status}: {answer['body']}"
