"""I2 and I8 of held money: one hold or capture an order, captured once, and only as asked."""

from __future__ import annotations

from typing import Any

from simulator.traits import Charge, Hold
from simulator.world_state import WorldState

__all__ = ["HoldInvariants", "paid_amount"]

Item = dict[str, Any]
_OVER = ("CANCELLED", "DECLINED")


class HoldInvariants:
    """Watches the holds of one world. Its methods raise ``AssertionError``."""

    def __init__(self, world: WorldState) -> None:
        self._world = world
        self._held: dict[str, Hold] = {}
        """The holds that there are, by their orders."""
        self._late: set[str] = set()
        """Orders that were over when a worker who had slept got the money held. It lapses."""

    def changed(self, key: str, old: Item, new: Item) -> None:
        """An order was written."""
        asked, was_asked = (_asked(each) for each in (new, old))
        if asked is not None and was_asked is None:
            assert old["status"]["S"] == "AUTHORIZED", f"I8: {key} was captured as {old['status']}"
            assert "cancel_asked_at" not in old, f"I8: {key} is captured and let go"
        if asked is not None and was_asked is not None:
            assert asked == was_asked, f"I8: {asked} was asked for {key}, after {was_asked}"
        if asked is None and was_asked is not None:
            is_refused = new["status"]["S"] == "AUTHORIZED"
            # An operator said that nothing came of it, and the buyer pays by other means.
            is_over = old["status"]["S"] == "DECLINED" and old["attempt"] != new["attempt"]
            assert is_refused or is_over, f"I8: what was asked for {key} was forgotten"

    def held(self, hold: Hold) -> None:
        """Money is held."""
        key = hold.order_id
        assert key not in self._held, f"I2: a second hold of {key}"
        charged = [each for each in self._world.ledger() if each.order_id == key]
        assert not charged, f"I2: {key} is held after it was charged"
        self._held[key] = hold
        if self._world.stored_orders.by_id[key]["status"]["S"] in _OVER:
            self._late.add(key)

    def released(self, hold: Hold) -> None:
        """A hold was voided, or lapsed."""
        self._held.pop(hold.order_id, None)

    def captured(self, charge: Charge, order: Item) -> bool:
        """Money moved; return whether it was held before."""
        key, case = charge.order_id, self._world.case
        hold = self._held.pop(key, None)
        if hold is None:
            # A service that holds no money may have replaced the one that does.
            is_due = case.service.captures_later and case.replaced_by is None
            assert not is_due, f"I8: {key} was captured, and no money was held"
            return False
        assert hold.payment_key == charge.payment_key, f"I8: another hold of {key} was captured"
        greedy = order["payment_method"]["S"] == "greedy"
        most = hold.amount + greedy
        assert charge.amount <= most, f"I8: {charge.amount} of {hold.amount} was captured"
        asked = _asked(order)
        assert asked is not None, f"I8: {key} was captured, and nobody had asked for it"
        assert charge.amount - greedy == int(asked), (
            f"I8: {charge.amount} was captured, not {asked}"
        )
        return True

    def check_end(self, key: str, order: Item) -> None:
        """Nothing is left to do: whatever is held has come to an end."""
        if order["status"]["S"] != "NEEDS_REVIEW" and key not in self._late:
            assert key not in self._held, f"I3: {key} is {order['status']['S']}, and held still"


def paid_amount(order: Item) -> int:
    """What the order was paid by."""
    captured: Item = order.get("captured_amount") or order["amount"]
    return int(captured["N"])


def _asked(order: Item) -> str | None:
    name = f"attempt_{order['attempt']['N']}_capture_amount"
    amount: str | None = order.get(name, {}).get("N")
    return amount
