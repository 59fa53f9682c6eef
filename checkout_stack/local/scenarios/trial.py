"""Try scenarios against checkouts that are up: the long ones beside the short ones."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from checkout_stack.local.checkout_inspector import SETTLED
from checkout_stack.local.local_checkout import Deployment, LocalCheckout
from checkout_stack.local.messages import Progress
from checkout_stack.local.scenarios.scenario import Scenario
from checkout_stack.local.scenarios.scenario_run import POLL_SECONDS, ScenarioRun, threads
from checkout_stack.local.scenarios.verdict import Verdict, judge

SECONDS_TO_DRAIN = 20.0
MUST_BE_EMPTY = ("payment queue", "dead-letter queue", "relay failure queue")


def try_all(
    scenarios: Sequence[Scenario],
    checkouts: Mapping[Deployment, LocalCheckout],
    progress: Progress,
) -> Verdict:
    """Try each scenario, wait until the queues are empty, and count only then.

    A second charge that comes late, by a redelivery, is counted too. Checkouts are tried beside
    each other, and the rows of one checkout one after the other: what one row breaks is mended
    before the next. Rows that wait long are begun first, and wait beside the others.
    """
    on_each = {
        scenario.on: [each for each in scenarios if each.on == scenario.on]
        for scenario in scenarios
    }
    with (
        progress.step(f"{len(scenarios)} rows on {len(on_each)} checkouts"),
        threads(len(scenarios) + len(on_each)) as pool,
    ):
        tries = [
            pool.submit(_try_in_turn, rows, checkouts[deployment], pool, progress)
            for deployment, rows in on_each.items()
        ]
        begun = {trial.scenario.name: trial for each in tries for trial in each.result()}
    with progress.step("waiting until every queue is empty"):
        left = _drain(list(checkouts.values()))
    tried = [begun[scenario.name] for scenario in scenarios]
    rows = tuple(judge(each.scenario, each.run, each.seconds) for each in tried)
    return Verdict(rows=rows, left_in_queues=left)


def _try_in_turn(
    rows: Sequence[Scenario], checkout: LocalCheckout, pool: Executor, progress: Progress
) -> list[_Trial]:
    """Try the rows of one checkout, those first that wait long afterwards."""
    trials, waiting = [], []

    def finish(trial: _Trial) -> None:
        trial.finish()
        progress.say(f"{trial.scenario.name}: {trial.seconds:.1f} s")

    for scenario in sorted(rows, key=lambda row: row.afterwards is None):
        trials.append(trial := _begin(scenario, checkout))
        if scenario.afterwards is None:
            finish(trial)
        else:
            waiting.append(pool.submit(finish, trial))
    for row in waiting:
        row.result()
    return trials


@dataclass
class _Trial:
    """A scenario that is being tried."""

    scenario: Scenario
    run: ScenarioRun
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def carry_out(self, *steps: Callable[[ScenarioRun], None]) -> None:
        """Carry out steps, up to the first that fails."""
        try:
            for step in steps:
                step(self.run)
        except (OSError, BotoCoreError, ClientError) as problem:
            # A connection refused, a client's timeout, a call that the local AWS refused.
            self.run.checkout.check_running()
            self.run.expect(False, f"{type(problem).__name__}: {problem}")
        self.seconds = time.monotonic() - self.began

    def finish(self) -> None:
        """Carry out what follows, and wait until the orders are settled."""
        after = self.scenario.afterwards
        settled = partial(_wait_until_settled, self.scenario)
        self.carry_out(*([after] if after else []), settled)


def _begin(scenario: Scenario, checkout: LocalCheckout) -> _Trial:
    checkout.check_running()
    run = ScenarioRun(checkout, f"cus_{uuid.uuid4().hex[:12]}")
    trial = _Trial(scenario, run)
    trial.carry_out(scenario.act)
    return trial


def _wait_until_settled(scenario: Scenario, run: ScenarioRun) -> None:
    deadline = time.monotonic() + scenario.settles_within_seconds
    while time.monotonic() < deadline:
        orders = run.orders()
        settled = [order for order in orders if order.status in SETTLED]
        if len(settled) == len(orders) >= scenario.expected.orders:
            return
        run.checkout.check_running()
        time.sleep(POLL_SECONDS)
    waiting = Counter(order.status for order in run.orders())
    run.expect(
        False,
        f"after {scenario.settles_within_seconds:.0f} s orders are not settled: {dict(waiting)}",
    )


def _drain(checkouts: Sequence[LocalCheckout]) -> dict[str, int]:
    deadline = time.monotonic() + SECONDS_TO_DRAIN
    while True:
        left = {
            queue: sum(checkout.inspector.messages(queue) for checkout in checkouts)
            for queue in MUST_BE_EMPTY
        }
        if not any(left.values()) or time.monotonic() > deadline:
            return left
        for checkout in checkouts:
            checkout.check_running()
        time.sleep(4 * POLL_SECONDS)
