"""What the payment service knows of each payment attempt of an order; asking changes nothing."""

from __future__ import annotations

from checkout_runtime.application.ports import PaymentService
from checkout_runtime.domain.charge_proof import charge_in
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
)
from checkout_runtime.domain.record import Record

__all__ = ["Contradiction", "KnownAttempt", "KnownAttempts", "contradiction_of"]


class KnownAttempt(Record):
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
        return isinstance(self.answer, ActionRequired | Processing | Authorized)

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
            case Authorized(charge_id, amount, currency):
                return f"holds {amount} {currency} as {charge_id}, not captured"
            case Declined(code):
                return f"declined: {code}"
            case ActionRequired():
                return "waits for the buyer to act"
            case Processing():
                return "is being processed"
            case NotFound():
                return "knows nothing of it"
            case other:
                return f"gave no clear answer: {type(other).__name__}"


class KnownAttempts(Record):
    """Asks about every attempt of an order."""

    payment_service: PaymentService
    policy: ChargePolicy

    def __call__(self, order: Order) -> list[KnownAttempt]:
        """Return what is known of each attempt, the current one last.

        Where a restored table may have forgotten later attempts, and nobody is at work on the
        order, those that the payment service knows, or says nothing clear of, come first.
        """
        reference, service = order.payment_reference, order.payment_service
        current = EarlierAttempt(order.attempt, service, reference, order.decline_code)
        known = [self._known(order, each) for each in (*order.earlier_attempts, current)]
        is_left_alone = order.status in (*_OVER, OrderStatus.NEEDS_REVIEW)
        if not (is_left_alone and self.policy.may_have_forgotten(order)):
            return known
        forgotten = [self._known(order, each) for each in order.attempts_after]
        return [each for each in forgotten if not isinstance(each.answer, NotFound | None)] + known

    def _known(self, order: Order, attempt: EarlierAttempt) -> KnownAttempt:
        service = self.payment_service
        answer: Outcome | NotFound | None = None
        if service.can_look_up and order.is_of(service.name, attempt):
            answer = service.look_up(order.lookup_reference_of(attempt))
        return KnownAttempt(attempt.attempt, attempt.service, attempt.reference, answer)


class Contradiction(Record):
    """The table and the payment service do not agree."""

    what: str
    what_to_do: str


def contradiction_of(order: Order, attempts: list[KnownAttempt]) -> Contradiction | None:
    """Return where the payment service contradicts what the table, and so the tool, says."""
    if order.status is OrderStatus.PAID:
        return _of_a_paid_order(order, attempts)
    known = {charge_in(each) for each in order.stray_charges}
    captured = [
        each for each in attempts if each.is_captured(order) and each.charge_id not in known
    ]
    if captured:
        return _captured_all_the_same(order, captured[0])
    if order.status is OrderStatus.NEEDS_REVIEW:
        return None  # Its reason says what to do, and a verdict asks again.
    open_still = [each for each in attempts if each.is_open and _is_over(order, each)]
    if open_still:
        return _open_all_the_same(order, open_still[0])
    current = attempts[-1]
    if order.status in _WAITING and isinstance(current.answer, Declined):
        return Contradiction(_at_odds(order, current), _RECONCILE)
    return _of_a_held_order(order, current) if order.status is OrderStatus.AUTHORIZED else None


def _of_a_held_order(order: Order, current: KnownAttempt) -> Contradiction | None:
    match current.answer:
        case Declined():
            return Contradiction(_at_odds(order, current), _end_of_hold(order))
        case NotFound():
            return Contradiction(
                _at_odds(order, current),
                "Hold the goods. Was it held on another account? Where no account has it, let it "
                f"go by `checkout orders cancel {order.order_id}`: an operator is called once the "
                "payment service has had its time to find it.",
            )
        case Authorized(_, amount, currency) if (amount, currency) != (
            order.amount,
            order.currency,
        ):
            return Contradiction(
                _at_odds(order, current),
                f"Hold the goods. {order.amount} {order.currency} was asked for: compare both at "
                f"the payment service, and let it go by `checkout orders cancel {order.order_id}`.",
            )
    return None


