"""A payment service in memory: a ledger of what was captured, and trouble as told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Cancelled, Captured, NotFound, Outcome, Unknown
from tests.checkout_runtime.factories import SERVICE

LOST = Unknown("timeout", unavailable=True)


@dataclass
class LedgerPayments:
    """Captures what it is asked to, once for each key where it honours keys."""

    honours_keys: bool = True
    can_look_up: bool = True
    can_cancel: bool = False
    captures_later: bool = False
    requests: list[str] = field(default_factory=list)
    look_ups: list[str] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    ledger: list[tuple[str, Captured]] = field(default_factory=list)
    next_answers: list[Callable[[Order], Outcome] | Outcome] = field(default_factory=list)
    """What the next requests meet, one after the other; afterwards they are captured."""
    next_look_ups: list[Outcome | NotFound] = field(default_factory=list)
    """What the next look-ups say; afterwards they tell what is in the ledger."""
    cancelled: Outcome | NotFound | Cancelled = field(default_factory=Cancelled)
    name: str = SERVICE

    def prepare(self) -> None:
        pass

    def charge(self, order: Order) -> Outcome:
        self.requests.append(order.payment_key)
        answer = self.next_answers.pop(0) if self.next_answers else self.capture
        return answer(order) if callable(answer) else answer

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        self.look_ups.append(payment_key)
        if self.next_look_ups:
            return self.next_look_ups.pop(0)
        return next((charge for key, charge in self.ledger if key == payment_key), NotFound())

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        self.cancels.append(payment_key)
        return self.cancelled

    def capture(self, order: Order, amount: int | None = None) -> Captured:
        """Capture as asked, all of the order or so much of its hold; under a key that is honoured,
        answer as before."""
        if self.honours_keys:
            for key, charge in self.ledger:
                if key == order.payment_key:
                    return charge
        charge = Captured(f"ch_{len(self.ledger) + 1}", amount or order.amount, order.currency)
        self.ledger.append((order.payment_key, charge))
        return charge

    def capture_then_hang(self, order: Order) -> Outcome:
        """Capture, and let the answer be lost."""
        self.capture(order)
        return LOST

    def captures_of(self, order_id: str) -> int:
        """How often money was taken for an order."""
        return sum(key.startswith(f"{order_id}:") for key, _ in self.ledger)
