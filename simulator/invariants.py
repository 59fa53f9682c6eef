"""The promise, I1 to I8, looked at after every step and once more in the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec

from simulator.announced import Announced
from simulator.buyers import Buyer
from simulator.cancel_invariants import CancelInvariants
from simulator.cases import Carts
from simulator.deployment import ORDER_TABLE, PAYMENT_QUEUE
from simulator.hold_invariants import HoldInvariants
from simulator.models.event_bridge import PutEvent
from simulator.order_changes import check_change
from simulator.promises import check_review
from simulator.refund_invariants import RefundInvariants
from simulator.stored_orders import ENDS
from simulator.traits import Charge, Hold, MadeRefund
from simulator.world_state import WorldState

__all__ = ["Invariants", "ViolatedInvariantError"]

P = ParamSpec("P")

OUTCOMES = ENDS | {"ACTION_REQUIRED", "PROCESSING", "AUTHORIZED"}
"""A message is done with once one of these is stored for its attempt."""


class ViolatedInvariantError(BaseException):
    """The promise is broken. No ``except Exception`` of the code under test may swallow that."""


def _judged(judge: Callable[P, None]) -> Callable[P, None]:
    """Let a failed assertion end the schedule."""

    @wraps(judge)
    def judged(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            judge(*args, **kwargs)
        except AssertionError as problem:
            raise ViolatedInvariantError(str(problem)) from None

    return judged


class Invariants:
    """Watches one world."""

    def __init__(self, world: WorldState, buyers: Sequence[Buyer]) -> None:
        self._world = world
        self._buyers = buyers
        self._stored = world.stored_orders
        self._orders = self._stored.by_id
        self._left_outcome_at: dict[tuple[str, int], int] = {}
        self._charges: Counter[str] = Counter()
        self._announced = Announced(world)
        self._pending_since: dict[tuple[str, int], int] = {}
        self.refunds = RefundInvariants(world)
        self.cancels = CancelInvariants(world)
        self.holds = HoldInvariants(world)
        self.moment = 0
        """Counts what was looked at."""

    @_judged
    def look(self) -> None:
        """Look at every order that changed."""
        self.moment += 1
        balances: set[str] = set()
        changes = list(self._world.dynamodb.take_changes(ORDER_TABLE))
        settled = self.refunds.settled_by(changes)
        for key, new in changes:
            if key.startswith("op_"):
                assert new is not None, f"I8: {key} was deleted"
                self.refunds.changed(key, new)
                balances.add(new["order_id"]["S"])
            if not key.startswith("ord_"):
                continue
            if new is not None and "refunds" in new:
                balances.add(key)
            old = self._orders.get(key)
            assert new is not None, f"I1: {key} was deleted"
            check_change(key, old, new, self._orders)
            if old is not None:
                self.cancels.changed(key, old, new)
                self.holds.changed(key, old, new)
            self._announced.changed(key, old, new, settled.get(key, ()))
            self._stored.put(key, new)
            status, attempt = new["status"]["S"], int(new["attempt"]["N"])
            if old is not None and old["status"]["S"] in OUTCOMES and status not in OUTCOMES:
                self._left_outcome_at[key, int(old["attempt"]["N"])] = self.moment
            before = old["status"]["S"] if old is not None else None
            if status == "PENDING" and before != status:
                self._pending_since[key, attempt] = self._world.now()
            if before != status and (before is None or {before, status} & OUTCOMES):
                self._world.news()
                self._stored.open_since[key] = self._world.now()
            if before != "NEEDS_REVIEW" and status == "NEEDS_REVIEW":
                check_review(self._world.case, key, new["review_reason"]["S"])
            if old is None or old["status"]["S"] != status:
                self._world.say("order table", f"{key[:9]} is {status}, attempt {attempt}")
                for buyer in self._buyers:
                    if key in buyer.order_ids:
                        buyer.sees(key, status, attempt)
        for key in balances:
            self.refunds.balanced(key)

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
        self.cancels.charged(charge, order)
        if self.holds.captured(charge, order):
            return  # The hold, and what was asked for, say how much.
        right = order["amount"] == {"N": str(charge.amount)}
        wrong_on_purpose = order["payment_method"]["S"] in ("wrong", "erased")
        assert right != wrong_on_purpose, f"I2: {charge.order_id} was charged {charge.amount}"

    @_judged
    def held(self, hold: Hold) -> None:
        """Money is held."""
        self._world.say("payment service", f"holds {hold.amount} for {hold.order_id[:9]}")
        self.holds.held(hold)

    @_judged
    def released(self, hold: Hold) -> None:
        """It is free again."""
        self._world.say("payment service", f"holds nothing for {hold.order_id[:9]} any more")
        self.holds.released(hold)

    @_judged
    def sent(self, asked: str, payment_key: str, began_at: int) -> None:
        """A cancellation or a capture leaves a worker that was invoked at a time."""
        key, _, attempt = payment_key.partition(":")
        order = self._orders[key]
        if began_at <= self._stored.open_since[key]:
            return  # It may have read what the order was before.
        status, is_current = order["status"]["S"], order["attempt"]["N"] == attempt
        if asked == "capture":
            assert status != "CANCELLED", f"I8: a capture is sent for {key}, which is CANCELLED"
        elif is_current and "verdict_at" not in order:
            assert status != "PAID", f"I8: a cancellation is sent for {key}, which is PAID"

    @_judged
    def gave_back(self, refund: MadeRefund) -> None:
        """Money goes back."""
        self.refunds.made(refund)

    @_judged
    def took_back(self, refund: MadeRefund) -> None:
        """Money that went back is kept after all."""
        self.refunds.returned(refund)

    @_judged
    def put(self, events: Sequence[PutEvent]) -> None:
        """The event bus took events."""
        for event in events:
            self._announced.put(event)

    def queued(self, parameters: Mapping[str, Any]) -> None:
        """Something was called; if it sent payments, they have waited until now."""
        for entry in parameters.get("Entries", ()):
            if "MessageBody" in entry and parameters["QueueUrl"] == PAYMENT_QUEUE:
                sent = json.loads(entry["MessageBody"])
                payment = (sent["order_id"], sent.get("attempt", 0))
                since = self._pending_since.pop(payment, None)
                if since is not None:
                    self._world.waits_ms.append(self._world.now() - since)

    @_judged
    def acknowledged(self, body: str, since: int) -> None:
        """A message is deleted that was received at a moment."""
        try:
            asked = json.loads(body)
            if "operation" in asked:
                self.refunds.acknowledged(body, asked["operation"])
                return
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
        for key, order in self._stored.open_orders.items():
            raise AssertionError(f"I3: {key} stays {order['status']['S']}")
        for buyer in self._buyers:
            ids = buyer.order_ids
            assert len(ids) <= 1, f"I1: one intent was answered with the orders {sorted(ids)}"
            assert ids <= self._orders.keys(), f"I1: {ids} was accepted and is not in the table"
            for key in ids:
                made = int(self._orders[key]["attempt"]["N"])
                # After a restore, the attempt after a declined one is asked about, not requested.
                made -= self._world.case.quarantine and "cancel_asked_at" in self._orders[key]
                assert made <= buyer.wishes, f"I2: {made} attempts for {buyer.wishes} wishes"
        charges: dict[str, list[Charge]] = {}
        for charge in self._world.kept_charges():
            charges.setdefault(charge.order_id, []).append(charge)
        if self._world.case.carts is Carts.GUARDED:
            self._check_carts()
        self._announced.ended(self._orders)
        for key, order in self._orders.items():
            self._check_end(key, order, charges.get(key, []))
        self.refunds.ended()

    def _check_carts(self) -> None:
        orders: dict[str, set[str]] = {}
        for buyer in self._buyers:
            if buyer.cart is not None:
                orders.setdefault(buyer.cart, set()).update(buyer.order_ids)
        for cart, ids in orders.items():
            assert len(ids) <= 1, f"I1: cart {cart} became the orders {sorted(ids)}"

    @_judged
    def forged(self, answer: Any) -> None:
        """A webhook was answered that the payment service did not sign, or not now."""
        assert answer is None or answer["statusCode"] == 400, f"a stranger is heard: {answer}"

    @_judged
    def audited(self, answer: Any) -> None:
        """An audit ended: it may only name what an operator has to see anyway."""
        if answer is None or not self._world.case.service.keeps_its_word:
            return
        for each in answer["listed"]:
            if each["kind"].startswith("refund_"):
                self.refunds.audited(each)
                continue
            item = self._orders[each["order_id"]]
            settled = item["status"]["S"] in ("PAID", "DECLINED", "CANCELLED")
            known = "stray_charges" in item or not settled
            assert known, f"the audit calls {each['kind']} what is settled: {each['order_id']}"

    def _check_end(self, key: str, order: dict[str, Any], charges: list[Charge]) -> None:
        status = order["status"]["S"]
        self.holds.check_end(key, order)
        index = order.get("unsettled_shard", {}).get("S", "")
        if status == "PAID":
            ids = [charge.charge_id for charge in charges]
            method, verdict = order["payment_method"]["S"], "verdict_at" in order
            assert method != "wrong" or verdict, f"I2: {key} is paid, and not in full"
            assert order["charge_id"]["S"] in ids, f"I2: {key} is paid by no charge of the ledger"
        if status in ("DECLINED", "CANCELLED") and self._world.case.service.keeps_its_word:
            assert not charges, f"I5: {key} is {status}, and was charged"
        if status == "NEEDS_REVIEW" or "stray_charges" in order:
            assert index.startswith("review#"), f"I3: no alarm sees that {key} needs an operator"
        elif status in ENDS:
            assert "expires_at" not in order, f"I3: {key} is {status} and does not expire"
            assert not index, f"I3: {key} is {status} and still counted as {index}"
