"""The circuit breaker: opens on failures in a row, tries one order, closes on an answer."""

from __future__ import annotations

from checkout_runtime.application.circuit_breaker import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    CircuitBreaker,
    Permit,
)
from tests.checkout_runtime.factories import NOW, SECOND


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker()
    fail(breaker, NOW, times=FAILURES_TO_OPEN)
    return breaker


def fail(breaker: CircuitBreaker, now: int, times: int = 1) -> None:
    for _ in range(times):
        breaker.record(available=False, now=now)


def probe(breaker: CircuitBreaker, now: int, *, available: bool) -> None:
    assert breaker.permits(now)
    breaker.record(available=available, now=now)


def pause_seconds(breaker: CircuitBreaker, now: int) -> int:
    """How long the service is left alone from now on; asks for no probe."""
    return next(s for s in range(10_000) if not breaker.is_open(now + s * SECOND))


def test_a_new_breaker_is_closed() -> None:
    assert CircuitBreaker().permits(NOW)
    assert not CircuitBreaker().is_open(NOW)


def test_fewer_failures_than_it_takes_leave_it_closed() -> None:
    breaker = CircuitBreaker()
    fail(breaker, NOW, times=FAILURES_TO_OPEN - 1)
    assert breaker.permits(NOW)


def test_an_answer_in_between_starts_the_count_again() -> None:
    breaker = CircuitBreaker()
    for _ in range(3):
        fail(breaker, NOW, times=FAILURES_TO_OPEN - 1)
        breaker.record(available=True, now=NOW)
    assert breaker.permits(NOW)


def test_enough_failures_in_a_row_open_it_for_the_first_pause() -> None:
    breaker = opened()
    assert breaker.is_open(NOW)
    assert not breaker.permits(NOW + FIRST_PAUSE_SECONDS * SECOND - 1)
    assert not breaker.is_open(NOW + FIRST_PAUSE_SECONDS * SECOND)


def test_half_open_it_permits_one_probe_and_the_others_wait() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    assert [breaker.permits(then) for _ in range(3)] == [Permit(is_probe=True), None, None]


def test_a_probe_that_asked_nothing_is_the_next_callers() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    unused = breaker.permits(then)
    assert unused is not None
    breaker.finish(unused, then)
    probe(breaker, then, available=True)
    assert breaker.permits(then) == Permit(is_probe=False)


def test_a_turn_that_was_no_probe_frees_no_probe_of_anothers() -> None:
    breaker = CircuitBreaker()
    early = breaker.permits(NOW)
    assert early is not None
    fail(breaker, NOW, times=FAILURES_TO_OPEN)
    then = NOW + FIRST_PAUSE_SECONDS * SECOND
    assert breaker.permits(then)
    breaker.finish(early, then)
    assert breaker.permits(then) is None


def test_the_end_of_a_probe_that_failed_shortens_no_pause() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    permit = breaker.permits(then)
    assert permit is not None
    fail(breaker, then)
    breaker.finish(permit, then)
    assert breaker.is_open(then)


def test_a_probe_whose_answer_never_comes_is_followed_by_another() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    assert breaker.permits(then)
    assert breaker.permits(then + LONGEST_PAUSE_SECONDS * SECOND)


def test_a_probe_that_is_answered_closes_it_and_forgets_the_pauses() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    probe(breaker, then, available=False)
    probe(breaker, then + LONGEST_PAUSE_SECONDS * SECOND, available=True)
    assert breaker.permits(then)
    # The last is late news of a request before it opened, and no probe.
    fail(breaker, then, times=FAILURES_TO_OPEN + 1)
    assert pause_seconds(breaker, then) == FIRST_PAUSE_SECONDS


def test_each_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    breaker, now, pauses = opened(), NOW, []
    for _ in range(6):
        pause = pause_seconds(breaker, now)
        pauses.append(pause)
        now += pause * SECOND
        probe(breaker, now, available=False)
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_to_ask_whether_it_is_open_takes_no_probe() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    assert not breaker.is_open(then)
    assert breaker.permits(then)


def test_charges_that_fail_side_by_side_open_it_for_the_first_pause_only() -> None:
    breaker = CircuitBreaker()
    fail(breaker, NOW, times=10)
    assert pause_seconds(breaker, NOW) == FIRST_PAUSE_SECONDS


class SwitchedInBetween(CircuitBreaker):
    """Another thread closes it right after it was seen open."""

    _seen = 0

    @property
    def _no_try_before(self) -> int | None:
        self._seen += 1
        return NOW if self._seen == 1 else None

    @_no_try_before.setter
    def _no_try_before(self, value: int | None) -> None:
        """What is set does not matter."""


def test_to_ask_while_another_thread_closes_it_is_no_error() -> None:
    assert not SwitchedInBetween().is_open(NOW)


def test_late_news_after_a_probe_that_asked_nothing_opens_it_for_no_longer() -> None:
    breaker, half_open = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    permit = breaker.permits(half_open)
    assert permit is not None
    breaker.finish(permit, half_open)
    fail(breaker, half_open)
    assert not breaker.is_open(half_open)


