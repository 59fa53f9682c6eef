"""Load and disturbances, then quiet, then the count."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from checkout_stack.local.chaos.back_office import BackOfficeLoad
from checkout_stack.local.chaos.capture_comparison import capture_violations
from checkout_stack.local.chaos.card_tester import CardTester
from checkout_stack.local.chaos.comparison import violations
from checkout_stack.local.chaos.disturbances import Disturber
from checkout_stack.local.chaos.load import SHOPPERS, Load
from checkout_stack.local.chaos.plan import plan_disturbances
from checkout_stack.local.chaos.refund_comparison import refund_violations
from checkout_stack.local.chaos.settling import PROGRESS_SECONDS, Seen, settle
from checkout_stack.local.local_checkout import Deployment, LocalCheckout
from checkout_stack.local.payment_service_process import PaymentControls


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


def run_chaos(
    checkouts: Mapping[Deployment, LocalCheckout], *, minutes: float, seed: int
) -> ChaosVerdict:
    """Disturb for so many minutes, then wait until every order is settled and compare.

    :param checkouts: Those of ``ON_TRIAL``; at one payment service.
    """
    loads = [
        Load(
            checkout,
            seed,
            BackOfficeLoad(checkout),
            shoppers=SHOPPERS // len(checkouts),
            holds=deployment.captures_later,
        )
        for deployment, checkout in checkouts.items()
    ]
    tester = CardTester(loads[0].checkout, loads[0].purchases)
    draw = random.Random(seed)  # noqa: S311 - chosen to be repeatable
    disturber = Disturber(loads, draw)
    people: list[Load | CardTester] = [*loads, tester]
    began = time.monotonic()
    try:
        for each in people:
            each.start()
        _disturb(disturber, seed, minutes * 60, began)
        loads[0].checkout.run.progress.say(
            "no more disturbances: waiting until every order is settled"
        )
        for each in people:
            each.stop()
    except BaseException:
        for each in people:
            each.abandon()
        raise
    settling = time.monotonic()
    seen = settle([load.checkout for load in loads])
    seconds = {
        "seconds until settled": round(time.monotonic() - settling, 1),
        "seconds": round(time.monotonic() - began, 1),
    }
    return _judged(loads, tester, disturber, seen, seed, seconds)


def _judged(
    loads: list[Load],
    tester: CardTester,
    disturber: Disturber,
    seen: list[Seen],
    seed: int,
    seconds: Mapping[str, float],
) -> ChaosVerdict:
    """Hold the payment service's ledger against the tables, and against what was told."""
    payments: PaymentControls = loads[0].checkout.payments
    charges, made, holds = payments.charges(), payments.refunds(), payments.holds()
    orders = [order for each in seen for order in each.orders]
    refunds = [refund for each in seen for refund in each.refunds]
    shipments = {name: each for part in seen for name, each in part.shipments.items()}
    offices = [load.back_office for load in loads]
    held = [
        order for load, each in zip(loads, seen, strict=True) if load.holds for order in each.orders
    ]
    captures = [each for office in offices for each in office.captures]
    found = violations(
        [each for load in loads for each in load.purchases], orders, charges, shipments
    )
    asked = [each for office in offices for each in office.asked]
    found += refund_violations(asked, refunds, made, charges, orders)
    found += capture_violations(captures, holds, charges, held)
    people: list[Load | CardTester] = [*loads, tester]
    found += [violation for each in people for violation in each.violations()]
    messages = sum(each.messages for each in seen)
    found += [f"{messages} messages stay on the payment queue"] if messages else []
    letters = sum(load.checkout.inspector.messages("dead-letter queue") for load in loads)
    if letters < disturber.garbage_sent:
        found.append(f"{disturber.garbage_sent} garbage messages, {letters} dead letters")
    figures = Counter[str]()
    for counted in (*people, *offices):
        figures.update(counted.figures)
    became = Counter(hold["status"] for hold in holds)
    return ChaosVerdict(
        seed=seed,
        figures={
            **figures,
            "orders": len(orders),
            "charges": len(charges),
            "holds": len(holds),
            "holds captured": became["captured"],
            "holds let go or lapsed": became["cancelled"],
            "refunds": len(refunds),
            "refunds that went back": sum(each["status"] == "refunded" for each in made),
            "refunds that were returned": sum(each["status"] == "failed" for each in made),
            "shipments": len(shipments),
            "garbage messages": disturber.garbage_sent,
            "dead letters": letters,
            "dead letters that name an order": letters - disturber.garbage_sent,
            **seconds,
        },
        disturbances=dict(disturber.done),
        states=dict(Counter(order.status for order in orders)),
        refund_states=dict(Counter(f"refund {refund.status}" for refund in refunds)),
        violations=found,
    )


def _disturb(disturber: Disturber, seed: int, seconds: float, began: float) -> None:
    progress = disturber.loads[0].checkout.run.progress
    planned = plan_disturbances(seconds, seed)
    said = began
    while time.monotonic() - began < seconds:
        passed = time.monotonic() - began
        if planned and planned[0].at_seconds <= passed:
            kind = planned.pop(0).kind
            progress.say(f"{passed:5.0f} s  {kind.value}")
            disturber.disturb(kind)
        if time.monotonic() - said >= PROGRESS_SECONDS:
            said = time.monotonic()
            bought = sum(load.figures["purchases"] for load in disturber.loads)
            progress.say(f"{passed:5.0f} s  {bought} purchases")
        for load in disturber.loads:
            load.checkout.check_running()
        time.sleep(0.1)
