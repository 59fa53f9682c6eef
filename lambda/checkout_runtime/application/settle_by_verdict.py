"""An operator's verdict on an order that no machine could decide.

What the payment service can say comes first: a verdict that it contradicts is refused. Nothing is
charged here, and what is captured is never dropped.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from checkout_runtime.application.known_attempts import KnownAttempt, KnownAttempts
from checkout_runtime.application.ports import (
    Changed,
    Clock,
    Orders,
    PaymentService,
    Verdict,
    VerdictKind,
)
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Processing,
    Unknown,
)

__all__ = ["Seen", "SettleByVerdict", "Settled"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """The order as the operator saw it; the verdict counts for that order alone."""

    status: str
    attempt: int
    claim_epoch: int
    strays: tuple[str, ...]

    @classmethod
    def of(cls, order: Order) -> "Seen":
        """Return what a verdict depends on."""
        strays = tuple(sorted(order.stray_charges))
        return cls(order.status.value, order.attempt, order.claim_epoch, strays)


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a verdict."""

    order_id: str
    done: str
    """``settled``, ``would settle`` or ``refused``."""
    status: str | None
    detail: str
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class SettleByVerdict:
    """Settles single orders of one deployed checkout."""

    orders: Orders
    payment_service: PaymentService
    clock: Clock
    policy: ChargePolicy

    def __call__(
        self, order_id: str, verdict: Verdict, *, seen: Seen | None, dry_run: bool
    ) -> Settled:
        """Carry a verdict out, or with ``dry_run`` say what would become of it.

        The real run is given what the dry run showed as ``seen``, and is refused where the order
        has changed since then.
        """
        self.payment_service.prepare()
        order = self.orders.get(order_id)
        if order is None:
            return Settled(order_id, "refused", None, "no such order")
        shown = Seen.of(order)

        def answer(done: str, detail: str) -> Settled:
            return Settled(order_id, done, order.status.value, detail, shown)

        if not dry_run and seen != shown:
            return answer("refused", "the order has changed since it was shown; look at it again")
        attempts = KnownAttempts(self.payment_service)(order)
        why_not = self._why_not(order, verdict, attempts, dry_run=dry_run)
        if why_not is not None:
            return answer("refused", why_not)
        if dry_run:
            return answer("would settle", f"{verdict.kind.value}: nothing speaks against it")
        result = self.orders.settle_by_verdict(
            order, verdict, self.clock.now(), proofs=_proofs(order, verdict.charge_id, attempts)
        )
        if not isinstance(result, Changed):
            return answer("refused", "the order changed meanwhile; look at it again")
        event = "order_settled_by_verdict"
        extra = {"verdict": verdict.kind.value, "charge_id": verdict.charge_id}
        _log.warning(event, extra={"event": event, **extra, **result.order.log_fields})
        return Settled(order_id, "settled", result.order.status.value, verdict.kind.value)

    def _why_not(
        self, order: Order, verdict: Verdict, attempts: list[KnownAttempt], *, dry_run: bool
    ) -> str | None:
        """Say why the verdict must not be carried out, or None."""
        if verdict.kind is VerdictKind.REFUNDED_ELSEWHERE:
            return _why_not_refunded(order, str(verdict.charge_id), attempts)
        if order.status is not OrderStatus.NEEDS_REVIEW:
            return f"the order is {order.status.value}; a verdict is for one in NEEDS_REVIEW"
        if verdict.kind is VerdictKind.PAID:
            return self._why_not_paid(order, str(verdict.charge_id), attempts, dry_run=dry_run)
        if order.stray_charges:
            return "it has a stray charge: give --paid, or refund it and --refunded-elsewhere first"
        return self._why_not_over(order, attempts, dry_run=dry_run)

    def _why_not_paid(
        self, order: Order, charge_id: str, attempts: list[KnownAttempt], *, dry_run: bool
    ) -> str | None:
        if order.is_refunded(charge_id):
            return f"{charge_id} was refunded"
        proofs = _proofs(order, charge_id, attempts)
        if proofs and not any(map(order.is_paid_in_full_by, proofs)):
            amount, currency = min(proofs).rsplit(":", 2)[1:]
            return f"it captured {amount} {currency}, not what was ordered"
        unasked = {each.attempt for each in attempts if each.answer is None}
        if not proofs and not unasked:
            return _why_no_such_capture(order, attempts)
        # Where nothing but the operator's word is known, any that cannot be asked may have paid.
        paid_by = {order.attempt_of(proof) for proof in proofs} or unasked
        return self._why_not_over(
            order, attempts, charge_id=charge_id, paid_by=paid_by, dry_run=dry_run
        )

    def _why_not_over(
        self,
        order: Order,
        attempts: list[KnownAttempt],
        *,
        charge_id: str | None = None,
        paid_by: Collection[int] = (),
        dry_run: bool,
    ) -> str | None:
        """Say which attempt, beside those that paid, took money too or still may; or None.

        What may still is cancelled where that can be done.
        """
        for each in attempts:
            if each.charge_id != charge_id and _is_news(order, each.charge_id):
                return f"attempt {each.attempt} {each.in_words}: {_way_out(each.charge_id)}"
        *earlier, current = attempts
        for each in earlier:
            if each.attempt not in paid_by:
                why_not = self._why_not_known_to_end(order, each, dry_run=dry_run)
                if why_not is not None:
                    return why_not
        if order.attempt in paid_by:
            return None
        return self._why_not_ended(order, current, dry_run=dry_run)

    def _why_not_known_to_end(
        self, order: Order, attempt: KnownAttempt, *, dry_run: bool
    ) -> str | None:
        """Say why the payment service's answer leaves open how the attempt ends, or None."""
        if isinstance(attempt.answer, ActionRequired | Processing):
            if self.payment_service.can_cancel:
                return self._why_not_cancelled(order, attempt, dry_run=dry_run)
            return f"attempt {attempt.attempt} {attempt.in_words}; cancel it first"
        unclear = attempt.answer is not None and not attempt.is_clear
        if unclear and self.policy.may_try_to_cancel(order, self.clock.now()):
            return "the payment service gave no clear answer; try again later"
        return None

    def _why_not_ended(self, order: Order, current: KnownAttempt, *, dry_run: bool) -> str | None:
        """Say why the current attempt may still be captured, or None."""
        now = self.clock.now()
        if now < (order.lease_expires_at or 0):
            return "a worker may still be requesting it; try again in a minute"
        if order.decline_code is not None:
            return None  # It was declined before; only its stray charge brought it here.
        if current.charge_id is not None:
            return None  # What it captured pays the order, is a stray charge, or was refunded.
        requested = order.first_claimed_at is not None
        if not (requested or order.payment_reference or self.policy.is_quarantined(order)):
            return None  # Nothing was ever sent or opened.
        if order.is_of(self.payment_service.name) and self.payment_service.can_cancel:
            return self._why_not_cancelled(order, current, dry_run=dry_run)
        if requested and self.policy.may_repeat_request(order, now):
            return (
                "a request may still be on its way, and the attempt cannot be cancelled; "
                "wait until the key's retention is over"
            )
        return self._why_not_known_to_end(order, current, dry_run=dry_run)

    def _why_not_cancelled(
        self, order: Order, attempt: KnownAttempt, *, dry_run: bool
    ) -> str | None:
        """Cancel the attempt, so that a late request of it cannot charge after the verdict."""
        if dry_run:
            return None
        now, is_current = self.clock.now(), attempt.attempt == order.attempt
        match self.payment_service.cancel(attempt.lookup_reference_in(order)):
            case Cancelled() | Declined():
                return None
            case NotFound() if is_current and not self.policy.may_repeat_request(order, now):
                return None
            case Unknown() if is_current and not self.policy.may_try_to_cancel(order, now):
                return None  # It has not answered for longer than any request can be under way.
            case Captured(charge_id) if not _is_news(order, charge_id):
                return None
            case Captured(charge_id):
                return f"it was captured as {charge_id}: {_way_out(charge_id)}"
        return f"the payment service did not cancel attempt {attempt.attempt}; try again later"


