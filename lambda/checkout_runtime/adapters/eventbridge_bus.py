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
LOOK_AFTER_SECONDS = 60
"""How long a bus that was seen is taken to be there. EventBridge answers PutEvents for a bus that
was deleted as if it had taken the events, so somebody has to look; a call of its own for each batch
would cost more than it finds."""
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
        self._trusted_until = 0

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
                self._look()
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

    def _look(self) -> None:
        """Look whether the bus is there, unless somebody looked within the last minute.

        Raises:
            AwsError: It is gone, or nobody knows; once it was seen, a refusal to tell is no reason
                to hold events back.
        """
        now = self._clock.now()
        if now < self._trusted_until:
            return
        was_seen, self._trusted_until = self._trusted_until > 0, now + LOOK_AFTER_SECONDS * 1000
        try:
            self._events.call("DescribeEventBus", {"Name": _name_of(self._bus_name)})
        except AwsError as error:
            if not was_seen or error.code == _GONE:
                self._trusted_until = 0
            elif isinstance(error, AwsRefusedError):
                return
            raise

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


def _name_of(bus: str) -> str:
    """Return the name of a bus of this account and Region, of which its ARN may be given."""
    return bus.partition(":event-bus/")[2] or bus


_GONE = "ResourceNotFoundException"
"""Refusal to describe a bus that does not exist."""
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
