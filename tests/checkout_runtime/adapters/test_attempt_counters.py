"""Counters: all or none, exact under races, begun anew in time, never locked by a wrong clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from checkout_runtime.adapters.attempt_counters import RACE_MS, Counter, Full, write_counted
from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError, AwsService
from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.conflicts import TRY_FOR_SECONDS
from checkout_runtime.adapters.item_writes import ItemWrites, NotWritten
from tests.checkout_runtime.factories import HOUR, NOW
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb

WINDOW = HOUR
Count = Callable[..., int | None]


def counted(writes: ItemWrites, now: int, *counters: tuple[str, int]) -> int | None:
    """Count these, each to its limit; return when the full one begins anew."""
    named = [Counter(*each) for each in counters]
    answer = write_counted(writes, [], named, window_ms=WINDOW, now=now)
    assert not isinstance(answer, NotWritten)
    return None if answer is None else answer.until


@pytest.fixture(params=["model", "DynamoDB"])
def writes(request: pytest.FixtureRequest) -> ItemWrites:
    """Writes to the simulator's model, and to the local DynamoDB."""
    if request.param == "model":
        return ItemWrites(empty_dynamodb(), ORDER_TABLE)
    service = request.getfixturevalue("dynamodb")
    assert isinstance(service, BotocoreService)
    return ItemWrites(service, request.getfixturevalue("order_table"))


@pytest.fixture
def count(writes: ItemWrites, fresh_name: Callable[[str], str]) -> Count:
    """Counts at most two of one name."""
    name = fresh_name("buyer")
    return lambda now, limit=2, who=name: counted(writes, now, (who, limit))


def test_the_limit_is_met_exactly_and_ends_with_the_window(count: Count) -> None:
    assert [count(NOW), count(NOW + 1), count(NOW + 2)] == [None, None, NOW + WINDOW]
    assert count(NOW + WINDOW - 1) == NOW + WINDOW
    assert count(NOW + WINDOW) is None


def test_a_window_begins_with_the_first_that_is_counted_in_it(count: Count) -> None:
    count(NOW)
    assert count(NOW + 5 * WINDOW) is None
    assert count(NOW + 5 * WINDOW + 1) is None
    assert count(NOW + 5 * WINDOW + 2) == NOW + 6 * WINDOW


def test_names_do_not_share_a_counter(count: Count, fresh_name: Callable[[str], str]) -> None:
    another = fresh_name("another")
    assert [count(NOW, 1), count(NOW, 1), count(NOW, 1, another)] == [None, NOW + WINDOW, None]


def test_a_clock_that_was_years_ahead_begins_no_window_that_counts(count: Count) -> None:
    count(NOW + 10_000 * WINDOW)
    assert [count(NOW), count(NOW + 1), count(NOW + 2)] == [None, None, NOW + WINDOW]


def test_a_clock_that_was_years_ahead_locks_nobody_out(count: Count) -> None:
    years = 10_000 * WINDOW
    assert [count(NOW + years), count(NOW + years)] == [None, None]
    assert count(NOW) is None


def test_a_clock_that_is_a_little_behind_counts_in_the_same_window(count: Count) -> None:
    assert [count(NOW), count(NOW - 1), count(NOW - 1)] == [None, None, NOW + WINDOW]


def test_a_window_that_begins_one_window_ahead_is_the_last_that_counts(count: Count) -> None:
    assert [count(NOW + WINDOW), count(NOW), count(NOW)] == [None, None, NOW + 2 * WINDOW]


def test_what_another_counter_refuses_counts_for_nobody(
    writes: ItemWrites, fresh_name: Callable[[str], str]
) -> None:
    ada, ben, everybody = fresh_name("ada"), fresh_name("ben"), fresh_name("everybody")
    assert counted(writes, NOW, (ada, 2), (everybody, 1)) is None
    for _ in range(3):
        assert counted(writes, NOW, (ben, 2), (everybody, 1)) == NOW + WINDOW
    assert [counted(writes, NOW, (ben, 2)) for _ in range(3)] == [None, None, NOW + WINDOW]


