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
        IndexKey,
        NotChanged,
        OrderLimit,
        OrdersLimited,
        Page,
        Refusal,
        Verdict,
    )
    from checkout_runtime.domain.order import Order, OrderStatus
    from checkout_runtime.domain.outcomes import Captured

__all__ = ["Announcements", "Orders", "Outcomes", "UnsettledOrders"]


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


class UnsettledOrders(Protocol):
    """The sparse index of orders that are not settled, spread over shards.

    Lanes are what a run of the reconciler reads: for each shard a lane of open orders, then one of
    orders that the payment service is processing, one of settled orders that are to be announced,
    one of orders in review, one of holds and one of those whose end is near, and one of declined
    orders that expire, where orders do.
    """

    @property
    def shards(self) -> int:
        """How many shards there are."""
        ...

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        ...

    def oldest_open(self, shard: int) -> int | None:
        """Return since when the shard's oldest open order is unsettled, or None."""
        ...

    def due(
        self, lane: int, now: int, *, patience_ms: int, limit: int, after: IndexKey | None
    ) -> Page:
        """Return up to ``limit`` orders of a lane, the longest due first.

        An order is due ``patience_ms`` after it came into its lane; one that is being processed, or
        whose money is held, when its next look-up is.
        """
        ...

    def count_open(self, shard: int) -> int:
        """Return how many orders of the shard are on their way."""
        ...

    def count_processing(self, shard: int) -> int:
        """Return how many orders of the shard the payment service is processing."""
        ...

    def count_lapsing(self, shard: int) -> int:
        """Return how many orders of the shard have a hold whose end is near."""
        ...

    def count_in_review(self, shard: int) -> int:
        """Return how many orders of the shard need an operator."""
        ...

    def oldest_announcement(self, shard: int) -> int | None:
        """Return since when the shard's oldest order is to be announced, or None."""
        ...

    def count_announcements(self, shard: int, before: int) -> int:
        """Return how many orders of the shard have been to be announced since ``before``."""
        ...

    def bookmark(self) -> dict[int, IndexKey | None]:
        """Return the lanes that the last run left unread and where to go on; empty if none."""
        ...

    def leave_bookmark(self, places: Mapping[int, IndexKey | None]) -> None:
        """Store where the next run goes on; empty if every lane was read."""
        ...

    def begin_resend(self, order: Order, now: int, *, uncounted: bool = False) -> Order | None:
        """Store the next resend ordinal; None if the order moved on.

        ``uncounted``: it is no resend of the reconciler's, and does not count towards their bound.
        """
        ...

    def uncount_resend(self, order: Order) -> None:
        """Take the last resend, as ``order`` shows it, off those that are counted."""
        ...


class Announcements(Protocol):
    """What orders owe."""

    def confirm(self, order: Order, members: frozenset[str]) -> None:
        """Take ``members`` off what the order owes.

        The order leaves the index with the last of them, if it is settled and has no stray charge.
        A settled order that owes nothing leaves it, too. Repeated, it changes nothing.
        """
        ...
