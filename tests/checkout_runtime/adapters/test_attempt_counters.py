"""Counters of attempts: exact under races, begun anew in time, never locked by a wrong clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checkout_runtime.adapters.attempt_counters import RACE_MS, DynamoDbAttemptCounters
from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsService
from checkout_runtime.adapters.botocore_aws import BotocoreService
from tests.checkout_runtime.factories import HOUR, NOW
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb

WINDOW = HOUR
Count = Callable[..., int | None]


@pytest.fixture(params=["model", "DynamoDB"])
def count(request: pytest.FixtureRequest, fresh_name: Callable[[str], str]) -> Count:
    """Counts at most two of one name: on the simulator's model, and on the local DynamoDB."""
    table = ORDER_TABLE
    service: AwsService = empty_dynamodb()
    if request.param == "DynamoDB":
        service = request.getfixturevalue("dynamodb")
        table = request.getfixturevalue("order_table")
        assert isinstance(service, BotocoreService)
    counters, name = DynamoDbAttemptCounters(service, table), fresh_name("buyer")
    return lambda now, limit=2, who=name: counters.count(who, limit, window_ms=WINDOW, now=now)


def test_the_limit_is_met_exactly_and_ends_with_the_window(count: Count) -> None:
    assert [count(NOW), count(NOW + 1), count(NOW + 2)] == [None, None, NOW + WINDOW]
    assert count(NOW + WINDOW - 1) == NOW + WINDOW
    assert count(NOW + WINDOW) is None


def test_a_window_begins_with_the_first_that_is_counted_in_it(count: Count) -> None:
    count(NOW)
    assert count(NOW + 5 * WINDOW) is None
    assert count(NOW + 5 * WINDOW + 1) is None
    assert count(NOW + 5 * WINDOW + 2) == NOW + 6 * WINDOW


def test_names_do_not_share_a_counter(count: Count) -> None:
    assert [count(NOW, 1), count(NOW, 1), count(NOW, 1, "another")] == [None, NOW + WINDOW, None]


def test_a_clock_that_was_years_ahead_begins_no_window_that_counts(count: Count) -> None:
    count(NOW + 10_000 * WINDOW)
    assert [count(NOW), count(NOW + 1), count(NOW + 2)] == [None, None, NOW + WINDOW]


def test_a_clock_that_was_years_ahead_locks_nobody_out(count: Count) -> None:
    years = 10_000 * WINDOW
    assert [count(NOW + years), count(NOW + years)] == [None, None]
    assert count(NOW) is None


def test_a_clock_that_is_a_little_behind_counts_in_the_same_window(count: Count) -> None:
    assert [count(NOW), count(NOW - 1), count(NOW - 1)] == [None, None, NOW + WINDOW]


class Raced:
    """Before each of our calls another attempt begins a window of its own, a few times."""

    def __init__(self, service: AwsService, races: int) -> None:
        self._service, self._races, self._now = service, races, NOW - 99 * WINDOW

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call it, as ``AwsService`` has it."""
        if self._races:
            self._races -= 1
            self._now += 2 * WINDOW
            others = DynamoDbAttemptCounters(self._service, ORDER_TABLE)
            assert others.count("buyer", 9, window_ms=WINDOW, now=self._now) is None
        return self._service.call(operation, parameters)


def test_a_lost_race_to_begin_is_counted_all_the_same() -> None:
    service = empty_dynamodb()
    counters = DynamoDbAttemptCounters(Raced(service, 2), ORDER_TABLE)
    assert counters.count("buyer", 2, window_ms=WINDOW, now=NOW) is None


def test_who_loses_every_race_comes_again_soon() -> None:
    service = empty_dynamodb()
    counters = DynamoDbAttemptCounters(Raced(service, 99), ORDER_TABLE)
    assert counters.count("buyer", 2, window_ms=WINDOW, now=NOW) == NOW + RACE_MS


def test_no_answer_is_no_limit() -> None:
    class Silent:
        def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            raise AwsNoAnswerError("ReadTimeout")

    with pytest.raises(AwsNoAnswerError):
        DynamoDbAttemptCounters(Silent(), ORDER_TABLE).count("b", 1, window_ms=1, now=NOW)
