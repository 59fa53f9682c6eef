"""Orders that nothing has settled: how many calls the reconciler takes, and whether runs end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bench.cost.metered_checkout import REMAINING_MS, MeteredCheckout
from bench.cost.metered_surroundings import SHARDS
from bench.growth.large_tables import LargeTables
from simulator.cases import HOUR, MINUTE
from simulator.deployment import PAYMENT_QUEUE

T = TypeVar("T")

#: How long a call to AWS takes here: ten times as long as DynamoDB usually does, so that a run
#: comes to its end.
CALL_MS = 50
SIDE_BY_SIDE = 10
INTERVAL_MS = 5 * MINUTE
#: Runs after which a backlog is taken for one that never ends.
MOST_RUNS = 1_000
RECONCILE = "reconcile_orders"


@dataclass(frozen=True, kw_only=True)
class BacklogMeasured:
    """What it took to see every order of a backlog once."""

    orders: int
    runs: int
    calls: int
    most_calls_of_a_run: int
    calls_an_order: float
    """Beyond those that a run takes without an order."""
    longest_run_ms: int
    """By the clock of the model; a run may take :data:`REMAINING_MS`."""
    resent: int
    """Messages on the queue: one for each order."""


class _Stuck(MeteredCheckout):
    """A checkout whose relay never ran, and where a call takes its time."""

    def __init__(self, call_ms: int) -> None:
        super().__init__(LargeTables)
        self._call_ms = call_ms
        self._at_once = 1
        self._waited = 0.0

    def called(self) -> None:
        self._waited += self._call_ms / self._at_once
        whole = int(self._waited)
        self._waited -= whole
        self.pass_time(whole)

    def run_side_by_side(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        self._at_once = SIDE_BY_SIDE
        try:
            return super().run_side_by_side(tasks)
        finally:
            self._at_once = 1


def measure_backlog(
    orders: int, say: Callable[[str], None], *, call_ms: int = CALL_MS
) -> BacklogMeasured:
    """Place orders that nobody relays, and reconcile until every one was sent."""
    checkout = _Stuck(call_ms)
    with checkout.running():
        for _ in range(orders):
            checkout.place()
        checkout.pass_time(HOUR)
        say(f"{orders:,} orders are stuck")
        return _reconcile(checkout, orders, say)


def _reconcile(checkout: _Stuck, orders: int, say: Callable[[str], None]) -> BacklogMeasured:
    calls_of_runs: list[int] = []
    longest = 0
    answer: dict[str, Any] = {"finished": False}
    while not answer["finished"]:
        if len(calls_of_runs) == MOST_RUNS:
            raise RuntimeError(f"{orders} orders are not reconciled in {MOST_RUNS} runs")
        before, begun = _calls(checkout), checkout.now()
        answer = checkout.invoke(RECONCILE, {})
        took = checkout.now() - begun
        longest = max(longest, took)
        calls_of_runs.append(_calls(checkout) - before)
        checkout.pass_time(max(0, INTERVAL_MS - took))
        say(f"run {len(calls_of_runs)}: {answer['orders_acted_on']:,} of {orders:,} orders")
    idle = min(calls_of_runs[-1], 4 * SHARDS + 2)
    calls = sum(calls_of_runs)
    return BacklogMeasured(
        orders=orders,
        runs=len(calls_of_runs),
        calls=calls,
        most_calls_of_a_run=max(calls_of_runs),
        calls_an_order=(calls - idle * len(calls_of_runs)) / orders,
        longest_run_ms=longest,
        resent=checkout.sqs.length(PAYMENT_QUEUE),
    )


def _calls(checkout: _Stuck) -> int:
    return sum(
        count for (function, _), count in checkout.meter.calls.items() if function == RECONCILE
    )


#: What a run may take at most, in calls: its time, side by side.
MOST_CALLS = REMAINING_MS // CALL_MS * SIDE_BY_SIDE