def _of_a_paid_order(order: Order, attempts: list[KnownAttempt]) -> Contradiction | None:
    ids = {str(each.charge_id) for each in attempts if each.is_captured(order)}
    known = {str(order.charge_id)} | {charge_in(each) for each in order.stray_charges}
    others = sorted(ids - known)
    if others:
        return Contradiction(
            f"it is PAID by {order.charge_id}, and {', '.join(others)} was captured as well",
            "Refund what was captured beside the order's own charge at the payment service, "
            "then settle with --refunded-elsewhere.",
        )
    open_still = [each for each in attempts if each.is_open]
    if open_still:
        return _open_all_the_same(order, open_still[0])
    paid_by = [each.answer for each in attempts if each.charge_id == order.charge_id]
    for captured in paid_by:
        if isinstance(captured, Captured) and not _is_what_was_taken(order, captured):
            return Contradiction(
                f"it is PAID by {order.charge_id}, of which {captured.amount} "
                f"{captured.currency} was captured",
                "Hold the goods. What was captured is not what the order says: compare both at "
                "the payment service, and refund or ask for the difference there.",
            )
    # An attempt that cannot be asked may be the one that paid.
    if order.charge_id not in ids and all(each.is_clear for each in attempts):
        return Contradiction(
            f"it is PAID by {order.charge_id}, and the payment service knows no such capture",
            "Hold the goods. Was it charged on another account, or was the capture undone?",
        )
    return None


def _is_what_was_taken(order: Order, captured: Captured) -> bool:
    """Whether the order says so, too. Some services count what was refunded off it."""
    taken = order.amount if order.captured_amount is None else order.captured_amount
    fits = captured.amount <= taken if order.refunds else captured.amount == taken
    return captured.currency == order.currency and fits


def _captured_all_the_same(order: Order, captured: KnownAttempt) -> Contradiction | None:
    """Tell that an order, which is not paid, was paid; None where that is about to be stored."""
    settle = (
        f"settle with --paid {captured.charge_id}, or refund it at the payment service and settle "
        f"with --refunded-elsewhere {captured.charge_id}."
    )
    what = _at_odds(order, captured)
    if order.status in (*_OVER, OrderStatus.NEEDS_REVIEW):
        return Contradiction(what, f"The buyer has paid: {settle}")
    if captured.attempt < order.attempt:
        is_held = order.status is OrderStatus.AUTHORIZED
        ended = (OrderStatus.CANCELLED if is_held else OrderStatus.DECLINED).value
        return Contradiction(
            what,
            f"Attempt {order.attempt} would be a second charge: refund {captured.charge_id} at the "
            f"payment service and settle with --refunded-elsewhere {captured.charge_id}. Or cancel "
            f"attempt {order.attempt} there; once the order is {ended}, settle with --paid "
            f"{captured.charge_id}.",
        )
    if order.status is OrderStatus.AUTHORIZED:
        return Contradiction(what, _end_of_hold(order))
    return Contradiction(what, _RECONCILE) if order.status in _WAITING else None


def _open_all_the_same(order: Order, attempt: KnownAttempt) -> Contradiction:
    return Contradiction(
        _at_odds(order, attempt),
        f"Attempt {attempt.attempt} may yet be captured, beside any other payment: cancel it at "
        "the payment service, and take no other payment until it is over.",
    )


def _end_of_hold(order: Order) -> str:
    """Say how what became of a hold is stored: by itself not before the hold's end is near."""
    return (
        f"Ask for the money by `checkout orders capture {order.order_id}`, or to let it go by "
        f"`checkout orders cancel {order.order_id}`: the payment service is looked up first, and "
        "what it says is stored."
    )


def _is_over(order: Order, attempt: KnownAttempt) -> bool:
    """Whether the table takes the attempt for one that ended."""
    return attempt.attempt < order.attempt or order.status in _OVER


def _at_odds(order: Order, attempt: KnownAttempt) -> str:
    return f"it is {order.status.value}, and attempt {attempt.attempt} {attempt.in_words}"


_OVER = (OrderStatus.DECLINED, OrderStatus.CANCELLED)
"""States in which the table says that nothing will be captured."""
_WAITING = (OrderStatus.PENDING, OrderStatus.ACTION_REQUIRED, OrderStatus.PROCESSING)
"""States in which the table says that the current attempt has no answer yet."""
_RECONCILE = "Run `checkout reconcile`, and look again: the answer is stored when the order is due."
