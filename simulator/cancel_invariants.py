"""I8: exactly one of a cancellation and a charge wins, and what was asked is never forgotten."""

from __future__ import annotations

from typing import Any

from simulator.traits import Charge
from simulator.world_state import WorldState

__all__ = ["CancelInvariants"]

Item = dict[str, Any]


class CancelInvariants:
    """Watches the orders of one world. Its methods raise ``AssertionError``."""

    def __init__(self, world: WorldState) -> None:
        self._world = world
        self._may_be_requested: dict[str, str | None] = {}
        """The payment key of each marked order that may have been requested before the mark."""

    def changed(self, key: str, old: Item, new: Item) -> None:
        """An order was written."""
        if _state(old) != _state(new) and new.get("cancel_reason", {}).get("S") == "expired":
            self._expired(key, old)
        if "cancel_asked_at" not in new:
            assert "cancel_asked_at" not in old, f"I8: the mark of {key} was taken back"
            return
        if "cancel_asked_at" in old:
            assert old["cancel_asked_at"] == new["cancel_asked_at"], f"I8: {key} was asked twice"
            assert old["attempt"] == new["attempt"], f"I8: an attempt of {key} began after the mark"
        else:
            is_restored = self._world.case.quarantine
            requested = is_restored or int(new["attempt_claims"]["N"]) > 0
            payment_key = f"{key}:{new['attempt']['N']}"
            self._may_be_requested[key] = payment_key if requested else None
        if _state(new) != _state(old):
            assert _state(new) != "DECLINED", f"I8: {key} is declined after the mark"
        if _state(new) == "CANCELLED":
            assert "cancel_reason" in new, f"I8: nothing says why {key} is cancelled"

    def _expired(self, key: str, old: Item) -> None:
        """Nobody may be paying it: it was declined, or nobody had claimed it."""
        untried = _state(old) == "PENDING" and old["attempt_claims"]["N"] == "0"
        # One from before a restore is asked about first, under a claim.
        is_asked_about = self._world.case.quarantine and "cancel_asked_at" in old
        over = untried or is_asked_about or _state(old) in ("DECLINED", "NEEDS_REVIEW")
        assert over, f"I8: {key} expired while it was {_state(old)}"
        name = "unsettled_since" if "unsettled_since" in old else "accepted_at"
        since = int(old[name]["N"])
        # The index has the order under the time at which it expires, once it is declined.
        patience = self._world.case.expires_after_ms if untried else 0
        assert patience is not None, f"I8: {key} expired where no order does"
        skew = max(map(abs, self._world.case.skews_ms))
        early = since + patience - self._world.now()
        assert early <= 2 * skew, f"I8: {key} expired {early} ms too early"

    def charged(self, charge: Charge, order: Item) -> None:
        """Money moved."""
        key = charge.order_id
        if not self._world.case.service.keeps_its_word or "cancel_asked_at" not in order:
            return
        assert _state(order) != "CANCELLED", f"I8: {key} is cancelled, and was charged"
        requested = self._may_be_requested.get(key)
        assert charge.payment_key == requested, f"I8: {key} was requested after the mark"


def _state(item: Item) -> str:
    status: str = item["status"]["S"]
    return status
