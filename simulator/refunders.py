"""A shop and its operators, who ask for refunds of whatever orders there are."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from simulator.cases import HOUR, MINUTE, RefundWish
from simulator.requests import Requests
from simulator.world_state import START_MS, Invoke, WorldState

__all__ = ["Refunders"]

_ASKS_AGAIN_AFTER_MS = 10 * MINUTE
_ASKS_UNTIL_MS = 6 * HOUR
"""How long a refund is asked for again that is refused because the order is not settled yet."""
_REFUSALS = {
    "not_paid_yet",
    "not_paid",
    "in_review",
    "more_than_left",
    "no_such_stray",
    "busy",
    "not_in_part",
}


class Refunders:
    """Asks for every refund that the case wants, of every order that there is by then."""

    def __init__(self, world: WorldState, invoke: Invoke) -> None:
        self._world = world
        self._requests = Requests(world, invoke)
        self.accepted: dict[tuple[str, str], str] = {}
        """The refund that was answered, by its order and key."""

    def begin(self) -> None:
        """Plan everything."""
        for wish in self._world.case.refunds:
            self._world.scheduler.at(START_MS + wish.at_ms, partial(self._ask, wish))

    def _ask(self, wish: RefundWish) -> None:
        for order_id, item in list(self._world.stored_orders.by_id.items()):
            if not wish.of_strays:
                self._ask_for(order_id, wish, None)
                continue
            for charge_id in self._world.stored_orders.strays_in(item):
                self._ask_for(order_id, wish, charge_id)

    def _ask_for(self, order_id: str, wish: RefundWish, charge_id: str | None) -> None:
        wanted = {"amount": wish.amount, "charge_id": charge_id, "reason": "sent back"}
        key = wish.key if charge_id is None else f"{wish.key}/{charge_id}"
        event: dict[str, Any] = {
            "headers": {"content-type": "application/json", "idempotency-key": key},
            "requestContext": {
                "authorizer": {"jwt": {"claims": {"sub": "shop"}}},
                "http": {"method": "POST"},
            },
            "pathParameters": {"order_id": order_id},
            "body": json.dumps({name: each for name, each in wanted.items() if each is not None}),
        }
        asked_since = self._world.now()
        for _ in range(wish.times):
            self._send(0, event, key, asked_since)
        listed = {**event, "requestContext": {**event["requestContext"], "http": {"method": "GET"}}}
        self._requests.at(MINUTE, "refunds", listed, self._listed)

    def _send(self, after_ms: int, event: dict[str, Any], key: str, asked_since: int) -> None:
        learn = partial(self._learn, event, key, asked_since)
        self._requests.at(after_ms, "refunds", event, learn)

    def _learn(
        self, event: dict[str, Any], key: str, asked_since: int, answer: dict[str, Any]
    ) -> None:
        status, body = answer["statusCode"], json.loads(answer["body"])
        order_id = event["pathParameters"]["order_id"]
        if status in (200, 202):
            known = self.accepted.setdefault((order_id, key), body["refund_id"])
            assert known == body["refund_id"], f"I8: one request named two refunds of {order_id}"
        elif status == 409:
            assert body["why"] in _REFUSALS, f"a refund was refused for {body['why']}"
            assert (order_id, key) not in self.accepted, "I8: an accepted refund was refused"
            later = body["why"] in ("not_paid_yet", "busy")
            if later and self._world.now() - asked_since < _ASKS_UNTIL_MS:
                self._send(_ASKS_AGAIN_AFTER_MS, event, key, asked_since)
        elif status == 422:
            keys = [wish.key for wish in self._world.case.refunds]
            assert len(keys) > len(set(keys)), f"the API refused a good refund: {body}"
        else:
            assert status == 503, f"the API answered {status}: {answer['body']}"

    @staticmethod
    def _listed(answer: dict[str, Any]) -> None:
        assert answer["statusCode"] in (200, 503), f"the refunds of an order: {answer}"
