"""The event bus on EventBridge. A bus that does not answer is left alone for a while."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from checkout_runtime.adapters.aws import AwsError, AwsRefusedError, AwsService
from checkout_runtime.adapters.event_fields import detail_of
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.announcement import Event

__all__ = ["CALL_SECONDS", "FAILURES_TO_OPEN", "EventBridgeBus"]

SOURCE = "idempotent-checkout"
MAX_BATCH = 10
"""Entries of one call
(https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)."""
CALL_SECONDS = 1.0
"""Of one call with all its tries. Payments wait behind it in the relay, and EventBridge answers in
tens of milliseconds."""
PUT_SECONDS = 1.0
"""No further call is begun after this time. What is left over stays owed."""
FAILURES_TO_OPEN = 1
"""Of the breaker: the batches that follow a failure do not wait for the bus at all."""
_log = logging.getLogger(__name__)


class EventBridgeBus:
    """Puts events on one bus; threads may share it."""

    def __init__(
        self,
        events: AwsService,
        bus_name: str,
        clock: Clock,
        breaker: CircuitBreaker,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make it.

        Args:
            events: EventBridge, whose calls end within ``CALL_SECONDS``.
            bus_name: Name or ARN of the bus.
            clock: The breaker's.
            breaker: Leaves the bus alone after a call that failed.
            seconds: Seconds that never go back. Default: the system's.
        """
        self._events = events
        self._bus_name = bus_name
        self._clock = clock
        self._breaker = breaker
        self._seconds = seconds

    def put(self, events: Sequence[Event]) -> list[bool]:
        """Return which of the events the bus took. Never raises, and ends within two seconds."""
        taken = [False] * len(events)
        places = range(len(events))
        batches = deque(places[start : start + MAX_BATCH] for start in places[::MAX_BATCH])
        ends = self._seconds() + PUT_SECONDS
        while batches and self._seconds() < ends:
            batch = batches.popleft()
            permit = self._breaker.permits(self._clock.now())
            if permit is None:
                break
            try:
                answer = self._call([events[place] for place in batch])
            except AwsError as error:
                is_of_events = isinstance(error, AwsRefusedError) and error.code == _UNFIT
                self._breaker.record(available=is_of_events, now=self._clock.now())
                if is_of_events and len(batch) > 1:
                    # One of them is not fit to be sent. The others are.
                    batches.extendleft(batch[place : place + 1] for place in range(len(batch)))
                else:
                    _log_failed(events[batch[0]], error.code, len(batch))
                continue
            self._breaker.record(available=True, now=self._clock.now())
            for place, result in zip(batch, answer["Entries"], strict=True):
                taken[place] = _is_taken(events[place], result)
        return taken

    def _call(self, events: Sequence[Event]) -> dict[str, Any]:
        entries = [
            {
                "Source": SOURCE,
                "DetailType": event.announcement.kind,
                "Detail": detail_of(event),
                "EventBusName": self._bus_name,
            }
            for event in events
        ]
        return self._events.call("PutEvents", {"Entries": entries})


_UNFIT = "ValidationException"
"""Refusal of a whole call for what its entries are, such as too large."""


def _is_taken(event: Event, result: dict[str, Any]) -> bool:
    code = result.get("ErrorCode")
    if code is not None:
        _log_failed(event, str(code), 1)
    return code is None


def _log_failed(event: Event, code: str, events: int) -> None:
    """Log a refusal; of a call that failed as a whole, its first event stands for the others."""
    extra = {
        "event": "announcement_failed",
        **event.order.log_fields,
        "event_id": event.event_id,
        "code": code,
        "events": events,
    }
    _log.error("announcement_failed", extra=extra)