def _why_not_refunded(order: Order, charge_id: str, attempts: list[KnownAttempt]) -> str | None:
    if order.is_refunded(charge_id):
        return f"{charge_id} is known to be refunded"
    if order.status is OrderStatus.PAID and order.charge_id == charge_id:
        return f"the order is PAID by {charge_id}; a verdict does not undo that"
    if _proofs(order, charge_id, attempts):
        return None
    return (
        f"{charge_id} is none of the order's stray charges, and the payment service names no such "
        "capture of its attempts"
    )


def _why_no_such_capture(order: Order, attempts: list[KnownAttempt]) -> str:
    """Say what the payment service, asked about each attempt, names instead."""
    for each in attempts:
        if _is_news(order, each.charge_id):
            return f"the payment service says that {each.charge_id} was captured instead"
    if all(each.is_clear for each in attempts):
        return "the payment service knows no such capture"
    return "the payment service gave no clear answer; try again later"


def _proofs(order: Order, charge_id: str | None, attempts: list[KnownAttempt]) -> frozenset[str]:
    """Return all proof of a charge: kept beside the order, or from the payment service."""
    named = {
        each.answer.proof_for(each.attempt)
        for each in attempts
        if isinstance(each.answer, Captured) and each.answer.charge_id == charge_id
    }
    return order.strays_of(charge_id) | named


def _is_news(order: Order, charge_id: str | None) -> bool:
    """Whether it is a charge that the order knows neither as stray nor as refunded."""
    if charge_id is None or order.is_refunded(charge_id):
        return False
    return not order.strays_of(charge_id)


def _way_out(charge_id: str | None) -> str:
    return f"give --paid {charge_id}, or refund it and give --refunded-elsewhere {charge_id} first"
