"""Buyers: impatient, sometimes clumsy, and with no more than an HTTP client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.simulation.cases import SECOND, Purchase
from tests.simulation.faults import Boundary, Fault

if TYPE_CHECKING:
    from tests.simulation.world import World

__all__ = ["Buyer"]

PATIENCE_MS = 5 * SECOND
"""When the client gives up on an answer and sends the same request again."""
LOOKS_AFTER_MS = 2 * SECOND
MOST_TRIES = 12
_REQUEST = (Fault.TWICE, Fault.LOST)


class Buyer:
    """Sends one purchase, however often it takes, and reacts to what becomes of it."""

    def __init__(self, world: World, purchase: Purchase) -> None:
        self._world = world
        self._purchase = purchase
        self._methods = list(purchase.payment_methods[1:])
        self.order_ids: set[str] = set()
        """Every order that an answer named."""
        self.wishes = 1
        """How often the buyer wanted to pay: by the first card, and by each other one."""

    def begin(self) -> None:
        """Plan every submission."""
        last = len(self._purchase.submitted_at_ms) - 1
        for place, after in enumerate(self._purchase.submitted_at_ms):
            amount = self._purchase.amount
            if self._purchase.changes_cart and place == last:
                amount += 1
            self._at(after, "place_order", self._order(amount))

    def sees(self, order_id: str, status: str, attempt: int) -> None:
        """The order came into a state that asks something of the buyer."""
        if status == "DECLINED" and self._methods:
            self.wishes += 1
            body = {"replaces": attempt, "payment_method": self._methods.pop(0)}
            for _ in range(2 if self._purchase.presses_twice else 1):
                self._at(LOOKS_AFTER_MS, "start_payment_attempt", self._about(order_id, body))
        if status == "ACTION_REQUIRED" and self._purchase.acts:
            key = f"{order_id}:{attempt}"
            self._world.scheduler.at(
                self._world.now() + LOOKS_AFTER_MS, lambda: self._act(key, order_id, attempt)
            )

    def _act(self, key: str, order_id: str, attempt: int) -> None:
        if not self._world.payments.waits_for_buyer(key):
            return
        self._world.payments.buyer_acts(key)
        for _ in range(2 if self._purchase.presses_twice else 1):
            self._at(0, "resume_payment", self._about(order_id, {"attempt": attempt}))

    def _at(self, after_ms: int, function: str, event: dict[str, Any]) -> None:
        self._world.busy += 1
        self._world.scheduler.at(
            self._world.now() + after_ms, lambda: self._send(function, event, 1)
        )

    def _send(self, function: str, event: dict[str, Any], tries: int) -> None:
        """Send a request; give up on its answer in time, and send it again."""
        world = self._world
        answered = False

        def settle(answer: Any) -> None:
            nonlocal answered
            if answered:
                return
            answered = True
            if answer is not None:
                self._learn(function, answer)
            if answer is not None and answer["statusCode"] != 503:
                world.busy -= 1
            elif tries < MOST_TRIES:
                world.scheduler.at(
                    world.now() + SECOND, lambda: self._send(function, event, tries + 1)
                )
            else:
                world.busy -= 1

        fault = world.fault_at(Boundary(f"API: {function}", _REQUEST))
        if fault is Fault.TWICE:
            world.invoke(function, event, lambda _answer: None)
        # A lost answer is one that the buyer does not get; the function runs all the same.
        world.invoke(function, event, settle if fault is not Fault.LOST else lambda _answer: None)
        world.scheduler.at(world.now() + PATIENCE_MS, lambda: settle(None))

    def _learn(self, function: str, answer: dict[str, Any]) -> None:
        status = answer["statusCode"]
        assert status < 500 or status == 503, f"the API answered {status}: {answer['body']}"
        assert function != "get_order" or status in (200, 503), f"an accepted order: {status}"
        if function != "place_order":
            return
        if status in (200, 202):
            order_id = json.loads(answer["body"])["order_id"]
            if order_id not in self.order_ids:
                self.order_ids.add(order_id)
                self._at(LOOKS_AFTER_MS, "get_order", self._about(order_id, {}))
        else:
            allowed = (503, 422) if self._purchase.changes_cart else (503,)
            assert status in allowed, f"the API refused a good order with {status}"

    def _order(self, amount: int) -> dict[str, Any]:
        purchase = self._purchase
        body = {
            "amount": amount,
            "currency": "EUR",
            "customer": f"{purchase.buyer}/{purchase.key}",
            "lines": [{"sku": "mug", "quantity": 1}],
            "payment_method": purchase.payment_methods[0],
        }
        return self._request(body) | {
            "headers": {"content-type": "application/json", "idempotency-key": purchase.key}
        }

    def _about(self, order_id: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._request(body) | {"pathParameters": {"order_id": order_id}}

    def _request(self, body: dict[str, Any]) -> dict[str, Any]:
        claims = {"sub": self._purchase.buyer}
        return {
            "headers": {"content-type": "application/json"},
            "requestContext": {"authorizer": {"jwt": {"claims": claims}}},
            "body": json.dumps(body),
        }
