"""Load and disturbances, then quiet, then the count."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass

from checkout_stack.local.chaos.card_tester import CardTester
from checkout_stack.local.chaos.comparison import unshipped, violations
from checkout_stack.local.chaos.disturbances import Disturber
from checkout_stack.local.chaos.load import Load
from checkout_stack.local.chaos.plan import plan_disturbances
from checkout_stack.local.chaos.refund_comparison import ENDS, refund_violations
from checkout_stack.local.chaos.refunds import BackOfficeLoad
from checkout_stack.local.checkout_inspector import SETTLED, StoredOrder, StoredRefund
from checkout_stack.local.local_checkout import LocalCheckout

PROGRESS_SECONDS = 15.0
SECONDS_TO_SETTLE = 480.0
"""The reconciler takes an order for stuck after 168 s, and looks again after twice that."""
RECONCILE_SECONDS = 30.0
REFUNDS_SETTLED = ENDS | {"NEEDS_REVIEW"}
"""Nothing more is waited for; one that needs an operator breaks the promise."""


@dataclass(frozen=True, kw_only=True)
class ChaosVerdict:
    """What was done, what came of it, and what broke the promise."""

    seed: int
    figures: dict[str, int | float]
    disturbances: dict[str, int]
    states: dict[str, int]
    refund_states: dict[str, int]
    violations: list[str]

    @property
    def as_promised(self) -> bool:
        """Whether nothing broke it."""
        return not self.violations


def run_chaos(checkout: LocalCheckout, *, minutes: float, seed: int) -> ChaosVerdict:
    """Disturb for so many minutes, then wait until every order is settled and compare."""
    progress, back_office = checkout.run.progress, BackOfficeLoad(checkout)
    load = Load(checkout, seed, back_office)
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
    orders, refunds, found = _settled(checkout)
    charges, made = checkout.payments.charges(), checkout.payments.refunds()
    shipments = checkout.inspector.shipments()
    found += violations(load.purchases, orders, charges, shipments)
    found += load.violations() + tester.violations()
    found += refund_violations(back_office.asked, refunds, made, charges, orders)
    letters = checkout.inspector.messages("dead-letter queue")
    if letters < disturber.garbage_sent:
        found.append(f"{disturber.garbage_sent} garbage messages, {letters} dead letters")
    figures: dict[str, int | float] = {
        **load.figures,
        **back_office.figures,
        **tester.figures,
        "orders": len(orders),
        "charges": len(charges),
        "refunds": len(refunds),
        "refunds that went back": sum(each["status"] == "refunded" for each in made),
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
        refund_states=dict(Counter(f"refund {refund.status}" for refund in refunds)),
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


def _settled(checkout: LocalCheckout) -> tuple[list[StoredOrder], list[StoredRefund], list[str]]:
    """Wait for every order, refund and message; help as the schedule would, and say what is left.

    What is processed for days was decided long ago, and is looked up now instead of hours later.
    """
    until = time.monotonic() + SECONDS_TO_SETTLE
    reconciled = said = time.monotonic()
    while True:
        orders, refunds = checkout.inspector.every_order(), checkout.inspector.every_refund()
        open_refunds = sum(refund.status not in REFUNDS_SETTLED for refund in refunds)
        open_orders = sum(order.status not in SETTLED for order in orders)
        messages = checkout.inspector.messages("payment queue")
        waiting = unshipped(orders, checkout.inspector.shipments())
        waiting += sum(bool(order.owed) for order in orders)
        if not open_orders and not open_refunds and not messages and not waiting:
            break
        now = time.monotonic()
        if now > until:
            break
        if now - said >= PROGRESS_SECONDS:
            said = now
            checkout.run.progress.say(
                f"{open_orders} orders and {open_refunds} refunds not settled, "
                f"{messages} messages on the queue, {waiting} not announced or shipped"
            )
        if now - reconciled >= RECONCILE_SECONDS:
            reconciled = now
            _make_look_ups_due(checkout, orders, refunds)
            checkout.controls.reconcile()
        checkout.check_running()
        time.sleep(2.0)
    found = [f"{messages} messages stay on the payment queue"] if messages else []
    return orders, refunds, found


def _make_look_ups_due(
    checkout: LocalCheckout, orders: list[StoredOrder], refunds: list[StoredRefund]
) -> None:
    processed = [order.order_id for order in orders if order.status == "PROCESSING"]
    processed += [refund.refund_id for refund in refunds if refund.status == "PROCESSING"]
    for each in processed:
        checkout.controls.make_look_up_due(each)
