"""Whether an operator's verdict may be carried out: what the payment service says comes first.

A service that is silent, or that says "processing" for ever, does not have the last word. It is
waited for, and then the operator's word counts; the answer says that nothing confirmed it.
"""

from __future__ import annotations

from collections.abc import Collection

from checkout_runtime.application.known_attempts import KnownAttempt
from checkout_runtime.application.order_records import Verdict, VerdictKind
from checkout_runtime.application.ports import PaymentService
from checkout_runtime.domain.charge_proof import attempt_in, sum_in
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Cancelled, Captured, Declined, NotFound, Unknown
from checkout_runtime.domain.record import Record, replace

__all__ = ["JudgeVerdict", "Judgement"]

_NO_CLEAR_ANSWER = "the payment service gave no clear answer; try again later"


class Judgement(Record):
    """What speaks against a verdict, and what an operator should know of it."""

    why_not: str | None
    """Why it must not be carried out, and what to do then. None: it may be."""
    remarks: tuple[str, ...]
    """What the verdict rests on where the payment service does not confirm it."""
    proofs: frozenset[str]
    """Proof of the charge that it names, in the form of ``Order.stray_charges``."""


class JudgeVerdict(Record):
    """Judges a verdict about one order; unless ``dry_run``, cancels what may still be captured."""

    payment_service: PaymentService
    policy: ChargePolicy
    now: int
    order: Order
    attempts: list[KnownAttempt]
    """What the payment service says of each attempt, the current one last."""
    opens_attempts: bool
    """Whether it charges nothing but what was opened before, under an id that the order has."""
    dry_run: bool
    remarks: list[str]
    """What the operator is told besides; it grows while the verdict is judged."""

    def __call__(self, verdict: Verdict) -> Judgement:
        """Say whether the verdict may be carried out."""
        proofs = self._proofs(verdict.charge_id)
        why_not = self._why_not(verdict, proofs)
        if verdict.kind is VerdictKind.REFUNDED_ELSEWHERE and why_not is None and not proofs:
            order, attempt = self.order, max(self._unconfirmed())
            captured = Captured(str(verdict.charge_id), order.amount, order.currency)
            proofs = frozenset({captured.proof_for(attempt)})
        return Judgement(why_not, tuple(self.remarks), proofs)

    def _why_not(self, verdict: Verdict, proofs: frozenset[str]) -> str | None:
        status, charge_id = self.order.status, verdict.charge_id
        if charge_id is not None and not proofs and not _is_plain(charge_id):
            return (
                f"{charge_id!r} cannot be a charge's id: it has spaces around it, or characters "
                "that cannot be seen"
            )
        if charge_id is not None and self.order.is_being_refunded(charge_id):
            return (
                f"a refund of {charge_id} is under way; wait for what comes of it, or, where that "
                "needs an operator, close it by `checkout orders settle-refund` first"
            )
        if verdict.kind is VerdictKind.REFUNDED_ELSEWHERE:
            return self._why_not_refunded(str(charge_id), proofs)
        # What is over and was captured all the same is paid by a charge that the service confirms.
        is_over = status in (OrderStatus.DECLINED, OrderStatus.CANCELLED)
        is_late_proof = is_over and bool(proofs)
        if status is not OrderStatus.NEEDS_REVIEW and not is_late_proof:
            return (
                f"the order is {status.value}; a verdict is for one in NEEDS_REVIEW, or --paid for "
                "one that is DECLINED or CANCELLED, by a charge that the payment service confirms"
            )
        if verdict.kind is VerdictKind.PAID:
            return self._why_not_paid(str(charge_id), proofs)
        if self.order.stray_charges:
            return (
                "it has a stray charge: give --paid, or refund it first, by checkout orders refund "
                "or elsewhere and --refunded-elsewhere"
            )
        return self._why_not_over()

    def _why_not_refunded(self, charge_id: str, proofs: frozenset[str]) -> str | None:
        order = self.order
        if order.is_refunded(charge_id):
            return f"{charge_id} is known to be refunded"
        if order.is_paid_by(charge_id):
            return f"the order is PAID by {charge_id}; a verdict does not undo that"
        if proofs:
            return None
        if order.status is OrderStatus.NEEDS_REVIEW and self._rests_on_word():
            return None
        is_clear = all(each.is_clear for each in self.attempts)
        return (
            f"{charge_id} is none of the order's stray charges, and the payment service names no "
            f"such capture of its attempts{'' if is_clear else ' so far; try again later'}"
        )

    def _why_not_paid(self, charge_id: str, proofs: frozenset[str]) -> str | None:
        order = self.order
        if order.is_refunded(charge_id):
            return f"{charge_id} was refunded"
        if proofs and not any(map(order.may_be_paid_by, proofs)):
            amount, currency = sum_in(min(proofs))
            return f"it captured {amount} {currency}, not what was ordered"
        if proofs:
            paid_by = {attempt_in(proof) for proof in proofs}
        elif self._rests_on_word():
            # Nothing but the operator's word is known: any that says nothing may have paid.
            paid_by = self._unconfirmed()
        else:
            return self._why_no_such_capture()
        return self._why_not_over(charge_id=charge_id, paid_by=paid_by)

    def _why_no_such_capture(self) -> str:
        """Say what the payment service, asked about each attempt, names instead."""
        for each in self.attempts:
            if self._is_news(each.charge_id):
                return f"the payment service says that {each.charge_id} was captured instead"
        if all(each.is_clear for each in self.attempts):
            return "the payment service knows no such capture"
        return _NO_CLEAR_ANSWER

    def _rests_on_word(self) -> bool:
        """Whether the operator's word counts for a charge that nothing proves; remark it if so."""
        unconfirmed = self._unconfirmed()
        if unconfirmed:
            silent = ", ".join(
                f"attempt {each.attempt} {each.in_words}"
                for each in self.attempts
                if each.attempt in unconfirmed
            )
            self.remarks.append(
                f"the payment service did not confirm it ({silent}): it counts by your word"
            )
        return bool(unconfirmed)

    def _unconfirmed(self) -> set[int]:
        """Return the attempts that may have been captured for all that can be found out.

        That is, those that cannot be asked about, those that are answered without a word, and,
        once the time for an answer is over, every one that has no clear answer.
        """
        return {
            each.attempt
            for each in self.attempts
            if each.answer is None
            or _is_without_word(each)
            or not (each.is_clear or self._must_wait())
        }

    def _why_not_over(
        self, *, charge_id: str | None = None, paid_by: Collection[int] = ()
    ) -> str | None:
        """Say which attempt, beside those that paid, took money too or still may; or None.

        What may still is cancelled where that can be done.
        """
        for each in self.attempts:
            if each.charge_id != charge_id and self._is_news(each.charge_id):
                return f"attempt {each.attempt} {each.in_words}: {_way_out(each.charge_id)}"
        *earlier, current = self.attempts
        for each in earlier:
            if each.attempt not in paid_by:
                why_not = self._why_not_known_to_end(each)
                if why_not is not None:
                    return why_not
        return None if self.order.attempt in paid_by else self._why_not_ended(current)

    def _why_not_known_to_end(self, attempt: KnownAttempt) -> str | None:
        """Say why the payment service's answer leaves open how the attempt ends, or None."""
        if attempt.is_open:
            if self.payment_service.can_cancel:
                return self._why_not_cancelled(attempt)
            return self._unless_waited_for(
                attempt, f"attempt {attempt.attempt} {attempt.in_words}; cancel it first"
            )
        unclear = attempt.answer is not None and not attempt.is_clear
        return self._unless_waited_for(attempt, _NO_CLEAR_ANSWER) if unclear else None

    def _why_not_ended(self, current: KnownAttempt) -> str | None:
        """Say why the current attempt may still be captured, or None."""
        order = self.order
        if self.now < (order.lease_expires_at or 0):
            return "a worker may still be requesting it; try again in a minute"
        if order.decline_code is not None:
            # It was declined before: only a word to the contrary counts now.
            return self._why_not_known_to_end(current) if current.is_open else None
        if current.charge_id is not None:
            return None  # What it captured pays the order, is a stray charge, or was refunded.
        requested = order.first_claimed_at is not None
        if not (requested or order.payment_reference or self.policy.is_quarantined(order)):
            return None  # Nothing was ever sent or opened.
        is_ours = order.is_of(self.payment_service.name)
        if is_ours and self.opens_attempts and order.payment_reference is None:
            if order.review_reason != "claimed_unopened":
                return None  # Nothing was opened, so there is nothing to charge or to cancel.
        elif is_ours and self.payment_service.can_cancel:
            return self._why_not_cancelled(current)
        if requested and self.policy.may_repeat_request(order, self.now):
            return (
                "a request may still be on its way, and the attempt cannot be cancelled; "
                "wait until the key's retention is over"
            )
        if current.answer is None:
            self._remark_unasked(current)
        return self._why_not_known_to_end(current)

    def _remark_unasked(self, current: KnownAttempt) -> None:
        """Remark that nobody confirms the end of the attempt, and what was last known of it."""
        last_known = ""
        if self.order.processing_since is not None:
            last_known = ", and was being processed when it was last asked about"
        elif self.order.action_deadline is not None:
            last_known = ", and waited for the buyer to act when it was last asked about"
        self.remarks.append(
            f"attempt {current.attempt} {current.in_words}{last_known}: that it is over counts by "
            "your word"
        )

    def _why_not_cancelled(self, attempt: KnownAttempt) -> str | None:
        """Cancel the attempt, so that a late request of it cannot charge after the verdict."""
        why_not = f"the payment service did not cancel attempt {attempt.attempt}; try again later"
        if self.dry_run:
            if self._unless_waited_for(attempt, why_not) is not None:
                self.remarks.append(
                    f"attempt {attempt.attempt} is cancelled first, and it is refused if the "
                    "payment service does not do that"
                )
            return None
        is_current = attempt.attempt == self.order.attempt
        match self.payment_service.cancel(attempt.lookup_reference_in(self.order)):
            case Cancelled() | Declined():
                return None
            case NotFound() if is_current and not self.policy.may_repeat_request(
                self.order, self.now
            ):
                return None
            case Captured(charge_id) if not self._is_news(charge_id):
                return None
            case Captured(charge_id):
                return f"it was captured as {charge_id}: {_way_out(charge_id)}"
        return self._unless_waited_for(attempt, why_not)

    def _unless_waited_for(self, attempt: KnownAttempt, why_not: str) -> str | None:
        """Return why not, or None once the attempt was waited for long enough; remark it then."""
        if self._must_wait():
            return why_not
        self.remarks.append(
            f"the payment service was not told, or did not say, that attempt {attempt.attempt} is "
            f"over (it {attempt.in_words}): proof of a capture that comes later will be a stray "
            "charge"
        )
        return None

    def _must_wait(self) -> bool:
        """Whether the payment service still has time to give a clear answer, or to cancel."""
        order = self.order
        if order.first_claimed_at is None:
            order = replace(order, first_claimed_at=order.unsettled_since)
        return self.policy.may_try_to_cancel(order, self.now)

    def _proofs(self, charge_id: str | None) -> frozenset[str]:
        """Return all proof of a charge: kept beside the order, or from the payment service."""
        named = {
            each.answer.proof_for(each.attempt)
            for each in self.attempts
            if isinstance(each.answer, Captured) and each.answer.charge_id == charge_id
        }
        return self.order.strays_of(charge_id) | named

    def _is_news(self, charge_id: str | None) -> bool:
        """Whether it is a charge that the order knows neither as stray nor as refunded."""
        if charge_id is None or self.order.is_refunded(charge_id):
            return False
        return not self.order.strays_of(charge_id)


def _is_without_word(attempt: KnownAttempt) -> bool:
    """Whether the answer is a definite one that says nothing: waiting would not mend it."""
    answer = attempt.answer
    return isinstance(answer, Unknown) and answer.without_word and not answer.refuses_us


def _is_plain(charge_id: str) -> bool:
    return charge_id == charge_id.strip() and charge_id.isprintable() and "\ufffd" not in charge_id


def _way_out(charge_id: str | None) -> str:
    return f"give --paid {charge_id}, or refund it and give --refunded-elsewhere {charge_id} first"
