"""Buyers: impatient, sometimes clumsy, and with no more than an HTTP client."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from checkout_runtime.domain.signed_cart import sign_cart
from simulator.cases import DAY, SECOND, Carts, Purchase
from simulator.deployment import CART_SECRET, NAMESPACE
from simulator.requests import MOST_TRIES, Requests
from simulator.world_state import START_MS, Invoke, WorldState

__all__ = ["Buyer"]

LOOKS_AFTER_MS = 2 * SECOND
TRIES_AGAIN_AFTER_MS = 3 * SECOND
"""When a buyer who failed to authenticate lets the page confirm with another card."""


class Buyer:
    """Sends one purchase, however often it takes, and reacts to what becomes of it."""

    most_tries = MOST_TRIES
    """How often a request is sent that is not answered."""

    def __init__(self, world: WorldState, purchase: Purchase, invoke: Invoke) -> None:
        self._world = world
        self._requests = Requests(world, invoke, self.most_tries)
        self._purchase = purchase
        self._methods = list(purchase.payment_methods[1:])
        self.cart = purchase.cart
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
            if self._purchase.in_process:
                self._at(after, "take_order_in", self._taken_in(amount))
            else:
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
                self._world.now() + self._purchase.acts_after_ms,
                lambda: self._act(key, order_id, attempt),
            )

    def _act(self, key: str, order_id: str, attempt: int) -> None:
        asking = [each for each in self._world.services.values() if each.waits_for_buyer(key)]
        if not asking:
            return
        for service in asking:
            service.buyer_acts(key)
            self._world.scheduler.at(
                self._world.now() + TRIES_AGAIN_AFTER_MS, partial(service.buyer_confirms, key)
            )
        self._world.news()
        if not self._purchase.comes_back:
            return
        for _ in range(2 if self._purchase.presses_twice else 1):
            self._at(0, "resume_payment", self._about(order_id, {"attempt": attempt}))

    def _at(self, after_ms: int, function: str, event: dict[str, Any]) -> None:
        self._requests.at(after_ms, function, event, partial(self._learn, function))

    def _learn(self, function: str, answer: dict[str, Any]) -> None:
        status = answer["statusCode"]
        assert status < 500 or status == 503, f"the API answered {status}: {answer['body']}"
        is_erased = self._world.stored_orders.has_erased
        found = (200, 503, 404) if is_erased else (200, 503)
        assert function != "get_order" or status in found, f"an accepted order: {status}"
        if function not in ("place_order", "take_order_in"):
            return
        if status in (200, 202):
            order_id = json.loads(answer["body"])["order_id"]
            if order_id not in self.order_ids:
                self.order_ids.add(order_id)
                self._at(LOOKS_AFTER_MS, "get_order", self._about(order_id, {}))
        else:
            allowed = [503]
            if self._purchase.changes_cart or is_erased:
                allowed.append(422)
            if self._world.case.carts is Carts.GUARDED:
                allowed.append(409)
            assert status in allowed, f"the API refused a good order with {status}"

    def _order(self, amount: int) -> dict[str, Any]:
        purchase = self._purchase
        order = self._cart(amount)
        if self._world.case.carts is not Carts.PLAIN:
            expires_at = (START_MS + DAY) // 1000
            cart = sign_cart(
                self._cart_id,
                order,
                expires_at=expires_at,
                secret=CART_SECRET.encode(),
                # The version before knows no audience.
                audience=None if self._world.case.is_upgrade else NAMESPACE,
            )
            order = {"cart": cart}
        order["payment_method"] = purchase.payment_methods[0]
        return self._request(order) | {
            "headers": {"content-type": "application/json", "idempotency-key": purchase.key}
        }

    def _taken_in(self, amount: int) -> dict[str, Any]:
        purchase = self._purchase
        is_guarded = self._world.case.carts is Carts.GUARDED
        return {
            "buyer": purchase.buyer,
            "key": purchase.key,
            "cart_id": self._cart_id if is_guarded else None,
            "order": self._cart(amount) | {"payment_method": purchase.payment_methods[0]},
        }

    @property
    def _cart_id(self) -> str:
        return self._purchase.cart or f"{self._purchase.buyer}/{self._purchase.key}"

    def _cart(self, amount: int) -> dict[str, Any]:
        return {
            "amount": amount,
            "currency": "EUR",
            "customer": f"{self._purchase.buyer}/{self._purchase.key}",
            "lines": [{"sku": "mug", "quantity": 1}],
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
