"""The promise, I1 to I5, looked at after every step and once more in the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from tests.simulation.deployment import ORDER_TABLE
from tests.simulation.payment_service import Charge

if TYPE_CHECKING:
    from checkout_runtime.adapters.http_exchange import HttpAnswer
    from tests.simulation.world import World

__all__ = ["Invariants", "Violated"]

P = ParamSpec("P")

ENDS = frozenset({"PAID", "DECLINED", "NEEDS_REVIEW"})
OUTCOMES = ENDS | {"ACTION_REQUIRED"}
"""A message is done with once one of these is stored for its attempt."""
_MAY_BECOME = {
    None: {"PENDING"},
    "PENDING": {"CHARGING", "NEEDS_REVIEW"},
    "CHARGING": {"PAID", "DECLINED", "UNKNOWN", "ACTION_REQUIRED", "NEEDS_REVIEW"},
    "UNKNOWN": {"CHARGING", "PAID", "NEEDS_REVIEW"},
    "ACTION_REQUIRED": {"CHARGING", "UNKNOWN", "PAID", "NEEDS_REVIEW"},
    "DECLINED": {"PENDING", "NEEDS_REVIEW"},
    "NEEDS_REVIEW": {"PAID", "UNKNOWN"},
    "PAID": set[str](),
}
"""The table of docs/states.md. ``NEEDS_REVIEW`` is where proof of a stray charge leads."""


class Violated(BaseException):
    """The promise is broken. No ``except Exception`` of the code under test may swallow that."""


def _judged(judge: Callable[P, None]) -> Callable[P, None]:
    """Let a failed assertion end the schedule."""

    @wraps(judge)
    def judged(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            judge(*args, **kwargs)
        except AssertionError as problem:
            raise Violated(str(problem)) from None

    return judged


class Invariants:
    """Watches one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._orders: dict[str, dict[str, Any]] = {}
        self._left_outcome_at: dict[tuple[str, int], int] = {}
        self._charges: Counter[str] = Counter()
        self._answered_charges: dict[str, str] = {}
        self.open_orders: set[str] = set()
        self.moment = 0
        """Counts what was looked at."""

    def statuses(self) -> list[str]:
        """The state of every order."""
        return [item["status"]["S"] for item in self._orders.values()]

    def orders_in(self, status: str) -> list[str]:
        """The orders in a state."""
        return [key for key, item in self._orders.items() if item["status"]["S"] == status]

    @_judged
    def look(self) -> None:
        """Look at every order that changed."""
        self.moment += 1
        for key, new in self._world.dynamodb.take_changes(ORDER_TABLE):
            if not key.startswith("ord_"):
                continue
            old = self._orders.get(key)
            assert new is not None, f"I1: {key} was deleted"
            self._check_change(key, old, new)
            self._orders[key] = new
            status, attempt = new["status"]["S"], int(new["attempt"]["N"])
            if old is not None and old["status"]["S"] in OUTCOMES and status not in OUTCOMES:
                self._left_outcome_at[key, int(old["attempt"]["N"])] = self.moment
            if status in ENDS:
                self.open_orders.discard(key)
            else:
                self.open_orders.add(key)
            if old is None or old["status"]["S"] != status:
                self._world.say("order table", f"{key[:9]} is {status}, attempt {attempt}")
                for buyer in self._world.buyers:
                    if key in buyer.order_ids:
                        buyer.sees(key, status, attempt)

    def _check_change(self, key: str, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        before = old["status"]["S"] if old else None
        after = new["status"]["S"]
        if old is None:
            for other in self._orders.values():
                assert other["customer"] != new["customer"], f"I1: a second order {key}"
        if before != after:
            assert after in _MAY_BECOME[before], f"I5: {key} went from {before} to {after}"
        if old is None:
            return
        if before != after:
            remembered = any(name.endswith(f"_{after}") for name in new if name[:5] == "last_")
            released = before == "NEEDS_REVIEW" and "last_released" in new
            assert remembered or released, f"{key} does not remember that it became {after}"
        for name in ("attempt", "claim_epoch"):
            assert int(new[name]["N"]) >= int(old[name]["N"]), f"I5: {key} went back in {name}"
        if before == "PAID":
            assert new["charge_id"] == old["charge_id"], f"I5: {key} is paid by another charge"
        strays = set(old.get("stray_charges", {}).get("SS", ()))
        kept = set(new.get("stray_charges", {}).get("SS", ()))
        assert strays <= kept, f"I5: proof of {strays - kept} was dropped from {key}"
        for name in ("scope", "fingerprint", "amount", "currency", "customer", "lines"):
            assert new[name] == old[name], f"I1: {name} of {key} changed"

    @_judged
    def charged(self, charge: Charge) -> None:
        """Money moved."""
        self._world.say("payment service", f"captures {charge.charge_id} for {charge.order_id[:9]}")
        self._charges[charge.order_id] += 1
        if self._world.case.service.keeps_its_word:
            assert self._charges[charge.order_id] == 1, (
                f"I2: {charge.order_id} was charged {self._charges[charge.order_id]} times"
            )
        order = self._orders.get(charge.order_id)
        assert order is not None, f"I2: {charge.order_id} was charged and is not in the table"
        right = order["amount"] == {"N": str(charge.amount)}
        wrong_on_purpose = order["payment_method"]["S"] == "wrong"
        assert right != wrong_on_purpose, f"I2: {charge.order_id} was charged {charge.amount}"

    def answered(self, answer: HttpAnswer) -> None:
        """The payment service's answer reached a worker."""
        if b'"captured"' in answer.body:
            self._world.say("payment service", "answers: captured")

    @_judged
    def acknowledged(self, body: str, since: int) -> None:
        """A message is deleted that was received at a moment."""
        try:
            asked = json.loads(body)
            key, attempt = asked["order_id"], asked["attempt"]
        except (ValueError, KeyError, TypeError):
            raise AssertionError(f"I4: {body!r} was deleted and not understood") from None
        order = self._orders.get(key)
        assert order is not None, f"I4: {body} was deleted, its order is not there"
        current = int(order["attempt"]["N"])
        assert current >= attempt, f"I4: {body} was deleted before its attempt began"
        done = (
            current > attempt
            or order["status"]["S"] in OUTCOMES
            or self._left_outcome_at.get((key, attempt), -1) > since
        )
        assert done, f"I4: {body} was deleted while its order is {order['status']['S']}"

    @_judged
    def ended(self) -> None:
        """Nothing is left to do: hold ledger, table and what buyers were told together."""
        for key in self.open_orders:
            status = self._orders[key]["status"]["S"]
            raise AssertionError(f"I3: {key} stays {status}")
        for buyer in self._world.buyers:
            ids = buyer.order_ids
            assert len(ids) <= 1, f"I1: one intent was answered with the orders {sorted(ids)}"
            assert ids <= self._orders.keys(), f"I1: {ids} was accepted and is not in the table"
            for key in ids:
                made = int(self._orders[key]["attempt"]["N"])
                assert made <= buyer.wishes, f"I2: {made} attempts for {buyer.wishes} wishes"
        charges: dict[str, list[Charge]] = {}
        for charge in self._world.payments.ledger:
            charges.setdefault(charge.order_id, []).append(charge)
        for key, order in self._orders.items():
            self._check_end(key, order, charges.get(key, []))

    def _check_end(self, key: str, order: dict[str, Any], charges: list[Charge]) -> None:
        status = order["status"]["S"]
        index = order.get("unsettled_shard", {}).get("S", "")
        if status == "PAID":
            ids = [charge.charge_id for charge in charges]
            assert order["payment_method"]["S"] != "wrong", f"I2: {key} is paid, and not in full"
            assert order["charge_id"]["S"] in ids, f"I2: {key} is paid by no charge of the ledger"
        if status == "DECLINED" and self._world.case.service.keeps_its_word:
            assert not charges, f"I5: {key} is declined, and was charged"
        if status == "NEEDS_REVIEW" or "stray_charges" in order:
            assert index.startswith("review#"), f"I3: no alarm sees that {key} needs a person"
        elif status in ENDS:
            assert not index, f"I3: {key} is {status} and still counted as {index}"
