"""Judge what a scenario did by the evidence: the orders in the table, the charges in the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.checkout_inspector import StoredOrder, states
from checkout_stack.local.scenarios.scenario import Scenario
from checkout_stack.local.scenarios.scenario_run import ScenarioRun


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


def judge(scenario: Scenario, run: ScenarioRun, seconds: float = 0.0) -> Row:
    """Compare what a scenario left in table and ledger with what it promises.

    :param seconds: How long it took.
    """
    orders, charges = run.orders(), run.charges()
    expected = scenario.expected
    run.expect(len(orders) == expected.orders, f"{len(orders)} orders instead of {expected.orders}")
    run.expect(
        len(charges) == expected.charges, f"{len(charges)} charges instead of {expected.charges}"
    )
    wanted = sorted(expected.states)
    run.expect(states(orders) == wanted, f"orders are {states(orders)} instead of {wanted}")
    strays = sum(len(order.stray_charges) for order in orders)
    if strays != expected.stray_charges:
        told = sorted(charge for order in orders for charge in order.stray_charges)
        run.expect(False, f"stray charges {told} instead of {expected.stray_charges}")
    for deviation in _broken_invariants(orders, charges):
        run.expect(False, deviation)
    return Row(
        scenario=scenario,
        requests_sent=run.requests_sent,
        gave_up=run.gave_up,
        orders=len(orders),
        charges=len(charges),
        states=tuple(states(orders)),
        seconds=seconds,
        deviations=tuple(run.deviations),
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
        beside = order.stray_charges | order.refunded_charges
        stray = charge is not None and any(charge["charge_id"] in proof for proof in beside)
        if charge is not None and not stray and charge["amount"] != order.to_be_charged:
            found.append(f"{order.order_id} is {order.to_be_charged}, charged {charge['amount']}")
    return found
