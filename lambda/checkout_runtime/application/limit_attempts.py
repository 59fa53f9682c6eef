"""Limit how often declined payments are tried again: nobody tries out stolen cards here.

Only another attempt after a decline is counted, with the write that starts it. So a buyer whose
first payment succeeds is never counted, and a new order costs no write more. First payments have a
limit of their own, which counts orders as they are stored (``PlaceOrder.limit``).
"""

from __future__ import annotations

from checkout_runtime.application.order_records import OrderLimit
from checkout_runtime.domain.record import Record

__all__ = ["WHOLE_CHECKOUT", "AttemptLimits", "TooManyAttempts"]

WHOLE_CHECKOUT = "checkout"
"""The counter of all buyers; no principal is called so, as each is a digest."""


class AttemptLimits(Record):
    """How many payment attempts may follow declines within a time."""

    per_buyer: int | None
    """Of one principal, over all their orders; at least 1. None, for callers who share one
    principal: no limit."""
    per_checkout: int | None = None
    """Of all buyers together; None: no limit."""
    window_seconds: int = 60 * 60
    """The time, from the first attempt that is counted. Default an hour."""
    orders_per_buyer: int | None = None
    """How many orders one principal may place in that time; at least 1. None: any number."""

    @property
    def of_orders(self) -> OrderLimit | None:
        """The limit of orders alone."""
        most = self.orders_per_buyer
        return None if most is None else OrderLimit(most, self.window_seconds)

    def of_attempts(self, principal: str) -> dict[str, int]:
        """Return what counts an attempt of this principal, and its limits. The buyer is first."""
        limits = {principal: self.per_buyer, WHOLE_CHECKOUT: self.per_checkout}
        return {name: limit for name, limit in limits.items() if limit is not None}


class TooManyAttempts(Record):
    """No attempt was started. The order is as it was."""

    retry_after_seconds: int
    """From 1: when attempts are taken again."""
    is_of_checkout: bool
    """Whether all buyers together met their limit. Where this one did too: whether theirs lasts
    longer."""
