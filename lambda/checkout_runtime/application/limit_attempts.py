"""Limit how often declined payments are tried again: nobody tries out stolen cards here.

Only another attempt after a decline is counted, so a buyer whose first payment succeeds is never
counted, and a new order costs no write more. First payments have a limit of their own, which
counts orders as they are stored (``PlaceOrder.limit``).
"""

from __future__ import annotations

import logging
from typing import Protocol

from checkout_runtime.application.order_records import OrderLimit
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.record import Record

__all__ = ["AttemptCounters", "AttemptLimits", "LimitAttempts", "TooManyAttempts"]

WHOLE_CHECKOUT = "checkout"
"""The counter of all buyers; no principal is called so, as each is a digest."""
_log = logging.getLogger(__name__)


class AttemptLimits(Record):
    """How many payment attempts may follow declines within a time."""

    per_buyer: int
    """Of one principal, over all their orders; at least 1."""
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


class AttemptCounters(Protocol):
    """Counters, each of which begins anew once its time is over."""

    def count(self, name: str, limit: int, *, window_ms: int, now: int) -> int | None:
        """Count one more, unless ``limit`` is reached.

        Returns None where it was counted, else when the counter begins anew (ms UTC).
        """
        ...


class TooManyAttempts(Record):
    """No attempt was started. The order is as it was."""

    retry_after_seconds: int
    """From 1: when attempts are taken again."""
    is_of_checkout: bool
    """Whether all buyers together met their limit, and not this one."""


class LimitAttempts(Record):
    """Counts the attempts of one checkout."""

    counters: AttemptCounters
    clock: Clock
    limits: AttemptLimits

    def __call__(self, principal: str) -> TooManyAttempts | None:
        """Count one more attempt of a principal; return why it must not be started, or None."""
        counted = ((principal, self.limits.per_buyer), (WHOLE_CHECKOUT, self.limits.per_checkout))
        for name, limit in counted:
            if limit is None:
                continue
            now = self.clock.now()
            window_ms = self.limits.window_seconds * 1000
            full_until = self.counters.count(name, limit, window_ms=window_ms, now=now)
            if full_until is not None:
                is_of_checkout = name == WHOLE_CHECKOUT
                extra = {"event": "payment_attempts_limited", "is_of_checkout": is_of_checkout}
                _log.warning("payment_attempts_limited", extra=extra)
                seconds = max(1, -(-(full_until - now) // 1000))
                return TooManyAttempts(seconds, is_of_checkout)
        return None
