"""Many more unsettled orders than one run can resend: it stays bounded and fair, and goes on.

A tenth of the orders, each ten times as slow, is the same work for the reconciler: as many runs,
and as large a part of the backlog in each. A hundred thousand take a minute.
"""

from __future__ import annotations

import logging
import tracemalloc
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import pytest

from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.order_ports import Orders, Outcomes
from checkout_runtime.application.order_records import IndexKey, Page
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.domain.identity import order_id_for, unsettled_shard
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.state_events import POLICY, ScriptedPayments, SetClock

T = TypeVar("T")
SHARDS = 16
RUN_MILLISECONDS = 5 * 60 * 1000
BYTES_HELD_AN_ORDER = 600
"""Of those resent in one run. What grows is the test's own count of them."""


@dataclass(frozen=True)
class Size:
    """How many orders there are, and how long one resend takes."""

    orders: int
    step_milliseconds: int

    @cached_property
    def ids(self) -> list[list[str]]:
        """The ids of all orders, by shard."""
        ids: list[list[str]] = [[] for _ in range(SHARDS)]
        for number in range(self.orders):
            order_id = order_id_for("backlog", "buyer", str(number))
            ids[unsettled_shard(order_id, SHARDS)].append(order_id)
        return ids


SIZES = [
    pytest.param(Size(10_000, step_milliseconds=100), id="ten thousand"),
    pytest.param(
        Size(100_000, step_milliseconds=10), id="a hundred thousand", marks=pytest.mark.fuzzing
    ),
]


class Backlog:
    """Unsettled orders that exist only when they are read, as DynamoDB's do for the reader."""

    shards = SHARDS
    lanes = 2 * SHARDS

    def __init__(self, size: Size, clock: SetClock) -> None:
        self.size = size
        self._clock = clock
        self._places: dict[int, IndexKey | None] = {}
        self.resent: Counter[str] = Counter()
        self._ids = size.ids
        self._since = clock.now() - 24 * 60 * 60 * 1000
        self.most_of_a_page = 0

    def shard_sizes(self) -> list[int]:
        return [len(ids) for ids in self._ids]

    def resent_by_shard(self) -> Counter[int]:
        return Counter(unsettled_shard(order_id, SHARDS) for order_id in self.resent)

    def oldest_open(self, shard: int) -> int | None:
        return self._since

    def count_open(self, shard: int) -> int:
        return len(self._ids[shard])

    def count_processing(self, shard: int) -> int:
        return 0

    def count_lapsing(self, shard: int) -> int:
        return 0

    def count_in_review(self, shard: int) -> int:
        return 0

    def oldest_announcement(self, shard: int) -> int | None:
        return None

    def count_announcements(self, shard: int, before: int) -> int:
        raise AssertionError("nothing is to be announced")

    def due(
        self, lane: int, now: int, *, patience_ms: int, limit: int, after: IndexKey | None
    ) -> Page:
        if lane >= SHARDS:
            return Page([], None)
        shard, start = lane, 0
        if after is not None:
            start = bisect_right(range(len(self._ids[shard])), after.unsettled_since - self._since)
        ids = self._ids[shard][start : start + limit]
        self.most_of_a_page = max(self.most_of_a_page, len(ids))
        orders = [self._order(order_id, start + i) for i, order_id in enumerate(ids)]
        last = start + len(ids)
        more = last < len(self._ids[shard])
        next_key = IndexKey(ids[-1], self._since + last - 1) if more else None
        return Page(orders, next_key)

    def bookmark(self) -> dict[int, IndexKey | None]:
        return dict(self._places)

    def leave_bookmark(self, places: Mapping[int, IndexKey | None]) -> None:
        self._places = dict(places)

    def begin_resend(self, order: Order, now: int, *, uncounted: bool = False) -> Order | None:
        self._clock.time += self.size.step_milliseconds
        self.resent[order.order_id] += 1
        return replace(order, resend=order.resend + 1, resent_at=now)

    def uncount_resend(self, order: Order) -> None:
        """Nothing is refused here."""

    def _order(self, order_id: str, position: int) -> Order:
        resends = self.resent.get(order_id, 0)
        since = self._since + position
        return Order(
            order_id=order_id,
            principal="buyer",
            fingerprint="f",
            status=OrderStatus.PENDING,
            amount=1,
            currency="EUR",
            customer="c",
            lines=(),
            payment_method="pm",
            accepted_at=since,
            unsettled_since=since,
            resend=resends,
            resent_at=self._clock.now() if resends else None,
        )


