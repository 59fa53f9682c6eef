"""The order, its states, and who may be talking to the payment service about it."""

from __future__ import annotations

from enum import StrEnum

from checkout_runtime.domain.charge_proof import attempt_in, proofs_of, sum_in
from checkout_runtime.domain.identity import capture_key, payment_key
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.service_name import is_claimed_for

__all__ = ["MOST_ATTEMPTS", "SETTLED", "EarlierAttempt", "Order", "OrderLine", "OrderStatus"]

MOST_ATTEMPTS = 20
"""The most payment attempts that any setting allows an order. A checkout's own setting may be lower
than it was before its table was restored."""


class OrderStatus(StrEnum):
    """The states of an order; ``domain.transitions`` says how one leads to another."""

    PENDING = "PENDING"
    """Accepted; this payment attempt was not yet tried."""
    CHARGING = "CHARGING"
    """One worker holds the claim and may be talking to the payment service."""
    UNKNOWN = "UNKNOWN"
    """The payment service may or may not have charged."""
    ACTION_REQUIRED = "ACTION_REQUIRED"
    """The buyer must act, for example confirm by 3-D Secure."""
    PROCESSING = "PROCESSING"
    """The payment service accepted the payment and decides in days; it is only looked up."""
    DECLINED = "DECLINED"
    """A known no; another attempt may replace this one."""
    NEEDS_REVIEW = "NEEDS_REVIEW"
    """Only proof from the payment service or an operator decides."""
    AUTHORIZED = "AUTHORIZED"
    """The payment service holds the money until ``capture_before``; nothing is captured yet."""
    PAID = "PAID"
    """Captured; final."""
    CANCELLED = "CANCELLED"
    """Abandoned before anything was captured, because somebody asked for it, because nobody paid in
    time, or because the hold lapsed; final, and no further attempt is started."""
    NEWER = "NEWER"
    """Read where the table holds a state that a later version of this code wrote. Never written;
    no transition leaves it, so this version changes nothing about such an order."""


SETTLED = frozenset({OrderStatus.PAID, OrderStatus.DECLINED, OrderStatus.CANCELLED})


class EarlierAttempt(Record):
    """A payment attempt that a later one replaced."""

    attempt: int
    service: str | None
    """The payment service that it was claimed for; None where an older version did not store it."""
    reference: str | None
    """As ``Order.payment_reference``, of that attempt."""
    code: str | None
    """Why it was declined."""
    ended_as: str | None = None
    """What the payment service said of it once none of its workers could be requesting it any more.
    It is not asked about again. None: it is asked about before a request."""


class OrderLine(Record):
    """One position of the cart."""

    sku: str
    quantity: int


