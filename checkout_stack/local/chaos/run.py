"""Load and disturbances, then quiet, then the count."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.chaos.card_tester import CardTester
from checkout_stack.local.chaos.comparison import unshipped, violations
from checkout_stack.local.chaos.disturbances import Disturber
from checkout_stack.local.chaos.load import Load
from checkout_stack.local.chaos.plan import plan_disturbances
from checkout_stack.local.checkout_inspector import SETTLED, StoredOrder
from checkout_stack.local.local_checkout import LocalCheckout

PROGRESS_SECONDS = 15.0
SECONDS_TO_SETTLE = 480.0
"""The reconciler takes an order for stuck after 168 s, and looks again after twice that."""
RECONCILE_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class ChaosVerdict:
    """What was done, what came of it, and what broke the promise."""

    seed: int
    figures: dict[str, int | float]
    disturbances: dict[str, int]
    states: dict[str, int]
    violations: list[str]

    @property
    def as_promised(self) -> bool:
        """Whether nothing broke it."""
        return not self.violations


def run_chaos(checkout: LocalCheckout, *, minutes: float, seed: int) -> ChaosVerdict:
    """Disturb for so many minutes, then wait until every order is settled and compare."""
    progress, load = checkout.run.progress, Load(checkout, seed)
    tester = CardTester(checkout, load.purchases)
    draw = random.Random(seed)  # noqa: S311 - chosen to be repeatable
    disturber = Disturber(checkout, load, draw)
    began = time.monotonic()
    try:
        load.start()
        tester.start()
        _disturb(disturber, minutes * 60, began)
        progress.say("no more disturbances: waiting until every order is settled")
        load.stop()
        tester.stop()
    except BaseException:
        load.abandon()
        tester.abandon()
        raise
    settling = time.monotonic()
    orders, charges, found = _settled(checkout)
    shipments = checkout.inspector.shipments()
    found += violations(load.purchases, orders, charges, shipments)
    found += load.violations() + tester.violations()
    letters = checkout.inspector.messages("dead-letter queue")
    if letters < disturber.garbage_sent:
        found.append(f"{disturber.garbage_sent} garbage messages, {letters} dead letters")
    figures: dict[str, int | float] = {
        **load.figures,
        **tester.figures,
        "orders": len(orders),
        "charges": len(charges),
        "shipments": len(shipments),
        "garbage messages": disturber.garbage_sent,
        "dead letters": letters,
        "dead letters that name an order": letters - disturber.garbage_sent,
        "seconds until settled": round(time.monotonic() - settling, 1),
        "seconds": round(time.monotonic() - began, 1),
    }
    return ChaosVerdict(
        seed=seed,
        figures=figures,
        disturbances=dict(disturber.done),
        states=dict(Counter(order.status for order in orders)),
        violations=found,
    )


def _disturb(disturber: Disturber, seconds: float, began: float) -> None:
    load, progress = disturber.load, disturber.checkout.run.progress
    planned = plan_disturbances(seconds, load.seed)
    said = began
    while time.monotonic() - began < seconds:
        passed = time.monotonic() - began
        if planned and planned[0].at_seconds <= passed:
            kind = planned.pop(0).kind
            progress.say(f"{passed:5.0f} s  {kind.value}")
            disturber.disturb(kind)
        if time.monotonic() - said >= PROGRESS_SECONDS:
            said = time.monotonic()
            progress.say(f"{passed:5.0f} s  {load.figures['purchases']} purchases")
        disturber.checkout.check_running()
        time.sleep(0.1)


def _settled(checkout: LocalCheckout) -> tuple[list[StoredOrder], list[dict[str, Any]], list[str]]:
    """Wait for every order and message; help as the schedule would, and say what is left.

    Direct debits were decided long ago, and are looked up now instead of minutes or hours later.
    """
    until = time.monotonic() + SECONDS_TO_SETTLE
    reconciled = said = time.monotonic()
    while True:
        orders = checkout.inspector.every_order()
        open_orders = sum(order.status not in SETTLED for order in orders)
        messages = checkout.inspector.messages("payment queue")
        waiting = unshipped(orders, checkout.inspector.shipments())
        waiting += sum(bool(order.owed) for order in orders)
        if not open_orders and not messages and not waiting:
            break
        now = time.monotonic()
        if now > until:
            break
        if now - said >= PROGRESS_SECONDS:
            said = now
            checkout.run.progress.say(
                f"{open_orders} orders not settled, {messages} messages on the queue, "
                f"{waiting} not announced or shipped"
            )
        if now - reconciled >= RECONCILE_SECONDS:
            reconciled = now
            for order in orders:
                if order.status == "PROCESSING":
                    checkout.controls.make_look_up_due(order.order_id)
            checkout.controls.reconcile()
        checkout.check_running()
        time.sleep(2.0)
    found = [f"{messages} messages stay on the payment queue"] if messages else []
    return orders, checkout.payments.charges(), found
