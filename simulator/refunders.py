"""A shop and its operators, who ask for refunds of whatever orders there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from simulator.askers import Asker, request_by
from simulator.cases import HOUR, MINUTE, RefundWish
from simulator.world_state import Invoke, WorldState

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


class Refunders(Asker[RefundWish]):
    """Asks for every refund that the case wants, of every order that there is by then."""

    function = "refunds"

    def __init__(self, world: WorldState, invoke: Invoke, wishes: Sequence[RefundWish]) -> None:
        super().__init__(world, invoke, wishes)
        self.accepted: dict[tuple[str, str], str] = {}
        """The refund that was answered, by its order and key."""

    def ask(self, wish: RefundWish, order_id: str, order: dict[str, Any]) -> None:
        """Ask for a refund of one, or of each of its stray charges."""
        if not wish.of_strays:
            self._ask_for(order_id, wish, None)
            return
        for charge_id in self._world.stored_orders.strays_in(order):
            self._ask_for(order_id, wish, charge_id)

    def _ask_for(self, order_id: str, wish: RefundWish, charge_id: str | None) -> None:
        wanted = {"amount": wish.amount, "charge_id": charge_id, "reason": "sent back"}
        key = wish.key if charge_id is None else f"{wish.key}/{charge_id}"
        body = {name: each for name, each in wanted.items() if each is not None}
        asked = _by_method("POST", request_by("shop", order_id, body))
        event = {**asked, "headers": {**asked["headers"], "idempotency-key": key}}
        self._send(event, partial(self._learn, event, key, self._world.now()), wish.times)
        self._requests.at(MINUTE, self.function, _by_method("GET", event), self._listed)

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
                learn = partial(self._learn, event, key, asked_since)
                self._requests.at(_ASKS_AGAIN_AFTER_MS, self.function, event, learn)
        elif status == 422:
            keys = [wish.key for wish in self._world.case.refunds]
            assert len(keys) > len(set(keys)), f"the API refused a good refund: {body}"
        else:
            assert status == 503, f"the API answered {status}: {answer['body']}"

    @staticmethod
    def _listed(answer: dict[str, Any]) -> None:
        assert answer["statusCode"] in (200, 503), f"the refunds of an order: {answer}"


def _by_method(method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "requestContext": {**event["requestContext"], "http": {"method": method}}}
