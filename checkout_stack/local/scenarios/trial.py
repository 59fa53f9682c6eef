"""Try scenarios against a checkout that is up, and judge each by the evidence."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.evidence import SETTLED, StoredOrder, states
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.progress import Progress
from checkout_stack.local.scenarios.scenario import Scenario
from checkout_stack.local.scenarios.visit import POLL_SECONDS, Visit

SECONDS_TO_DRAIN = 20.0
MUST_BE_EMPTY = ("payment queue", "dead-letter queue", "relay failure queue")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one scenario promised, and what was seen."""

    scenario: Scenario
    requests_sent: int
    gave_up: int
    orders: int
    charges: int
    states: tuple[str, ...]
    seconds: float
    deviations: tuple[str, ...]

    @property
    def as_promised(self) -> bool:
        """Whether nothing deviates."""
        return not self.deviations


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """All rows, and what was found in the queues when everything was quiet."""

    rows: tuple[Row, ...]
    left_in_queues: dict[str, int]

    @property
    def as_promised(self) -> bool:
        """Whether every row is as promised and no message is left."""
        return all(row.as_promised for row in self.rows) and not any(self.left_in_queues.values())


def try_all(scenarios: Iterable[Scenario], checkout: LocalCheckout, progress: Progress) -> Verdict:
    """Try each scenario, wait until the queues are empty, and count only then.

    A second charge that comes late, by a redelivery, is counted too.
    """
    visits = []
    for scenario in scenarios:
        with progress.step(scenario.name):
            visits.append(_try(scenario, checkout))
    with progress.step("waiting until every queue is empty"):
        left = _drain(checkout)
    rows = tuple(_row(scenario, visit, seconds) for scenario, visit, seconds in visits)
    return Verdict(rows=rows, left_in_queues=left)


def _try(scenario: Scenario, checkout: LocalCheckout) -> tuple[Scenario, Visit, float]:
    checkout.check_running()
    visit = Visit(checkout, f"cus_{uuid.uuid4().hex[:12]}")
    began = time.monotonic()
    try:
        scenario.act(visit)
        _wait_until_settled(scenario, visit)
    except OSError as problem:  # a connection refused or a client's timeout
        checkout.check_running()
        visit.expect(False, f"{type(problem).__name__}: {problem}")
    return scenario, visit, time.monotonic() - began


def _wait_until_settled(scenario: Scenario, visit: Visit) -> None:
    deadline = time.monotonic() + scenario.settles_within_seconds
    while time.monotonic() < deadline:
        orders = visit.orders()
        settled = [order for order in orders if order.status in SETTLED]
        if len(settled) == len(orders) >= scenario.expected.orders:
            return
        visit.checkout.check_running()
        time.sleep(POLL_SECONDS)
    waiting = Counter(order.status for order in visit.orders())
    visit.expect(
        False,
        f"after {scenario.settles_within_seconds:.0f} s orders are not settled: {dict(waiting)}",
    )


def _drain(checkout: LocalCheckout) -> dict[str, int]:
    deadline = time.monotonic() + SECONDS_TO_DRAIN
    while True:
        left = {queue: checkout.evidence.messages(queue) for queue in MUST_BE_EMPTY}
        if not any(left.values()) or time.monotonic() > deadline:
            return left
        checkout.check_running()
        time.sleep(4 * POLL_SECONDS)


def _row(scenario: Scenario, visit: Visit, seconds: float) -> Row:
    orders, charges = visit.orders(), visit.charges()
    expected = scenario.expected
    visit.expect(
        len(orders) == expected.orders, f"{len(orders)} orders instead of {expected.orders}"
    )
    visit.expect(
        len(charges) == expected.charges, f"{len(charges)} charges instead of {expected.charges}"
    )
    wanted = sorted(expected.states)
    visit.expect(states(orders) == wanted, f"orders are {states(orders)} instead of {wanted}")
    for deviation in _broken_invariants(orders, charges):
        visit.expect(False, deviation)
    return Row(
        scenario=scenario,
        requests_sent=visit.requests_sent,
        gave_up=visit.gave_up,
        orders=len(orders),
        charges=len(charges),
        states=tuple(states(orders)),
        seconds=seconds,
        deviations=tuple(visit.deviations),
    )


def _broken_invariants(orders: list[StoredOrder], charges: list[dict[str, Any]]) -> list[str]:
    """What must hold between table and ledger in every scenario."""
    found = []
    charged = Counter(charge["order_id"] for charge in charges)
    by_order = {charge["order_id"]: charge for charge in charges}
    for order_id, times in charged.items():
        if times > 1:
            found.append(f"{order_id} was charged {times} times")
        if order_id not in {order.order_id for order in orders}:
            found.append(f"{order_id} was charged and is not in the table")
    for order in orders:
        charge = by_order.get(order.order_id)
        if order.status == "PAID" and (charge is None or charge["charge_id"] != order.charge_id):
            found.append(f"{order.order_id} is PAID by a charge that the ledger does not have")
        if charge is not None and charge["amount"] != order.amount:
            found.append(f"{order.order_id} is {order.amount}, charged {charge['amount']}")
        if order.stray_charges:
            found.append(f"{order.order_id} has stray charges {sorted(order.stray_charges)}")
    return found
