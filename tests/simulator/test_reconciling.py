"""The world sleeps while nothing is due, and no longer."""

from __future__ import annotations

import pytest

from simulator.cases import DAY, HOUR, Events
from simulator.directed import SteeredFaults
from simulator.portfolio.situation import STRAIGHT, buys, case_at
from simulator.reconciling import ReconcilerSchedule
from simulator.world import Outcome, run_schedule

pytestmark = pytest.mark.usefixtures("quiet")


def bought_while_another_order_is_processed() -> Outcome:
    """Only the reconciler brings orders to the queue, and the first is asked about in hours."""
    case = case_at(
        "Stripe",
        buys("endless"),
        buys("ok", buyer="ben", key="key-0002", submitted_at_ms=(8 * HOUR,)),
        events=Events(relay_dead_until_ms=2 * DAY),
    )
    return run_schedule(case, SteeredFaults(STRAIGHT))


def test_an_order_that_comes_while_another_one_is_processed_is_found_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert bought_while_another_order_is_processed().problem is None
    monkeypatch.setattr(ReconcilerSchedule, "_fire_soon", lambda _schedule: None)
    problem = str(bought_while_another_order_is_processed().problem)
    assert "minutes after the last fault" in problem
