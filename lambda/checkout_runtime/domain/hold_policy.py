"""When a hold is looked after: before its end, at it, and once somebody asked for the money."""

from __future__ import annotations

from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import NotFound, Outcome, Unknown
from checkout_runtime.domain.pauses import pause_after
from checkout_runtime.domain.record import Record

__all__ = ["HoldPolicy"]

_PATIENCE_SECONDS = 24 * 60 * 60
"""How long the payment service may leave open what became of a hold."""


class HoldPolicy(Record):
    """Rules about the holds of orders. Times are milliseconds since 1970-01-01 UTC."""

    charge: ChargePolicy

    def next_look_at(self, order: Order, capture_before: int, now: int) -> int:
        """Return when a hold that lasts until ``capture_before`` is looked after next."""
        if order.capture_reminded_at is None:
            return capture_before - self.charge.capture_reminder_seconds * 1000
        return self.next_look_up_at(capture_before, now)

    @staticmethod
    def next_look_up_at(capture_before: int, now: int) -> int:
        """Return when a hold whose end was announced is looked up: then, and after pauses.

        It waits as long again as it has waited since, at least five minutes, at most six hours.
        """
        return max(capture_before, now + pause_after(now - capture_before))

    @staticmethod
    def is_unclear_too_long(order: Order, found: Outcome | NotFound, now: int) -> bool:
        """Whether nothing could be learned of a hold for a day; ``found`` is what was said now.

        The day begins at its end, or when somebody asked for the money, or to let it go, or when an
        operator released it from a review, whichever is last. Where the payment service knows of no
        hold that somebody asked for, its end is not waited for: an operator may find it in time.
        """
        asked = (order.capture_asked_at, order.cancel_asked_at)
        is_missed = isinstance(found, NotFound) and any(asked)
        ends_at = None if is_missed else order.capture_before
        since = max(at or 0 for at in (ends_at, *asked, order.released_at))
        return now >= since + _PATIENCE_SECONDS * 1000

    def may_capture_after(
        self, looked_up: Outcome | NotFound | None, order: Order, now: int
    ) -> bool:
        """Whether a capture that somebody asked for may be sent after a look-up without a word.

        Such a look-up is broken, and another one would learn no more, as
        :meth:`ChargePolicy.may_repeat_after` has it of charges.
        """
        is_broken = isinstance(looked_up, Unknown) and looked_up.without_word
        is_asked = order.capture_asked_at is not None and not self.charge.is_quarantined(order)
        return is_broken and is_asked and self.may_capture_unasked(order, now)

    def may_capture_unasked(self, order: Order, now: int) -> bool:
        """Whether a hold may be captured where the payment service cannot be asked about it.

        An earlier worker may have requested it, under the same key, but not before somebody asked.
        """
        asked_at = order.capture_asked_at
        return asked_at is None or self.charge.is_key_known(asked_at, now)
