"""I8: each refund that was asked for happens at most once, and never more than was captured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from simulator.hold_invariants import paid_amount
from simulator.promises import allowed_refund_reasons
from simulator.stored_orders import REFUND_ENDS
from simulator.traits import MadeRefund
from simulator.world_state import WorldState

__all__ = ["REFUND_OUTCOMES", "RefundInvariants"]

REFUND_OUTCOMES = REFUND_ENDS | {"PROCESSING"}
"""A message about a refund is done with once one of these is stored."""
_MAY_BECOME = {
    None: {"REQUESTED"},
    "REQUESTED": {"REFUNDING"},
    "REFUNDING": {"REFUNDED", "NOT_REFUNDED", "UNKNOWN", "PROCESSING", "NEEDS_REVIEW"},
    "UNKNOWN": {"REFUNDING", "REFUNDED"},
    "PROCESSING": {"REFUNDED", "NOT_REFUNDED", "NEEDS_REVIEW"},
    "NEEDS_REVIEW": {"REFUNDED", "NOT_REFUNDED", "UNKNOWN"},
    "NOT_REFUNDED": {"REFUNDED", "NEEDS_REVIEW"},
    "REFUNDED": {"NOT_REFUNDED"},
}
"""The table of docs/guide/refunds.md."""
_NEVER_CHANGE = ("order_id", "amount", "currency", "charge_id", "accepted_at", "asked_by")


class RefundInvariants:
    """Watches the refunds of one world. Its methods raise ``AssertionError``."""

    def __init__(self, world: WorldState) -> None:
        self._world = world
        self._stored = world.stored_orders
        self._made: Counter[str] = Counter()
        self._given_back: Counter[str] = Counter()

    def settled_by(
        self, changes: Sequence[tuple[str, dict[str, Any] | None]]
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the refunds that a write settled, by their orders; before it is looked at."""
        settled: dict[str, list[dict[str, Any]]] = {}
        for key, new in changes:
            if new is None or not key.startswith("op_"):
                continue
            old = self._stored.refunds.get(key)
            before, after = old["status"]["S"] if old else None, new["status"]["S"]
            if before != after and after in ("REFUNDED", "NOT_REFUNDED"):
                settled.setdefault(new["order_id"]["S"], []).append(new)
        return settled

    def changed(self, key: str, new: dict[str, Any]) -> None:
        """Look at a refund that changed."""
        old = self._stored.refunds.get(key)
        before = old["status"]["S"] if old else None
        after = new["status"]["S"]
        if before != after:
            assert after in _MAY_BECOME[before], f"I8: {key} went from {before} to {after}"
            self._world.say("order table", f"{key[:8]} is {after}")
            if after in REFUND_OUTCOMES or before is None:
                self._world.news()
        if old is not None:
            for name in _NEVER_CHANGE:
                assert new[name] == old[name], f"I8: {name} of {key} changed"
            epochs = [int(each["claim_epoch"]["N"]) for each in (old, new)]
            assert epochs == sorted(epochs), f"I8: {key} went back in claim_epoch"
        if after == "NEEDS_REVIEW" and before != after:
            reason = new["review_reason"]["S"]
            allowed = allowed_refund_reasons(self._world.case)
            assert reason in allowed, f"I6: refund {key} needs an operator for {reason}"
        self._stored.put_refund(key, new)

    def balanced(self, order_id: str) -> None:
        """What an order has left is what was captured, less what was or is being refunded."""
        order = self._stored.by_id[order_id]
        taken = sum(
            int(refund["amount"]["N"])
            for refund in self._stored.refunds.values()
            if refund["order_id"]["S"] == order_id
            and "stray" not in refund
            and refund["status"]["S"] != "NOT_REFUNDED"
        )
        amount = paid_amount(order)
        left = int(order.get("refundable", order["amount"])["N"])
        assert left >= 0, f"I8: {order_id} has {left} left to refund"
        assert left == amount - taken, f"I8: {order_id} has {left} left of {amount} less {taken}"

    def made(self, refund: MadeRefund) -> None:
        """The payment service gives money back, or promises to."""
        key = refund.payment_key.partition(":")[0]
        self._world.say("payment service", f"refunds {refund.amount} of {refund.charge_id}")
        stored = self._stored.refunds.get(key)
        assert stored is not None, f"I8: {key} was refunded and is not in the table"
        self._made[key] += 1
        assert self._made[key] == 1, f"I8: {key} was refunded {self._made[key]} times"
        assert stored["charge_id"]["S"] == refund.charge_id, f"I8: {key} refunded another charge"
        assert int(stored["amount"]["N"]) == refund.amount, f"I8: {key} refunded {refund.amount}"
        self._given_back[refund.charge_id] += refund.amount
        charges = [each for each in self._world.ledger() if each.charge_id == refund.charge_id]
        assert charges, f"I8: {refund.charge_id} was refunded and never captured"
        most = max(each.amount for each in charges)
        given = self._given_back[refund.charge_id]
        assert given <= most, f"I8: {given} of {most} of {refund.charge_id} was refunded"
        if "stray" in stored:
            self._world.refunded.add(refund.charge_id)

    def returned(self, refund: MadeRefund) -> None:
        """The bank returns money, or a refund that was promised fails: it may be given again."""
        self._world.say("payment service", f"keeps {refund.amount} of {refund.charge_id} after all")
        self._given_back[refund.charge_id] -= refund.amount
        self._world.refunded.discard(refund.charge_id)

    def audited(self, mismatch: dict[str, Any]) -> None:
        """The audit names a refund: one whose order has a refund that is not where it should be."""
        for service in self._world.services.values():
            made = dict(service.refund_statuses())
            for key, refund in self._stored.refunds.items():
                is_of_order = refund["order_id"]["S"] == mismatch["order_id"]
                went_back = made.get(f"{key}:1") == "refunded"
                if is_of_order and went_back != (refund["status"]["S"] == "REFUNDED"):
                    return
        raise AssertionError(f"the audit finds {mismatch['kind']} where all refunds fit")

    def acknowledged(self, body: str, refund_id: str) -> None:
        """A message about a refund is deleted."""
        refund = self._stored.refunds.get(refund_id)
        assert refund is not None, f"I4: {body} was deleted, its refund is not there"
        status = refund["status"]["S"]
        assert status in REFUND_OUTCOMES, f"I4: {body} was deleted while its refund is {status}"

    def ended(self) -> None:
        """Nothing is left to do: hold the service's refunds and the table together."""
        for key in self._stored.open_refunds:
            raise AssertionError(f"I8: {key} stays {self._stored.refunds[key]['status']['S']}")
        made: dict[str, set[str]] = {}
        for service in self._world.services.values():
            for payment_key, status in service.refund_statuses():
                made.setdefault(payment_key.partition(":")[0], set()).add(status)
        for key, refund in self._stored.refunds.items():
            self._check_end(key, refund, made.get(key, set()))

    def _check_end(self, key: str, refund: dict[str, Any], made: set[str]) -> None:
        status, index = refund["status"]["S"], refund.get("unsettled_shard", {}).get("S", "")
        order = self._stored.by_id[refund["order_id"]["S"]]
        assert key in order["refunds"]["SS"], f"I8: {key} is not listed by its order"
        if status == "NEEDS_REVIEW":
            assert index.startswith("operation_review#"), f"I8: no alarm sees {key}"
            return
        assert not index, f"I8: {key} is {status} and still counted as {index}"
        expected = {"refunded"} if status == "REFUNDED" else {"not_refunded"}
        if status == "REFUNDED" and key not in self._world.returns_told:
            # Without a webhook that is answered nobody asks about a refund that succeeded.
            made = {"refunded"} if made == {"not_refunded"} else made
        assert made == expected, f"I8: {key} is {status}, and the payment service says {made}"
        if "stray" in refund:
            proof = refund["stray"]["S"]
            kept = proof in order.get("stray_charges", {}).get("SS", ())
            assert kept == (status != "REFUNDED"), f"I8: {key} is {status}, its stray {kept}"
            underway = order.get("refunding_strays", {}).get("SS", ())
            assert proof not in underway, f"I8: {key} is {status}, and its stray under way"
