"""Claim a payment attempt for a charge, and open it at the payment service first if it needs that.

An attempt is opened before it is claimed, and the claim stores what was opened unless something is
stored already. What is charged is what the table names, so however many workers open the same
attempt, one of theirs is charged and the others are abandoned. A worker that dies in between leaves
something open that nobody will ever charge (docs/internals/adr/0011).
"""

from __future__ import annotations

from functools import partial

from checkout_runtime.application.ask_payment_service import learn
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.application.order_records import Changed, NotChanged
from checkout_runtime.application.ports import Clock, PaymentIntents
from checkout_runtime.domain.charging import RESTORED, ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    NOTHING_CAPTURED,
    Declined,
    NotCharged,
    Unknown,
)
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.transitions import CLAIM

__all__ = ["ClaimAttempt", "NotOpened", "NotPayable"]


class NotOpened(Record):
    """The payment service did not say whether it opened the attempt; nothing is claimed."""

    reason: str


class NotPayable(Record):
    """Claimed, but there is nothing that could be charged: ``decision`` is to be stored."""

    order: Order
    decision: Declined | NeedsReview | Unknown


class ClaimAttempt(Record):
    """Claims attempts."""

    orders: Orders
    clock: Clock
    policy: ChargePolicy
    breaker: CircuitBreaker
    service: str
    """The payment service's name."""
    intents: PaymentIntents | None

    def __call__(
        self, asked: PaymentMessage, *, claim_id: str, first_received_at: int | None
    ) -> Changed | NotChanged | NotOpened | NotPayable:
        """Claim the attempt that a message asks for; ``claim_id`` is unique to its delivery."""
        claim = partial(self._claim, asked, claim_id, first_received_at)
        if self.intents is None:
            return claim()
        # A retry finds its attempt opened. The first try is refused and told the order: that is
        # one write more, and neither a read nor the permission to read.
        result = claim(only_opened=True)
        order = result.order
        if order is None or not self._is_free_and_unopened(order, asked):
            return result
        unsafe = self._why_not_opened(order)
        if unsafe is not None:
            return self._not_payable(claim(), NeedsReview(unsafe))
        if order.is_to_be_cancelled:
            return self._not_payable(claim(), Declined(NOTHING_CAPTURED))
        opened = learn(
            "open",
            order,
            self.intents.open(order),
            self.breaker,
            self.policy,
            self.clock.now(),
        )
        if isinstance(opened, Unknown):
            if not (opened.without_word or opened.later):
                return NotOpened(opened.reason)
            # Refused without a word, for longer than a blip: what was never opened charges nobody.
            too_long = self.policy.may_cancel_refused(order, self.clock.now())
            is_over = opened.without_word and too_long
            decision = Declined("refused_without_word") if is_over else opened
            return self._not_payable(claim(), decision)
        if isinstance(opened, NotCharged):
            return self._not_payable(claim(), Declined(opened.code))
        result = claim(opened_as=opened.reference)
        if result.order is None or result.order.payment_reference != opened.reference:
            self.intents.abandon(opened.reference)
        return result

    def _claim(
        self,
        asked: PaymentMessage,
        claim_id: str,
        first_received_at: int | None,
        *,
        only_opened: bool = False,
        opened_as: str | None = None,
    ) -> Changed | NotChanged:
        now = self.clock.now()
        return self.orders.claim(
            asked.order_id,
            asked.attempt,
            claim_id=claim_id,
            now=now,
            lease_expires_at=now + self.policy.lease_seconds * 1000,
            service=self.service,
            first_received_at=first_received_at,
            only_opened=only_opened,
            opened_as=opened_as,
        )

    def _why_not_opened(self, order: Order) -> str | None:
        """Name what may have charged the attempt already under a reference that is not stored."""
        if not order.is_of(self.service):
            return "other_service"
        if self.policy.is_held(order):
            return RESTORED
        if order.attempt_claims and order.payment_service is None:
            # Claimed by an older version, for a payment service whose name nobody stored.
            return "claimed_unopened"
        return None

    def _is_free_and_unopened(self, order: Order, asked: PaymentMessage) -> bool:
        now = self.clock.now()
        # The table has the last word: ``Orders.claim`` knows leases that a wrong clock wrote, too.
        longest_ms = 2 * self.policy.lease_seconds * 1000
        lease_over = not now < (order.lease_expires_at or 0) <= now + longest_ms
        return (
            order.payment_reference is None
            and order.attempt == asked.attempt
            and (
                order.status in CLAIM.from_states
                or (order.status is OrderStatus.CHARGING and lease_over)
            )
        )

    def _not_payable(
        self, result: Changed | NotChanged, decision: Declined | NeedsReview | Unknown
    ) -> Changed | NotChanged | NotPayable:
        """Nothing was ever charged under an attempt that the table knows no reference of."""
        if isinstance(result, Changed) and result.order.payment_reference is None:
            return NotPayable(result.order, decision)
        return result
