"""What became of an order is announced, and the warehouse of the examples ships it once."""

from __future__ import annotations

from collections.abc import Collection

from checkout_stack.local.checkout_inspector import Shipment
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun, simultaneously

PAID = 10
"""Orders that the warehouse has to ship; each is sent twice."""
SECONDS_TO_SHIP = 20.0


def _announced(run: ScenarioRun) -> None:
    order_id = run.placed()
    run.wait_for_state(order_id, "PAID")
    shipment = _shipped(run, [order_id]).get(order_id)
    run.expect(
        shipment is not None and shipment.event_id == f"{order_id}#1",
        f"the warehouse was told {shipment and shipment.event_id}, not of the first outcome",
    )
    _nothing_is_owed(run)


def _shipped_once(run: ScenarioRun) -> None:
    paid = [_bought_twice(run) for _ in range(PAID)]
    declined = run.placed(payment_method="pm_declined")
    changed = run.placed(payment_method="pm_declined")
    for order_id in (declined, changed):
        run.wait_for_state(order_id, "DECLINED")
    run.pay_again(changed, payment_method="pm_ok.second-card", replaces=1)
    run.wait_for_state(changed, "PAID")
    paid.append(changed)
    _shipped(run, paid)

    _nothing_is_owed(run)
    shipments = _shipments(run)
    for order in run.orders():
        if order.order_id in shipments:
            run.checkout.controls.announce_again(order, shipments[order.order_id].event_id)
    marker = run.placed()
    # Behind the repetitions in the warehouse's queue, which one function works off.
    _shipped(run, [*paid, marker])
    run.expect(declined not in _shipments(run), "a declined order was shipped")
    for order_id, shipment in _shipments(run).items():
        run.expect(shipment.parcels == 1, f"{order_id} was shipped {shipment.parcels} times")


def _bought_twice(run: ScenarioRun) -> str:
    key, cart = run.new_key(), run.cart()
    answers = simultaneously(*[lambda: run.place_patiently(key, cart)] * 2)
    return str(answers[0].body.get("order_id"))


def _shipments(run: ScenarioRun) -> dict[str, Shipment]:
    """What the warehouse ships for this run's orders."""
    mine = {order.order_id for order in run.orders()}
    shipments = run.checkout.inspector.shipments()
    return {order_id: shipments[order_id] for order_id in mine & shipments.keys()}


def _shipped(run: ScenarioRun, order_ids: Collection[str]) -> dict[str, Shipment]:
    """Wait until these orders are shipped; a deviation if they are not."""
    run.wait_until(
        lambda: set(order_ids) <= _shipments(run).keys(),
        f"that all of {len(order_ids)} paid orders are shipped",
        SECONDS_TO_SHIP,
    )
    return _shipments(run)


def _nothing_is_owed(run: ScenarioRun) -> None:
    run.wait_until(
        lambda: not any(order.owed for order in run.orders()),
        "that every outcome is announced",
        SECONDS_TO_SHIP,
    )


SCENARIOS = (
    Scenario(
        name="announced",
        promise="A paid order is announced on the event bus, and nothing stays owed.",
        expected=ends_in("PAID"),
        act=_announced,
    ),
    Scenario(
        name="shipped once",
        promise="Each paid order is shipped once, however often it was sent and announced.",
        expected=ends_in("PAID", "DECLINED", orders=PAID + 3, charges=PAID + 2),
        act=_shipped_once,
    ),
)
