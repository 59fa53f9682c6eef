"""What the rules of claims, retention and look-ups need to know of whatever is claimed.

An order's current payment attempt is claimed, and so is a refund. The rules are the same ones.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Claimed"]


class Claimed(Protocol):
    """A payment attempt or an operation. Times are milliseconds since 1970-01-01 UTC."""

    @property
    def order_accepted_at(self) -> int:
        """When the order was accepted: one from before a restored backup may be known elsewhere."""
        ...

    @property
    def attempt_claims(self) -> int:
        """How many claims may have sent a request; 1: the first may be under way."""
        ...

    @property
    def first_claimed_at(self) -> int | None:
        """When the first of those claims was taken: the start of the payment key's retention."""
        ...

    @property
    def lease_expires_at(self) -> int | None:
        """Until when the claim is its holder's."""
        ...

    @property
    def unsettled_since(self) -> int | None:
        """Since when it is not settled."""
        ...

    @property
    def processing_since(self) -> int | None:
        """Since when the payment service decides in days."""
        ...

    @property
    def refused_as(self) -> str | None:
        """How the payment service refused it without a word about the money."""
        ...

    @property
    def refused_since(self) -> int | None:
        """When it first did."""
        ...

    @property
    def released_at(self) -> int | None:
        """When an operator last released it from a review."""
        ...

    @property
    def cleared_before(self) -> int:
        """The quarantine that an operator released it from."""
        ...

    @property
    def log_fields(self) -> dict[str, object]:
        """What every log record about it says."""
        ...
