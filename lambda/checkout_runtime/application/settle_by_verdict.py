"""An operator's verdict on an order that no machine could decide.

What the payment service can say comes first: a verdict that it contradicts is refused. Nothing is
charged here, and what is captured is never dropped.
"""

import logging
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
        why_not = self._why_not(order, verdict, dry_run=dry_run)
        if why_not is not None:
            return answer("refused", why_not)
        if dry_run:
            return answer("would settle", f"{verdict.kind.value}: nothing speaks against it")
        result = self.orders.settle_by_verdict(order, verdict, self.clock.now())
        if not isinstance(result, Changed):
            return answer("refused", "the order changed meanwhile; look at it again")
        event = "order_settled_by_verdict"
        extra = {"verdict": verdict.kind.value, "charge_id": verdict.charge_id}
        _log.warning(event, extra={"event": event, **extra, **result.order.log_fields})
        return Settled(order_id, "settled", result.order.status.value, verdict.kind.value)

    def _why_not(self, order: Order, verdict: Verdict, *, dry_run: bool) -> str | None:
        """Say why the verdict must not be carried out, or None."""
        if verdict.kind is VerdictKind.REFUNDED_ELSEWHERE:
            if order.strays_of(verdict.charge_id):
                return None
            return f"{verdict.charge_id} is none of the order's stray charges"
        if order.status is not OrderStatus.NEEDS_REVIEW:
            return f"the order is {order.status.value}; a verdict is for one in NEEDS_REVIEW"
        attempts = KnownAttempts(self.payment_service)(order)
        if verdict.kind is VerdictKind.PAID:
            return self._why_not_paid(order, str(verdict.charge_id), attempts)
        return self._why_not_declined(order, attempts, dry_run=dry_run)

    def _why_not_paid(
        self, order: Order, charge_id: str, attempts: list[KnownAttempt]
    ) -> str | None:
        if order.is_refunded(charge_id):
            return f"{charge_id} was refunded"
        for proof in order.strays_of(charge_id):
            # Proof is in hand: nobody has to be asked.
            return None if order.is_paid_in_full_by(proof) else "it is not what was ordered"
        asked = [each for each in attempts if each.answer is not None]
        captures = [each.answer for each in asked if isinstance(each.answer, Captured)]
        for capture in captures:
            if capture.charge_id == charge_id:
                if (capture.amount, capture.currency) == (order.amount, order.currency):
                    return None
                return f"it captured {capture.amount} {capture.currency}, not what was ordered"
        if captures:
            return f"the payment service says that {captures[0].charge_id} was captured instead"
        if len(asked) < len(attempts):
            return None  # One cannot be asked about: the operator's word is all there is.
        if all(isinstance(each.answer, NotFound | Declined) for each in asked):
            return "the payment service knows no such capture"
        return "the payment service gave no clear answer; try again later"

    def _why_not_declined(
        self, order: Order, attempts: list[KnownAttempt], *, dry_run: bool
    ) -> str | None:
        if order.stray_charges:
            return "it has a stray charge: give --paid, or refund it and --refunded-elsewhere first"
        for each in attempts:
            if each.is_captured(order):
                return f"attempt {each.attempt} {each.in_words}: give --paid, or refund it first"
        for each in attempts[:-1]:
            if isinstance(each.answer, ActionRequired | Processing):
                return f"attempt {each.attempt} {each.in_words}; cancel it first"
        now = self.clock.now()
        if now < (order.lease_expires_at or 0):
            return "a worker may still be requesting it; try again in a minute"
        if order.decline_code is not None:
            return None  # It was declined before; only its stray charge brought it here.
        if order.is_of(self.payment_service.name) and self.payment_service.can_cancel:
            return self._why_not_cancelled(order, dry_run=dry_run)
        requested = order.first_claimed_at is not None
        if requested and self.policy.may_repeat_request(order, now):
            return (
                "a request may still be on its way, and the attempt cannot be cancelled; "
                "wait until the key's retention is over"
            )
        unclear = any(each.answer is not None and not each.is_clear for each in attempts)
        if unclear and self.policy.may_try_to_cancel(order, now):
            return "the payment service gave no clear answer; try again later"
        return None

    def _why_not_cancelled(self, order: Order, *, dry_run: bool) -> str | None:
        """Cancel the attempt, so that a late request of it cannot charge after the verdict."""
        if dry_run:
            return None
        match self.payment_service.cancel(order.lookup_reference):
            case Cancelled() | Declined():
                return None
            case NotFound() if not self.policy.may_repeat_request(order, self.clock.now()):
                return None
            case Unknown() if not self.policy.may_try_to_cancel(order, self.clock.now()):
                return None  # It has not answered for longer than any request can be under way.
            case Captured(charge_id) if order.is_refunded(charge_id):
                return None
            case Captured(charge_id):
                return f"it was captured as {charge_id}: give --paid, or refund it first"
        return "the payment service did not cancel the attempt; try again later"
