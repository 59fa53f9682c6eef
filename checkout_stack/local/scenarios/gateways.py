"""Answers that say nothing about the money, or say it late: nobody is charged twice meanwhile.

All of these wait for leases or for the payment service, so they begin first and go on beside the
other rows. They are on the checkout whose queue nobody holds up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun

SECOND_CARD = "pm_ok.second-card"
SECONDS_TO_CHARGE = 30.0
SECONDS_TO_FIND = 60.0
SECONDS_UNTIL_FREE = 120.0
"""In which a buyer may use another card, where the payment service does not say what it did."""
DEBIT_SECONDS = 8


def _placed(run: ScenarioRun, *, payment_method: str) -> None:
    run.notes["order"] = run.placed(payment_method=payment_method)


def _order_of(run: ScenarioRun) -> str:
    return str(run.notes["order"])


def _second_card_is_refused(run: ScenarioRun) -> None:
    answer = run.pay_again(_order_of(run), payment_method=SECOND_CARD, replaces=1)
    run.expect_status(answer, 409)


def _second_card_pays(run: ScenarioRun) -> None:
    run.expect(not run.charges(), "it was charged before the second card was used")
    answer = run.pay_again(_order_of(run), payment_method=SECOND_CARD, replaces=1)
    run.expect_status(answer, 200, 202)
    run.wait_for_state(_order_of(run), "PAID", seconds=SECONDS_TO_CHARGE)
    attempts = [order.attempt for order in run.orders()]
    run.expect(attempts == [2], f"the order is on attempt {attempts}, not 2")


def _wait_for_charge(run: ScenarioRun) -> None:
    run.wait_until(lambda: len(run.charges()) == 1, "that it was charged", SECONDS_TO_CHARGE)


def _found(run: ScenarioRun, *, claims: int) -> None:
    """Captured, whatever was answered: found by asking, while another card is refused."""
    _wait_for_charge(run)
    _second_card_is_refused(run)
    run.wait_for_state(_order_of(run), "PAID", seconds=SECONDS_TO_FIND)
    run.expect_claims(_order_of(run), claims)
    _second_card_is_refused(run)


def _freed(run: ScenarioRun, *, claims: int) -> None:
    """Not captured: the order is declined in time, and another card pays."""
    run.wait_for_state(_order_of(run), "DECLINED", seconds=SECONDS_UNTIL_FREE)
    run.expect_claims(_order_of(run), claims)
    _second_card_pays(run)


def _debited(run: ScenarioRun) -> None:
    """Accepted, and decided later: until then no other card, then what the service decided."""
    _wait_while_processing(run)
    _wait_for_charge(run)
    _look_up_until(run, "PAID")


def _bounced(run: ScenarioRun) -> None:
    _wait_while_processing(run)
    _look_up_until(run, "DECLINED")
    _second_card_pays(run)


def _wait_while_processing(run: ScenarioRun) -> None:
    run.wait_for_state(_order_of(run), "PROCESSING", seconds=SECONDS_TO_FIND)
    _second_card_is_refused(run)
    due = time.monotonic() + DEBIT_SECONDS
    run.wait_until(lambda: time.monotonic() > due, "that the debit is decided", SECONDS_TO_FIND)


def _look_up_until(run: ScenarioRun, status: str) -> None:
    """The reconciler's next look-up comes minutes later; here it is due at once."""
    order_id, controls = _order_of(run), run.checkout.controls

    def looked_up() -> bool:
        if controls.make_look_up_due(order_id):
            controls.reconcile()
        order = run.order(order_id)
        return order is not None and order.status == status

    run.wait_until(looked_up, f"that the order is {status}", SECONDS_TO_FIND)


def _row(
    name: str, promise: str, payment_method: str, then: Callable[[ScenarioRun], None]
) -> Scenario:
    return Scenario(
        name=name,
        promise=promise,
        expected=ends_in("PAID"),
        act=partial(_placed, payment_method=payment_method),
        afterwards=then,
    )


SCENARIOS = (
    *(
        _row(
            f"{status} for a capture",
            f"A bare {status} is no word about the money: found, and no second card is charged.",
            f"pm_error_{status}_after_capture",
            partial(_found, claims=2),
        )
        for status in (402, 404, 499)
    ),
    _row(
        "402 page for a look-up",
        "A gateway's page about a lost capture is no decline: it is asked again, and found.",
        "pm_lookup_html_402_after_capture_2times",
        partial(_found, claims=2),
    ),
    _row(
        "refused without a word",
        "Who is refused and not told why may use another card within two minutes.",
        "pm_refused_422",
        partial(_freed, claims=2),
    ),
    _row(
        "not charged",
        "A request that was refused in words, before anything was done, frees the buyer at once.",
        "pm_not_charged",
        partial(_freed, claims=1),
    ),
    _row(
        "debit, captured",
        "A direct debit is PROCESSING, refuses other cards, and is PAID once the service says so.",
        f"pm_processing_captured_after_{DEBIT_SECONDS}",
        _debited,
    ),
    _row(
        "debit, bounced",
        "A direct debit that bounces days later frees the buyer for another card.",
        f"pm_processing_declined_after_{DEBIT_SECONDS}",
        _bounced,
    ),
)