class Raced:
    """Before some of our calls another attempt is counted, at these times; None: before none."""

    def __init__(self, service: AwsService, times: Sequence[int | None]) -> None:
        self._service, self._times = service, list(times)
        self.calls = 0

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call it, as ``AwsService`` has it."""
        self.calls += 1
        raced = self._times.pop(0) if self._times else None
        if raced is not None:
            others = ItemWrites(self._service, ORDER_TABLE)
            assert counted(others, raced, ("buyer", 9)) is None
        return self._service.call(operation, parameters)


def windows_long_ago(races: int) -> list[int]:
    """Times each of which begins a window of its own."""
    return [NOW - 2 * WINDOW * (races - number) for number in range(races)]


@pytest.mark.parametrize(("races", "until"), [(2, None), (5, None), (99, NOW + RACE_MS)])
def test_a_lost_race_to_begin_is_counted_all_the_same_or_comes_again_soon(
    races: int, until: int | None
) -> None:
    raced = Raced(empty_dynamodb(), windows_long_ago(races))
    assert counted(ItemWrites(raced, ORDER_TABLE), NOW, ("buyer", 2)) == until


@pytest.mark.parametrize("window_before", [True, False])
def test_who_loses_the_race_to_begin_is_counted_in_the_window_that_began(
    window_before: bool,
) -> None:
    dynamodb = empty_dynamodb()
    writes = ItemWrites(dynamodb, ORDER_TABLE)
    if window_before:
        assert counted(writes, NOW - 99 * WINDOW, ("buyer", 2)) is None
    raced = ItemWrites(Raced(dynamodb, [None, NOW]), ORDER_TABLE)
    assert counted(raced, NOW, ("buyer", 2)) is None
    assert counted(writes, NOW, ("buyer", 2)) == NOW + WINDOW


def test_a_race_about_one_counter_costs_no_try_for_another() -> None:
    dynamodb = empty_dynamodb()
    assert counted(ItemWrites(dynamodb, ORDER_TABLE), NOW - 99 * WINDOW, ("everybody", 2)) is None
    raced = Raced(dynamodb, windows_long_ago(2))
    counters = ("everybody", 2), ("buyer", 2)
    assert counted(ItemWrites(raced, ORDER_TABLE), NOW, *counters) is None
    assert raced.calls == 3


class Refusing:
    """A table whose transactions are cancelled for these reasons."""

    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        self._reasons = reasons
        self.calls = 0

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse."""
        self.calls += 1
        raise AwsRefusedError("TransactionCanceledException", cancellation_reasons=self._reasons)


def test_no_further_window_is_begun_after_the_deadline_of_all_tries() -> None:
    """Each of them may take seconds, and the function that waits for them has ten."""
    seconds = iter([0.0, 1.0, TRY_FOR_SECONDS + 1.0])
    raced = Raced(empty_dynamodb(), windows_long_ago(99))
    buyer = Counter("buyer", 2)
    answer = write_counted(
        ItemWrites(raced, ORDER_TABLE),
        [],
        [buyer, Counter("everybody", 9)],
        window_ms=WINDOW,
        now=NOW,
        clock=lambda: next(seconds),
    )
    assert (answer, raced.calls) == (Full(buyer, NOW + RACE_MS), 2)


def test_a_conflict_lasts_no_longer_than_the_deadline_of_all_tries() -> None:
    table = Refusing([{"Code": "TransactionConflict"}])
    began_long_ago = time.monotonic() - 2 * TRY_FOR_SECONDS
    with pytest.raises(AwsRefusedError):
        write_counted(
            ItemWrites(table, ORDER_TABLE),
            [],
            [Counter("buyer", 2)],
            window_ms=WINDOW,
            now=NOW,
            clock=lambda: began_long_ago,
        )
    assert table.calls == 1


FULL = {
    "Code": "ConditionalCheckFailed",
    "Item": {"attempts": {"N": "2"}, "began_at": {"N": str(NOW)}},
}


def test_a_full_counter_says_nothing_where_the_write_itself_was_not_judged() -> None:
    """The order may be there already: then the answer is the order, and no limit."""
    writes = ItemWrites(Refusing([{"Code": "ThrottlingError"}, FULL]), ORDER_TABLE)
    put = writes.new({"pk": {"S": "ord_1"}})
    with pytest.raises(AwsRefusedError):
        write_counted(writes, [put], [Counter("buyer", 2)], window_ms=WINDOW, now=NOW)


def test_a_full_counter_is_full_also_where_another_one_was_not_judged() -> None:
    writes = ItemWrites(Refusing([FULL, {"Code": "ThrottlingError"}]), ORDER_TABLE)
    assert counted(writes, NOW, ("buyer", 2), ("everybody", 9)) == NOW + WINDOW


def test_no_answer_is_no_limit() -> None:
    class Silent:
        def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            raise AwsNoAnswerError("ReadTimeout")

    with pytest.raises(AwsNoAnswerError):
        counted(ItemWrites(Silent(), ORDER_TABLE), NOW, ("buyer", 1))
