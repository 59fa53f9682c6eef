"""Many buyers at once."""

from __future__ import annotations

from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun, threads

ORDERS = 200
CONNECTIONS = 8


def _many_orders(run: ScenarioRun) -> None:
    with threads(CONNECTIONS) as pool:
        answers = list(
            pool.map(
                lambda key: run.place_patiently(key, run.cart()),
                [run.new_key() for _ in range(ORDERS)],
            )
        )
    for answer in answers:
        run.expect_status(answer, 202)


SCENARIOS = (
    Scenario(
        name=f"{ORDERS} orders at once",
        promise="Different orders do not wait for each other, and each is charged once.",
        expected=ends_in("PAID", orders=ORDERS, charges=ORDERS),
        act=_many_orders,
        settles_within_seconds=90.0,
    ),
)
