"""What a payment service knows of the refunds that it was asked for, whatever its API looks like.

It gives back what it is asked to give back, also more than was captured: that this never happens is
the checkout's to prove.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.traits import MadeRefund, Premises, Traits

__all__ = ["DECIDED_AFTER_MS", "KnownRefund", "RefundLedger", "may_be_returned"]

DECIDED_AFTER_MS = 60 * 60 * 60 * 1000
"""Two days and a half: how long a refund takes that is not decided at once."""
RETURNED_AFTER_MS = 10 * 60 * 1000
"""Ten minutes, in the place of weeks: soon enough for every trouble to meet it."""
_KINDS = {31: "slow", 37: "slow_fails", 43: "refused", 47: "returned"}
"""What comes of a refund, by the last two digits of its amount. Any other one succeeds at once."""


def may_be_returned(amount: int | None) -> bool:
    """Whether the bank may return a refund of so much. None: all that is left, so perhaps."""
    return amount is None or _KINDS.get(amount % 100) == "returned"


@dataclass(slots=True)
class KnownRefund:
    """What the service knows under one key."""

    first_seen: int
    key: str
    reference: str
    charge_id: str
    amount: int
    status: str
    replays_failure: bool = False
    history: list[tuple[int, str]] = field(default_factory=list)

    def as_made(self) -> MadeRefund:
        """Return the money that goes back."""
        return MadeRefund(self.key, self.charge_id, self.reference, self.amount)

    def status_at(self, time: int) -> str | None:
        """Return its status at a time; None before it was asked for."""
        seen = [status for at, status in self.history if at <= time]
        return seen[-1] if seen else None


@dataclass(slots=True)
class RefundLedger:
    """The refunds of one payment service."""

    traits: Traits
    premises: Premises
    made: list[KnownRefund] = field(default_factory=list)
    """Each request that was carried out, whatever came of it."""
    _by_key: dict[str, KnownRefund] = field(default_factory=dict)

    def ask(self, key: str, charge_id: str, amount: int) -> KnownRefund:
        """Carry a request out, or replay what was said under its key."""
        now = self.premises.now()
        known = self._by_key.get(key)
        if known is not None and now < known.first_seen + self.traits.honours_keys_for_ms:
            return known
        reference = f"re_{len(self.made) + 1}"
        refund = KnownRefund(now, key, reference, charge_id, amount, "new")
        self.made.append(refund)
        self._by_key[key] = refund
        match _KINDS.get(amount % 100):
            case "refused":
                self._become(refund, "not_refunded")
            case "slow" | "slow_fails" as kind:
                self._become(refund, "refund_pending")
                last = "refunded" if kind == "slow" else "not_refunded"
                self.premises.at(now + DECIDED_AFTER_MS, lambda: self._become(refund, last))
            case "returned":
                self._become(refund, "refunded")
                self.premises.later(RETURNED_AFTER_MS, lambda: self._become(refund, "not_refunded"))
            case _:
                self._become(refund, "refunded")
        if refund.status != "not_refunded":
            self.premises.gave_back(refund.as_made())
        return refund

    def known(self, key: str) -> KnownRefund | None:
        """Return what is known under a key."""
        return self._by_key.get(key)

    def of_charge(self, charge_id: str) -> list[KnownRefund]:
        """Return the refunds of a charge, the latest first, as far as a look-up sees them."""
        seen_until = self.premises.now() - self.traits.lags_ms
        found = [each for each in self.made if each.charge_id == charge_id]
        return [each for each in reversed(found) if each.status_at(seen_until)]

    def _become(self, refund: KnownRefund, status: str) -> None:
        if status == "not_refunded" and refund.status != "new":
            self.premises.took_back(refund.as_made())
        refund.status = status
        refund.history.append((self.premises.now(), status))
        self.premises.refund_changed(self.traits, refund.key, refund.reference)
