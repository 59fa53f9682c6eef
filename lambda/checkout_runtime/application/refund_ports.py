"""What the application asks of the world around it for refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # A port names its types and makes none.
    from checkout_runtime.application.order_records import IndexKey, Refusal
    from checkout_runtime.application.refund_records import NotClaimed, OrderChanged, RefundPage
    from checkout_runtime.domain.order import Order
    from checkout_runtime.domain.refund import Refund
    from checkout_runtime.domain.refund_outcomes import (
        NotRefunded,
        RefundAnswer,
        Refunded,
        RefundLookUp,
    )

__all__ = ["RefundOutcomes", "RefundingService", "Refunds", "UnsettledRefunds"]


class Refunds(Protocol):
    """Refunds in the order table. Each is an item of its own, accepted with its order's update."""

    def get(self, refund_id: str) -> Refund | None:
        """Return the refund as of now (strongly consistent), or None."""
        ...

    def of(self, order: Order) -> list[Refund]:
        """Return the order's refunds, the oldest first."""
        ...

    def accept(self, refund: Refund) -> Refund | OrderChanged | None:
        """Store a new refund and take its amount off the order, in one transaction.

        None if stored, or the refund that holds the id already.
        """
        ...

    def claim(
        self,
        refund_id: str,
        *,
        claim_id: str,
        now: int,
        lease_expires_at: int,
        first_received_at: int | None = None,
        to_look_up: bool = False,
    ) -> Refund | NotClaimed:
        """Take the refund's claim, and return it: a higher epoch, a lease.

        Args:
            refund_id: The refund.
            claim_id: Unique to this try.
            now: By whose clock it is made.
            lease_expires_at: Until when it is the holder's.
            first_received_at: When the queue first delivered the message, by the queue's clock.
            to_look_up: The holder sends no request, so it is not counted as one that may have.
        """
        ...


class RefundOutcomes(Protocol):
    """What came of refunds. The one place where an outcome is stored.

    Each method returns whether it is stored, by this call or an earlier one; but for proof, which
    needs no claim, it is not where the claim that ``refund`` shows is lost.
    """

    def record_refunded(self, refund: Refund, refunded: Refunded, now: int) -> bool | Refund:
        """Store proof. A stray charge then leaves its order's strays.

        False where it had been stored as not refunded, and the order has too little left: then an
        operator is called. The refund as it is stored, where a no was stored that ``refund`` does
        not show: nothing is written, as the no may be newer than the proof.
        """
        ...

    def record_not_refunded(self, refund: Refund, answer: NotRefunded, now: int) -> bool:
        """Store a known no, and give the amount back to the order, both or neither."""
        ...

    def record_returned(self, refund: Refund, answer: NotRefunded, now: int) -> bool:
        """Store that a refund which had succeeded failed later, as the service says when asked.

        The amount goes back to the order, both or neither; a stray charge is a stray one again.
        """
        ...

    def record_unknown(
        self, refund: Refund, now: int, *, refusal: Refusal | None = None, uncounted: bool = False
    ) -> bool:
        """Store that the payment service may have refunded.

        ``uncounted``: the claim sent nothing, so it is taken off those that may have.
        """
        ...

    def record_processing(
        self,
        refund: Refund,
        next_look_up_at: int,
        now: int,
        *,
        reference: str | None = None,
        unanswered: Refusal | None = None,
    ) -> bool:
        """Store that the payment service decides in days, and when it is asked next."""
        ...

    def record_review(
        self,
        refund: Refund,
        reason: str,
        now: int,
        *,
        reference: str | None = None,
        uncounted: bool = False,
    ) -> bool:
        """Store that an operator must decide. The amount stays taken off."""
        ...

    def settle_by_verdict(
        self, refund: Refund, *, refunded: bool, by: str, why: str, now: int
    ) -> bool:
        """Store an operator's verdict about a refund in review as ``refund`` shows it."""
        ...


class UnsettledRefunds(Protocol):
    """The sparse index of operations that are not settled, spread over shards."""

    @property
    def shards(self) -> int:
        """How many shards there are."""
        ...

    @property
    def lanes(self) -> int:
        """How many lanes there are: those of refunds on their way, then those that the payment
        service decides in days, each for every shard."""
        ...

    def due(
        self, lane: int, now: int, *, patience_ms: int, limit: int, after: IndexKey | None
    ) -> RefundPage:
        """Return up to ``limit`` refunds of a lane that are due, the longest due first."""
        ...

    def oldest(self, shard: int) -> int | None:
        """Return since when the shard's oldest refund is on its way, or None."""
        ...

    def count(self, shard: int) -> int:
        """Return how many refunds of the shard are on their way."""
        ...

    def count_in_review(self, shard: int) -> int:
        """Return how many refunds of the shard need an operator."""
        ...

    def begin_resend(self, refund: Refund, now: int) -> Refund | None:
        """Store the next resend ordinal; None if the refund moved on."""
        ...


class RefundingService(Protocol):
    """A payment service that gives money back. Requests never raise: they answer ``Unknown``."""

    @property
    def name(self) -> str:
        """As ``PaymentService.name``: a charge of another name is not refunded here."""
        ...

    @property
    def can_refund(self) -> bool:
        """Whether it was told how."""
        ...

    @property
    def can_look_up_refunds(self) -> bool:
        """Whether it can be asked what became of a refund's payment key."""
        ...

    def prepare(self) -> None:
        """Get ready (secret, connection) before any refund is claimed; may raise."""
        ...

    def refund(self, refund: Refund) -> RefundAnswer:
        """Request the refund under its payment key, once."""
        ...

    def look_up_refund(self, refund: Refund) -> RefundLookUp:
        """Ask what became of the requests under the refund's payment key."""
        ...