class Order(Record):
    """One order as the table holds it. Times are milliseconds since 1970-01-01 UTC."""

    order_id: str
    principal: str
    fingerprint: str
    status: OrderStatus
    amount: int
    """In minor units of ``currency`` (cents)."""
    currency: str
    customer: str
    lines: tuple[OrderLine, ...]
    payment_method: str
    """The payment service's own token for the current attempt; never a card number."""
    accepted_at: int
    attempt: int = 1
    """The current payment attempt, from 1; a new one replaces a declined one."""
    attempt_claims: int = 0
    """How often the current attempt was claimed: 1 means its first request may be under way."""
    claim_epoch: int = 0
    """Grows with every claim of the order: the fencing token of what its holder writes."""
    claim_id: str | None = None
    """Who holds the claim; tells a worker whose answer was lost that the claim is its own."""
    lease_expires_at: int | None = None
    first_claimed_at: int | None = None
    """When the current attempt was first claimed: the start of the payment key's retention."""
    unsettled_since: int | None = None
    resend: int = 0
    """Ordinal of the last message of the current attempt; each differs from those before it."""
    uncounted_resends: int = 0
    """How many of them were a buyer's or an operator's, were refused by the queue, or came before a
    release: the bound on the reconciler's resends does not count them."""
    resent_at: int | None = None
    released_at: int | None = None
    """When an operator last released it from a review."""
    cleared_before: int = 0
    """The ``ChargePolicy.quarantine_before`` that an operator released the current attempt from."""
    payment_reference: str | None = None
    """The payment service's own id of the current attempt, where one is opened before the claim."""
    payment_service: str | None = None
    """The name of the payment service that the current attempt was first claimed for."""
    earlier_attempts: tuple[EarlierAttempt, ...] = ()
    """Attempts before the current one, oldest first. The last is asked about before a charge."""
    refused_as: str | None = None
    """How the payment service refused the current attempt without a word about the money; while
    ``PROCESSING``, how its look-up failed."""
    refused_since: int | None = None
    """When it first did; no answer to a request, or to such a look-up, said more since then."""
    processing_since: int | None = None
    """When the payment service first said that it is processing the current attempt. From then on
    it is only looked up."""
    next_look_up_at: int | None = None
    """When a ``PROCESSING`` order is looked up next, or an ``AUTHORIZED`` one is looked after."""
    paid_at: int | None = None
    charge_id: str | None = None
    """The charge that paid it; before that, the hold of the current attempt."""
    decline_code: str | None = None
    action_url: str | None = None
    action_deadline: int | None = None
    """Until when the buyer may act; afterwards the attempt is cancelled."""
    cancel_asked_at: int | None = None
    """When somebody asked for the order to be cancelled, or it expired. It is never taken back:
    who claims the order from then on requests no attempt that was not requested before."""
    cancel_asked_by: str | None = None
    """Who asked for it."""
    cancel_reason: str | None = None
    """Why it is ``CANCELLED``: ``asked``, ``expired``, ``lapsed`` or ``voided``."""
    expires_at: int | None = None
    """When an order that stays ``DECLINED`` is cancelled; None: never."""
    capture_before: int | None = None
    """Until when the payment service said that it holds the money of the current attempt. None:
    it never said that it does."""
    capture_reminded_at: int | None = None
    """When it was announced that this time is near."""
    capture_asked_at: int | None = None
    """When somebody asked for the held money."""
    capture_asked_by: str | None = None
    """Who asked for it."""
    capture_amount: int | None = None
    """How much of the held money was asked for, in minor units of ``currency``."""
    capture_refusals: int = 0
    """How many such requests the payment service refused. The hold is there after each."""
    capture_refused_as: str | None = None
    """Why it refused the last of them."""
    captured_amount: int | None = None
    """How much was captured, where that is not ``amount``: part of a hold. None: all of it."""
    review_reason: str | None = None
    stray_charges: frozenset[str] = frozenset()
    """Proof of captures that this order did not ask for, as ``domain.charge_proof`` writes them."""
    refunded_charges: frozenset[str] = frozenset()
    """Proof of captures that are known to be refunded, in the same form."""
    refunding_strays: frozenset[str] = frozenset()
    """Those of ``stray_charges`` whose refund is under way."""
    refundable: int | None = None
    """How much of the order's own charge is neither refunded nor being refunded. None: all of it,
    as no refund was asked for so far. Less than 0: an operator was called, as a refund went back
    that the payment service had denied, and others had been accepted meanwhile."""
    refunds: frozenset[str] = frozenset()
    """Ids of the refunds that were asked for, whatever came of them."""
    correlation_id: str | None = None
    """What the request that placed the order is called in every log record about the order."""
    owed: frozenset[str] = frozenset()
    """Announcements that the bus has not confirmed yet, as ``domain.announcement`` writes them."""
    event_ordinal: int = 0
    """Ordinal of the last announcement; 0: there was none."""

    @property
    def order_accepted_at(self) -> int:
        """As ``domain.claimed`` has it."""
        return self.accepted_at

    @property
    def payment_key(self) -> str:
        """The key of the current attempt at the payment service."""
        return payment_key(self.order_id, self.attempt)

    @property
    def capture_key(self) -> str:
        """The key under which the current attempt's hold is captured, whatever the amount."""
        return capture_key(self.order_id, self.attempt, self.capture_refusals)

    @property
    def has_hold(self) -> bool:
        """Whether the payment service has said of the current attempt that it holds the money.

        From then on the attempt is never requested again: its hold is captured, voided, or lapses.
        """
        return self.capture_before is not None

    def is_paid_by(self, charge_id: str | None) -> bool:
        """Whether it is ``PAID``, and by this charge: ``charge_id`` may be that of a hold."""
        return self.status is OrderStatus.PAID and self.charge_id == charge_id

    def is_paid_by_capture_of(self, amount: int, currency: str) -> bool:
        """Whether such a capture pays the order: of a hold, a part does, and the rest goes back."""
        least = 1 if self.has_hold else self.amount
        return currency == self.currency and least <= amount <= self.amount

    @property
    def lookup_reference(self) -> str:
        """What the payment service knows the current attempt by."""
        return self.payment_reference or self.payment_key

    def lookup_reference_of(self, attempt: EarlierAttempt) -> str:
        """Return what the payment service knows an earlier attempt of this order by."""
        return attempt.reference or payment_key(self.order_id, attempt.attempt)

    def is_of(self, service: str, earlier: EarlierAttempt | None = None) -> bool:
        """Whether the current attempt, or an ``earlier`` one, is the named payment service's.

        What was claimed for another name is neither requested nor asked about there. Attempts from
        before names were stored have none: they are the service's that is deployed.
        """
        stored = self.payment_service if earlier is None else earlier.service
        reference = self.payment_reference if earlier is None else earlier.reference
        return is_claimed_for(stored, service, is_opened=reference is not None)

    @property
    def attempts_after(self) -> list[EarlierAttempt]:
        """Every attempt after the current one that a restored table may have forgotten."""
        numbers = range(self.attempt + 1, MOST_ATTEMPTS + 1)
        return [EarlierAttempt(number, None, None, None) for number in numbers]

    def charged_at(self, attempt: int) -> tuple[str | None, str | None]:
        """Return the name of the payment service of an attempt, and its own id of it.

        Neither is known of one that a restored table has forgotten.
        """
        if attempt == self.attempt:
            return self.payment_service, self.payment_reference
        if attempt > self.attempt:
            return None, None
        earlier = self.earlier_attempts[attempt - 1]
        return earlier.service, earlier.reference

    def strays_of(self, charge_id: str | None) -> frozenset[str]:
        """Return the proofs of this charge among the stray ones."""
        return proofs_of(charge_id, self.stray_charges)

    def may_be_paid_by(self, proof: str) -> bool:
        """Whether it captured what was ordered, or a part of what the current attempt holds."""
        amount, currency = sum_in(proof)
        if self.has_hold and attempt_in(proof) == self.attempt:
            return self.is_paid_by_capture_of(amount, currency)
        return (amount, currency) == (self.amount, self.currency)

    def is_refunded(self, charge_id: str) -> bool:
        """Whether this charge is known to be refunded."""
        return bool(proofs_of(charge_id, self.refunded_charges))

    def is_being_refunded(self, charge_id: str) -> bool:
        """Whether a refund of this stray charge is under way."""
        return bool(proofs_of(charge_id, self.refunding_strays))

    @property
    def left_to_refund(self) -> int:
        """How much of what the order was paid by can be refunded, in minor units."""
        if self.status is not OrderStatus.PAID:
            return 0
        return self.amount if self.refundable is None else max(0, self.refundable)

    @property
    def counted_resends(self) -> int:
        """How often the reconciler has sent the current attempt again."""
        return self.resend - self.uncounted_resends

    @property
    def log_fields(self) -> dict[str, object]:
        """What every log record says of the order: no buyer, and no state, as events name that."""
        return {
            "order_id": self.order_id,
            "attempt": self.attempt,
            "correlation_id": self.correlation_id,
        }

    @property
    def is_to_be_cancelled(self) -> bool:
        """Whether somebody asked to cancel it: what would be declined is cancelled then."""
        return self.cancel_asked_at is not None

    @property
    def due_at(self) -> int | None:
        """When it expires, or its hold is looked after. None: it is neither declined nor held."""
        return {
            OrderStatus.DECLINED: self.expires_at,
            OrderStatus.AUTHORIZED: self.next_look_up_at,
        }.get(self.status)

    @property
    def waits_for_its_time(self) -> bool:
        """Whether it is in the index for nothing but what is due later: it expires, or is held."""
        return self.due_at is not None and self.unsettled_since == self.due_at

    @property
    def is_settled(self) -> bool:
        """Whether the buyer has a final answer for the current attempt."""
        return self.status in SETTLED
