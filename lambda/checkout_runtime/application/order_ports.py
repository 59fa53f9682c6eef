"""What the application asks of the order table: adapters provide it, and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # A port names its types and makes none: who charges nothing does not load them.
    from checkout_runtime.application.hold_ports import Holds
    from checkout_runtime.application.limit_attempts import AttemptLimits
    from checkout_runtime.application.order_records import (
        AttemptsLimited,
        CaptureRecord,
        CartTaken,
        Changed,
        NotChanged,
        OrderLimit,
        OrdersLimited,
        Refusal,
        Verdict,
    )
    from checkout_runtime.domain.order import Order, OrderStatus
    from checkout_runtime.domain.outcomes import Captured

__all__ = ["Orders", "Outcomes"]


class Orders(Protocol):
    """The order table. Every write is one conditional update, or returns the stored order."""

    def accept(
        self, order: Order, cart: str | None = None, *, limit: OrderLimit | None = None
    ) -> Order | CartTaken | OrdersLimited | None:
        """Store a new order. Return None if stored, or the order that holds the id already.

        With a ``cart`` (a name of ``domain.identity.cart_name``) both are stored, or neither: an
        order whose cart another order holds is not stored. With a ``limit`` the order is stored
        and counted, or neither: one above it is not stored.
        """
        ...

    def find(self, order_id: str, cart: str | None = None) -> Order | CartTaken | None:
        """Return what :meth:`accept` would meet, as of now, and store nothing.

        It needs no other permission than ``accept``.
        """
        ...

    def get(self, order_id: str) -> Order | None:
        """Return the order as of now (strongly consistent), or None."""
        ...

    def start_attempt(
        self,
        order_id: str,
        principal: str,
        *,
        replaces: int,
        payment_method: str,
        max_attempts: int,
        now: int,
        limits: AttemptLimits | None = None,
    ) -> Changed | NotChanged | AttemptsLimited:
        """Replace the declined attempt ``replaces`` by a new one.

        With ``limits`` the attempt is started and counted, or neither: one that does not start, by
        the order's state or by any of the limits, counts for nothing.
        """
        ...

    def resume(self, order_id: str, principal: str, attempt: int, now: int) -> Changed | NotChanged:
        """Store that the buyer says they acted on this attempt."""
        ...

    def cancel_at_once(
        self, order: Order, *, by: str, reason: str, now: int
    ) -> Changed | NotChanged:
        """Cancel an order as ``order`` shows it: its current attempt can capture nothing.

        ``by`` is who asked, ``reason`` as ``Order.cancel_reason``.
        """
        ...

    def ask_to_cancel(self, order: Order, *, by: str, now: int) -> Changed | NotChanged:
        """Store that ``by`` asks to cancel an order, which is in the state that ``order`` shows.

        Its next claim ends the attempt. One that waits for its buyer is put on the queue.
        """
        ...

    def release(
        self, order: Order, now: int, *, cleared_before: int | None = None
    ) -> Changed | NotChanged:
        """Store an operator's redrive of an order in review. One with a stray charge stays.

        ``cleared_before`` is the quarantine that it is released from: the attempt, which this table
        never saw requested, begins anew. None: it is not released from one.
        """
        ...

    def settle_by_verdict(
        self, order: Order, verdict: Verdict, now: int, *, proofs: frozenset[str] = frozenset()
    ) -> Changed | NotChanged:
        """Store an operator's verdict about the order as ``order`` shows it, or nothing.

        ``proofs``, in the form of ``Order.stray_charges``, are what the payment service says of a
        refunded charge that is no stray. Default: none.
        """
        ...

    def claim(
        self,
        order_id: str,
        attempt: int,
        *,
        claim_id: str,
        now: int,
        lease_expires_at: int,
        service: str,
        first_received_at: int | None = None,
        to_look_up: bool = False,
        only_opened: bool = False,
        opened_as: str | None = None,
    ) -> Changed | NotChanged:
        """Take the order's claim: a higher epoch, a lease.

        ``service`` is the name of the payment service that the claim is for. It is stored unless
        the attempt has one, which stays: the caller decides what another name means.

        ``opened_as`` is stored as the attempt's ``payment_reference`` unless it has one, which
        then stands. With ``only_opened`` an attempt that has none is not claimed.

        ``first_received_at`` is when the queue first delivered the message, by the queue's clock:
        retention counts from the earlier of the two clocks. Only a look-up may claim an order
        whose buyer has to act; it counts as no request.
        """
        ...


class Outcomes(Protocol):
    """What came of payment attempts. Every write is one conditional update of the order."""

    @property
    def holds(self) -> Holds:
        """What came of holds."""
        ...

    def record_capture(self, order: Order, captured: Captured, now: int) -> CaptureRecord:
        """Store proof of capture for the attempt that ``order`` shows; no claim is needed."""
        ...

    def record_paid_earlier(self, order: Order, attempt: int, captured: Captured, now: int) -> bool:
        """Store that an earlier attempt has paid the order.

        False if the claim is lost, or an operator refunded the charge.
        """
        ...

    def record_stray(
        self, order: Order, attempt: int, captured: Captured, reason: str, now: int
    ) -> None:
        """Store proof of a capture that the order did not ask for; an operator resolves it."""
        ...

    def record_dispute(
        self, order: Order, attempt: int, charge_id: str, reason: str, now: int
    ) -> None:
        """Announce that a buyer's bank disputes a charge of an attempt, once for each charge.

        Nothing else of the order changes. Where outcomes are not announced, nothing is stored.
        """
        ...

    def record_earlier_ended(self, order: Order, ended: Mapping[int, str]) -> None:
        """Store final words about earlier attempts, by their numbers, unless the claim is lost."""
        ...

    def record_decline(self, order: Order, code: str, now: int) -> OrderStatus | None:
        """Store a known no under the claim that ``order`` shows, and return as which state.

        ``CANCELLED`` where somebody asked to cancel the order, else ``DECLINED``. None if the claim
        is lost.
        """
        ...

    def record_unknown(
        self, order: Order, now: int, *, refusal: Refusal | None = None, uncounted: bool = False
    ) -> bool:
        """Store that the payment service may have charged; False if the claim is lost.

        ``refusal`` is stored with it; None: the service has not refused without a word.
        ``uncounted``: the claim sent nothing, so it is taken off the attempt's claims.
        """
        ...

    def record_action_required(
        self, order: Order, action_url: str | None, deadline: int, now: int
    ) -> bool:
        """Store that the buyer must act; False if the claim is lost.

        The attempt's first deadline stands, unless it was ``PROCESSING``: then this is another ask.
        """
        ...

    def record_processing(
        self, order: Order, next_look_up_at: int, now: int, *, unanswered: Refusal | None = None
    ) -> bool:
        """Store that the payment service decides in days; False if the claim is lost.

        ``unanswered``: how, and since when, look-ups have failed. Default: the last one did not.
        """
        ...

    def record_review(
        self, order: Order, reason: str, now: int, *, uncounted: bool = False
    ) -> bool:
        """Store that an operator must decide; False if the claim is lost.

        ``uncounted``: as :meth:`record_unknown`.
        """
        ...
