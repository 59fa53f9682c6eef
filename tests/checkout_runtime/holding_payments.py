"""A payment service in memory that holds money: a ledger of holds, and of what was captured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Unknown,
)
from tests.checkout_runtime.factories import HOUR, NOW, SERVICE

LOST = Unknown("timeout", unavailable=True)
WEEK = 7 * 24 * HOUR
CaptureAnswer = Captured | Declined | NotCharged | Unknown


@dataclass
class HoldingPayments:
    """Holds what it is asked to hold, once a key, and captures a hold once."""

    can_look_up: bool = True
    can_cancel: bool = True
    captures_later: bool = True
    name: str = SERVICE
    charges_have_holds_id: bool = False
    """Whether what is captured has the hold's own id, as at Stripe."""
    capture_before: int = NOW + WEEK
    """Of the holds to come."""
    holds: dict[str, Authorized] = field(default_factory=dict)
    """What is held, by payment key."""
    captured: dict[str, Captured] = field(default_factory=dict)
    """What was captured, by payment key."""
    gone: set[str] = field(default_factory=set)
    """Payment keys whose hold lapsed or was voided."""
    charges: list[str] = field(default_factory=list)
    captures: list[tuple[str, int]] = field(default_factory=list)
    """What captures were asked for: their keys and amounts."""
    look_ups: list[str] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    next_captures: list[CaptureAnswer | Callable[[Order, int], CaptureAnswer]] = field(
        default_factory=list
    )
    """What the next captures meet; afterwards they are carried out."""
    next_look_ups: list[Outcome | NotFound] = field(default_factory=list)
    next_cancels: list[Outcome | NotFound | Cancelled] = field(default_factory=list)

    def prepare(self) -> None:
        """Nothing to prepare."""

    def charge(self, order: Order) -> Outcome:
        key = order.payment_key
        self.charges.append(key)
        if key not in self.holds:
            hold_id = f"hold_{len(self.holds) + 1}"
            self.holds[key] = Authorized(hold_id, order.amount, order.currency, self.capture_before)
        return self._known(key)

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        self.look_ups.append(payment_key)
        if self.next_look_ups:
            return self.next_look_ups.pop(0)
        return self._known(payment_key) if payment_key in self.holds else NotFound()

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        self.cancels.append(payment_key)
        if self.next_cancels:
            return self.next_cancels.pop(0)
        if payment_key in self.captured:
            return self.captured[payment_key]
        self.gone.add(payment_key)
        return Cancelled()

    def capture(self, order: Order, amount: int) -> CaptureAnswer:
        self.captures.append((order.capture_key, amount))
        answer = self.next_captures.pop(0) if self.next_captures else self.carry_out
        return answer(order, amount) if callable(answer) else answer

    def carry_out(self, order: Order, amount: int) -> CaptureAnswer:
        """Capture so much of a hold that is there, once."""
        key = order.payment_key
        if key in self.gone:
            return Declined("hold_gone")
        hold_id = self.holds[key].charge_id
        charge_id = hold_id if self.charges_have_holds_id else f"ch_of_{hold_id}"
        return self.captured.setdefault(key, Captured(charge_id, amount, order.currency))

    def carry_out_and_hang(self, order: Order, amount: int) -> CaptureAnswer:
        """Capture, and let the answer be lost."""
        self.carry_out(order, amount)
        return LOST

    def let_lapse(self) -> None:
        """Release every hold that is not captured."""
        self.gone |= self.holds.keys() - self.captured.keys()

    def _known(self, key: str) -> Outcome:
        if key in self.captured:
            return self.captured[key]
        return Declined("hold_gone") if key in self.gone else self.holds[key]
