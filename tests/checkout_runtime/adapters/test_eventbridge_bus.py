"""Events go in batches, of each it is known whether the bus took it, and no payment waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsError, AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.event_fields import detail_of
from checkout_runtime.adapters.eventbridge_bus import (
    FAILURES_TO_OPEN,
    LOOK_AFTER_SECONDS,
    EventBridgeBus,
)
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.domain.announcement import Announcement, Event
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.factories import NOW, SECOND, new_order
from tests.checkout_runtime.state_events import SetClock

PAID = Announcement(1, "OrderPaid", 2, NOW, {"charge_id": "ch_1"})
EVENTS = [Event(new_order(f"k{number}"), PAID) for number in range(23)]
BUS = "arn:aws:events:eu-central-1:111122223333:event-bus/shop/orders"
Answer = Callable[[Sequence[Mapping[str, Any]]], list[dict[str, Any]]]


def all_taken(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"EventId": str(place)} for place, _ in enumerate(entries)]


class EventBridge:
    """Answers each call as told; every call takes as long as told."""

    def __init__(self, answer: Answer = all_taken, seconds: float = 0.0) -> None:
        self.answer = answer
        self.seconds = seconds
        self.now = 0.0
        self.calls: list[Sequence[Mapping[str, Any]]] = []
        self.looks = 0
        self.look: AwsError | None = None

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "DescribeEventBus":
            assert parameters == {"Name": "shop/orders"}
            self.looks += 1
            if self.look is not None:
                raise self.look
            return {"Name": "shop/orders"}
        assert operation == "PutEvents"
        self.calls.append(parameters["Entries"])
        self.now += self.seconds
        results = self.answer(parameters["Entries"])
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}


def raising(error: AwsError) -> Answer:
    def answer(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        raise error

    return answer


def bus_on(eventbridge: EventBridge, clock: SetClock | None = None) -> EventBridgeBus:
    return EventBridgeBus(
        eventbridge,
        BUS,
        clock or SetClock(),
        CircuitBreaker(FAILURES_TO_OPEN),
        seconds=lambda: eventbridge.now,
    )


def test_events_are_put_in_batches_of_ten() -> None:
    eventbridge = EventBridge()
    assert bus_on(eventbridge).put(EVENTS) == [True] * 23
    assert [len(entries) for entries in eventbridge.calls] == [10, 10, 3]
    assert eventbridge.calls[0][3] == {
        "Source": "idempotent-checkout",
        "DetailType": "OrderPaid",
        "Detail": detail_of(EVENTS[3]),
        "EventBusName": BUS,
    }
    assert bus_on(eventbridge).put([]) == []


def test_only_the_entries_that_were_refused_are_not_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def but_two(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        answers = all_taken(entries)
        answers[1] = {"ErrorCode": "ThrottlingException", "ErrorMessage": "later"}
        return answers

    taken = bus_on(EventBridge(but_two)).put(EVENTS)
    assert [place for place, each in enumerate(taken) if not each] == [1, 11, 21]
    logged = [vars(record) for record in caplog.records]
    assert [each["event_id"] for each in logged] == [
        EVENTS[place].event_id for place in (1, 11, 21)
    ]
    for each in logged:
        assert (each["event"], each["code"]) == ("announcement_failed", "ThrottlingException")
        assert each["levelno"] == logging.ERROR


@pytest.mark.parametrize(
    "error",
    [
        AwsNoAnswerError("TimeoutError"),
        AwsRefusedError("AccessDeniedException"),
        AwsRefusedError("ResourceNotFoundException"),
    ],
    ids=str,
)
def test_after_a_failed_call_nobody_waits_for_the_bus_until_its_pause_is_over(
    error: AwsError, caplog: pytest.LogCaptureFixture
) -> None:
    eventbridge, clock = EventBridge(raising(error)), SetClock()
    bus = bus_on(eventbridge, clock)
    assert bus.put(EVENTS) == [False] * 23
    assert bus.put(EVENTS) == [False] * 23
    assert len(eventbridge.calls) == 1
    [record] = caplog.records
    assert vars(record).items() >= {"event": "announcement_failed", "events": 10}.items()
    clock.time += 5 * SECOND
    eventbridge.answer = all_taken
    assert bus.put(EVENTS) == [True] * 23


def test_an_event_that_is_not_fit_to_be_sent_holds_back_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def too_large(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        if any('"x"' in entry["Detail"] for entry in entries):
            raise AwsRefusedError("ValidationException", "Total size of the entries")
        return all_taken(entries)

    unfit = Event(new_order("x"), replace(PAID, details={"charge_id": "x"}))
    events = [*EVENTS[:4], unfit, *EVENTS[4:12]]
    taken = bus_on(EventBridge(too_large)).put(events)
    assert taken == [True] * 4 + [False] + [True] * 8
    [record] = caplog.records
    assert (vars(record)["event_id"], vars(record)["code"]) == (
        unfit.event_id,
        "ValidationException",
    )


def test_no_call_is_begun_once_the_time_is_over() -> None:
    """A slow bus is not taken for a dead one, and holds up payments no longer."""
    eventbridge = EventBridge(seconds=0.6)
    assert bus_on(eventbridge).put(EVENTS) == [True] * 20 + [False] * 3
    assert eventbridge.now == pytest.approx(1.2)


GONE = AwsRefusedError("ResourceNotFoundException")


def test_a_bus_that_is_gone_takes_nothing_though_it_would_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """EventBridge answers 200 for it and drops the events."""
    eventbridge, clock = EventBridge(), SetClock()
    eventbridge.look = GONE
    bus = bus_on(eventbridge, clock)
    assert bus.put(EVENTS) == [False] * 23
    assert (eventbridge.calls, eventbridge.looks) == ([], 1)
    [record] = caplog.records
    assert (vars(record)["event"], vars(record)["code"]) == ("announcement_failed", GONE.code)
    clock.time += 5 * SECOND
    assert bus.put(EVENTS) == [False] * 23
    clock.time += 60 * SECOND
    eventbridge.look = None
    assert bus.put(EVENTS) == [True] * 23


def test_a_bus_is_looked_for_before_the_first_event_and_once_a_minute() -> None:
    eventbridge, clock = EventBridge(), SetClock()
    bus = bus_on(eventbridge, clock)
    for _ in range(3):
        bus.put(EVENTS)
    assert eventbridge.looks == 1
    clock.time += LOOK_AFTER_SECONDS * SECOND
    eventbridge.look = GONE
    assert bus.put(EVENTS) == [False] * 23
    assert eventbridge.looks == 2


@pytest.mark.parametrize(
    "error", [AwsRefusedError("ThrottlingException"), AwsNoAnswerError("TimeoutError")], ids=str
)
def test_nothing_is_put_on_a_bus_that_nobody_has_seen(error: AwsError) -> None:
    eventbridge, clock = EventBridge(), SetClock()
    eventbridge.look = error
    bus = bus_on(eventbridge, clock)
    for looks in (1, 2):
        assert bus.put(EVENTS) == [False] * 23
        assert (eventbridge.calls, eventbridge.looks) == ([], looks)
        clock.time += 60 * SECOND


def test_who_saw_the_bus_goes_on_where_it_may_not_look_again() -> None:
    eventbridge, clock = EventBridge(), SetClock()
    bus = bus_on(eventbridge, clock)
    bus.put(EVENTS)
    clock.time += 60 * SECOND
    eventbridge.look = AwsRefusedError("AccessDeniedException")
    assert bus.put(EVENTS) == [True] * 23


def test_a_second_look_without_an_answer_holds_back_one_batch() -> None:
    """Two calls that hang would be two seconds for a payment behind them."""
    eventbridge, clock = EventBridge(), SetClock()
    bus = bus_on(eventbridge, clock)
    bus.put(EVENTS)
    clock.time += 60 * SECOND
    eventbridge.look = AwsNoAnswerError("TimeoutError")
    assert bus.put(EVENTS) == [False] * 23
    clock.time += 5 * SECOND
    assert bus.put(EVENTS) == [True] * 23
    assert eventbridge.looks == 2


def test_a_bus_may_be_given_by_its_name() -> None:
    eventbridge = EventBridge()
    bus = EventBridgeBus(eventbridge, "shop/orders", SetClock(), CircuitBreaker(FAILURES_TO_OPEN))
    assert bus.put(EVENTS[:1]) == [True]
