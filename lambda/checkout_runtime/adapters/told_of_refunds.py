"""What is announced of a refund: the kind of the announcement, and its own fields."""

from __future__ import annotations

from collections.abc import Mapping

from checkout_runtime.domain.announcement import ORDER_REFUNDED, REFUND_FAILED
from checkout_runtime.domain.refund import Refund

__all__ = ["Told", "told_of_failure", "told_of_success"]

Told = tuple[str, Mapping[str, object]]
"""As the arguments of ``Announcement.after``."""


def told_of_success(refund: Refund) -> Told:
    """Return what is announced of a refund that went back."""
    details = {"refund_id": refund.refund_id, "charge_id": refund.charge_id}
    return ORDER_REFUNDED, {**details, "refunded_amount": refund.amount}


def told_of_failure(refund: Refund, reason: str) -> Told:
    """Return what is announced of a refund that did not go back, or was returned."""
    return REFUND_FAILED, {"refund_id": refund.refund_id, "reason": reason}
