"""What the payment service knows of each payment attempt of an order; asking changes nothing."""

from dataclasses import dataclass

from checkout_runtime.application.ports import PaymentService
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
)

__all__ = ["Contradiction", "KnownAttempt", "KnownAttempts", "contradiction_of"]


@dataclass(frozen=True, slots=True)
class KnownAttempt:
    """One attempt as the payment service sees it."""

    attempt: int
    service: str | None
    reference: str | None
    answer: Outcome | NotFound | None
    """None: it could not be asked."""

    def lookup_reference_in(self, order: Order) -> str:
        """Return what the payment service knows it by, as an attempt of this order."""
        known = EarlierAttempt(self.attempt, self.service, self.reference, None)
        return order.lookup_reference_of(known)

    @property
    def is_clear(self) -> bool:
        """Whether the answer says what became of the attempt."""
        return isinstance(self.answer, Captured | Declined | NotFound)

    @property
    def is_open(self) -> bool:
        """Whether it may yet be captured, by what the payment service says."""
        return isinstance(self.answer, ActionRequired | Processing)

    @property
    def charge_id(self) -> str | None:
        """The charge that it was captured as."""
        return self.answer.charge_id if isinstance(self.answer, Captured) else None

    def is_captured(self, order: Order) -> bool:
        """Whether it was captured, and not refunded since."""
        return self.charge_id is not None and not order.is_refunded(self.charge_id)

    @property
    def in_words(self) -> str:
        """The answer, for an operator."""
        match self.answer:
            case None:
                return "cannot be asked"
            case Captured(charge_id, amount, currency):
                return f"captured {amount} {currency} as {charge_id}"
            case Declined(code):
                return f"declined: {code}"
            case ActionRequired():
                return "waits for the buyer to act"
            case Processing():
                return "is being processed"
            case NotFound():
                return "knows nothing of it"
            case Cancelled():
                return "cancelled"
            case other:
                return f"gave no clear answer: {type(other).__name__}"


@dataclass(frozen=True, slots=True)
class KnownAttempts:
    """Asks about every attempt of an order."""

    payment_service: PaymentService

    def __call__(self, order: Order) -> list[KnownAttempt]:
        """Return what is known of each attempt, the current one last."""
        reference, service = order.payment_reference, order.payment_service
        current = EarlierAttempt(order.attempt, service, reference, order.decline_code)
        return [self._known(order, each) for each in (*order.earlier_attempts, current)]

    def _known(self, order: Order, attempt: EarlierAttempt) -> KnownAttempt:
        service = self.payment_service
        answer: Outcome | NotFound | None = None
        if service.can_look_up and order.is_of(service.name, attempt):
            answer = service.look_up(order.lookup_reference_of(attempt))
        return KnownAttempt(attempt.attempt, attempt.service, attempt.reference, answer)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The table and the payment service do not agree."""

    what: str
    what_to_do: str


def contradiction_of(order: Order, attempts: list[KnownAttempt]) -> Contradiction | None:
    """Return where the payment service contradicts a settled order, or None."""
    captured = [each for each in attempts if each.is_captured(order)]
    if order.status is OrderStatus.PAID:
        ids = {str(each.charge_id) for each in captured}
        known = {str(order.charge_id)} | {order.charge_of(each) for each in order.stray_charges}
        others = sorted(ids - known)
        if others:
            return Contradiction(
                f"it is PAID by {order.charge_id}, and {', '.join(others)} was captured as well",
                "Refund what was captured beside the order's own charge at the payment service, "
                "then settle with --refunded-elsewhere.",
            )
        # An attempt that cannot be asked may be the one that paid.
        if order.charge_id not in ids and all(each.is_clear for each in attempts):
            return Contradiction(
                f"it is PAID by {order.charge_id}, and the payment service knows no such capture",
                "Hold the goods. Was it charged on another account, or was the capture undone?",
            )
    if order.status is OrderStatus.DECLINED and captured:
        first = captured[0]
        return Contradiction(
            f"it is DECLINED, and attempt {first.attempt} {first.in_words}",
            "The buyer has paid: deliver, or refund the charge at the payment service and settle "
            "with --refunded-elsewhere. Until then another attempt of this order is not charged: "
            "it is asked about first, and becomes PAID.",
        )
    return None