class Inline:
    def run_all(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        return [task() for task in tasks]


class Outbox:
    def send(self, messages: Sequence[Any]) -> list[Any]:
        return []

    def make_visible_after(self, delays: Mapping[str, int]) -> None:
        raise AssertionError("the reconciler receives nothing")


@pytest.fixture(autouse=True)
def _no_log_records() -> Iterator[None]:
    """A record for each resend would be kept by the test runner, not by the code."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=SIZES)
def backlog(request: pytest.FixtureRequest, clock: SetClock) -> Backlog:
    return Backlog(request.param, clock)


def reconciler(backlog: Backlog, clock: SetClock) -> ReconcileOrders:
    # Resends touch neither orders nor outcomes; a use of them would fail here.
    settle = SettleAttempt(
        cast(Outcomes, None),
        ScriptedPayments(looked_up=None),
        clock,
        POLICY,
        CircuitBreaker(),
        CircuitBreaker(),
    )
    policy = ReconcilePolicy(charge=POLICY, reconcile_after_seconds=360, can_look_up=False)
    return ReconcileOrders(cast(Orders, None), backlog, settle, Outbox(), clock, Inline(), policy)


def test_a_run_ends_within_its_time_and_leaves_a_bookmark(
    backlog: Backlog, clock: SetClock
) -> None:
    deadline = clock.now() + RUN_MILLISECONDS
    done = reconciler(backlog, clock)(run_id="r", deadline=deadline)
    assert not done.finished
    assert clock.now() <= deadline
    assert backlog.bookmark()


def test_a_run_is_fair_over_the_shards(backlog: Backlog, clock: SetClock) -> None:
    reconciler(backlog, clock)(run_id="r", deadline=clock.now() + RUN_MILLISECONDS)
    resent = backlog.resent_by_shard()
    assert set(resent) == set(range(SHARDS))
    assert max(resent.values()) - min(resent.values()) <= 2 * backlog.most_of_a_page


def test_the_next_runs_go_on_until_every_order_was_seen_once(
    backlog: Backlog, clock: SetClock
) -> None:
    runs = 0
    finished = False
    while not finished:
        deadline = clock.now() + RUN_MILLISECONDS
        finished = reconciler(backlog, clock)(run_id=str(runs), deadline=deadline).finished
        runs += 1
    assert len(backlog.resent) == sum(backlog.shard_sizes()) == backlog.size.orders
    assert set(backlog.resent.values()) == {1}
    assert runs <= backlog.size.orders * backlog.size.step_milliseconds / RUN_MILLISECONDS + 2
    assert not backlog.bookmark()


def test_a_run_holds_pages_and_not_the_backlog(backlog: Backlog, clock: SetClock) -> None:
    run = reconciler(backlog, clock)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    run(run_id="r", deadline=clock.now() + RUN_MILLISECONDS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - before < BYTES_HELD_AN_ORDER * len(backlog.resent)


def test_two_runs_at_once_send_each_message_under_an_ordinal_of_its_own(
    backlog: Backlog, clock: SetClock
) -> None:
    deadline = clock.now() + RUN_MILLISECONDS
    reconciler(backlog, clock)(run_id="one", deadline=deadline)
    backlog.leave_bookmark({})
    seen = len(backlog.resent)
    # The second run starts over: what the first one resent is not due again.
    reconciler(backlog, clock)(run_id="two", deadline=clock.now() + RUN_MILLISECONDS)
    assert len(backlog.resent) > seen
    assert set(backlog.resent.values()) == {1}