def test_an_answer_lets_all_failures_that_it_takes_be_counted_anew() -> None:
    breaker = CircuitBreaker()
    breaker.record(available=True, now=NOW)
    fail(breaker, NOW, times=FAILURES_TO_OPEN - 1)
    assert not breaker.is_open(NOW)
    fail(breaker, NOW)
    assert breaker.is_open(NOW)


def test_a_probe_whose_answer_never_comes_holds_the_others_up_for_the_longest_pause() -> None:
    breaker, half_open = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    assert breaker.permits(half_open)
    given_up = half_open + LONGEST_PAUSE_SECONDS * SECOND
    assert breaker.permits(given_up - 1) is None
    assert breaker.permits(given_up)


def test_an_asker_whose_probe_asked_nothing_leaves_the_next_one_to_others() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    with breaker.turn(lambda: then, "looked up") as permitted:
        assert permitted
        assert breaker.permits(then, "to charge") is None
    assert breaker.permits(then, "looked up") == Permit(is_probe=False)
    with breaker.turn(lambda: then, "to charge") as permitted:
        assert permitted
        assert breaker.permits(then, "looked up") is None, "while another's probe is under way"
        breaker.record(available=False, now=then)
    half_open_again = then + 2 * FIRST_PAUSE_SECONDS * SECOND
    assert breaker.permits(half_open_again - 1, "looked up") is None
    assert breaker.permits(half_open_again, "looked up") == Permit(is_probe=True, asker="looked up")


def test_orders_that_are_only_looked_up_come_with_one_that_is_to_be_charged() -> None:
    """However many they are, and however long the queue waits between two deliveries."""
    breaker, now = opened(), NOW
    only_looked_up = [f"looked up {number}" for number in range(9)]
    for _ in range(len(only_looked_up)):
        now += 4 * LONGEST_PAUSE_SECONDS * SECOND
        permits = [breaker.permits(now, each) for each in only_looked_up]
        assert breaker.permits(now, "to charge") is None
        for permit in filter(None, permits):
            breaker.finish(permit, now)
    now += 4 * LONGEST_PAUSE_SECONDS * SECOND
    assert all(breaker.permits(now, each) for each in only_looked_up)
    assert breaker.permits(now, "to charge") == Permit(is_probe=True, asker="to charge")


def test_an_asker_that_asks_after_all_and_gets_no_answer_is_let_through_no_more() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    for asker in ("first", "second"):
        with breaker.turn(lambda: then, asker) as permitted:
            assert permitted
    with breaker.turn(lambda: then, "first") as permitted:
        assert permitted
        fail(breaker, then)
    assert breaker.permits(then, "second") == Permit(is_probe=True, asker="second")


def test_who_looked_at_the_clock_before_the_probe_began_gets_no_second_one() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    assert breaker.permits(then + SECOND)
    assert breaker.permits(then) is None


def test_a_pause_that_a_wrong_clock_set_ends_when_the_clock_is_right_again() -> None:
    breaker = CircuitBreaker()
    fail(breaker, NOW + 24 * 60 * 60 * SECOND, times=FAILURES_TO_OPEN)
    assert not breaker.is_open(NOW)
    assert breaker.permits(NOW) == Permit(is_probe=True)
    assert breaker.permits(NOW + LONGEST_PAUSE_SECONDS * SECOND - 1) is None


def test_askers_without_a_name_get_every_probe_and_an_answer_forgets_who_asked_nothing() -> None:
    breaker, then = opened(), NOW + FIRST_PAUSE_SECONDS * SECOND
    for asker in (None, None, "looked up"):
        with breaker.turn(lambda: then, asker) as permitted:
            assert permitted
    breaker.record(available=True, now=then)
    fail(breaker, then, times=FAILURES_TO_OPEN)
    assert breaker.permits(then + FIRST_PAUSE_SECONDS * SECOND, "looked up")


def test_a_turn_that_ends_late_does_not_end_the_probe_of_another_one() -> None:
    """Its own probe was answered; then the table was slow to take what came of it."""
    breaker = opened()
    then = NOW + FIRST_PAUSE_SECONDS * SECOND
    slow = breaker.permits(then, "slow")
    assert slow is not None
    fail(breaker, then)
    half_open_again = then + pause_seconds(breaker, then) * SECOND
    assert breaker.permits(half_open_again, "probe")
    breaker.finish(slow, half_open_again + SECOND)
    assert not breaker.permits(half_open_again + SECOND, "beside it")
    fail(breaker, half_open_again + SECOND)
    assert pause_seconds(breaker, half_open_again + SECOND) == 4 * FIRST_PAUSE_SECONDS


def test_a_probe_that_outlasts_its_minute_does_not_end_the_one_that_followed_it() -> None:
    breaker = opened()
    then = NOW + FIRST_PAUSE_SECONDS * SECOND
    frozen = breaker.permits(then, "same")
    assert frozen is not None
    thawed = then + LONGEST_PAUSE_SECONDS * SECOND
    assert breaker.permits(thawed, "same") == frozen
    breaker.finish(frozen, thawed + SECOND)
    assert not breaker.permits(thawed + SECOND, "beside it")
