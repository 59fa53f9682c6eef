"""Answers that say nothing about the money, or say it late: nobody is charged twice meanwhile.

All of these wait for leases or for the payment service, so they begin first and go on beside the
other rows. They are on the checkout whose queue nobody holds up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import Visit

SECOND_CARD = "pm_ok.second-card"
SECONDS_TO_CHARGE = 30.0
SECONDS_TO_FIND = 60.0
SECONDS_UNTIL_FREE = 120.0
"""In which a buyer may use another card, where the payment service does not say what it did."""
DEBIT_SECONDS = 8


def _placed(visit: Visit, *, payment_method: str) -> None:
    visit.notes["order"] = visit.placed(payment_method=payment_method)


def _order_of(visit: Visit) -> str:
    return str(visit.notes["order"])


def _second_card_is_refused(visit: Visit) -> None:
    answer = visit.pay_again(_order_of(visit), payment_method=SECOND_CARD, replaces=1)
    visit.expect_status(answer, 409)


def _second_card_pays(visit: Visit) -> None:
    visit.expect(not visit.charges(), "it was charged before the second card was used")
    answer = visit.pay_again(_order_of(visit), payment_method=SECOND_CARD, replaces=1)
    visit.expect_status(answer, 200, 202)
    visit.wait_for_state(_order_of(visit), "PAID", seconds=SECONDS_TO_CHARGE)
    attempts = [order.attempt for order in visit.orders()]
    visit.expect(attempts == [2], f"the order is on attempt {attempts}, not 2")


def _wait_for_charge(visit: Visit) -> None:
    visit.wait_until(lambda: len(visit.charges()) == 1, "that it was charged", SECONDS_TO_CHARGE)


def _found(visit: Visit, *, claims: int) -> None:
    """Captured, whatever was answered: found by asking, while another card is refused."""
    _wait_for_charge(visit)
    _second_card_is_refused(visit)
    visit.wait_for_state(_order_of(visit), "PAID", seconds=SECONDS_TO_FIND)
    visit.expect_claims(_order_of(visit), claims)
    _second_card_is_refused(visit)


def _freed(visit: Visit, *, claims: int) -> None:
    """Not captured: the order is declined in time, and another card pays."""
    visit.wait_for_state(_order_of(visit), "DECLINED", seconds=SECONDS_UNTIL_FREE)
    visit.expect_claims(_order_of(visit), claims)
    _second_card_pays(visit)


def _debited(visit: Visit) -> None:
    """Accepted, and decided later: until then no other card, then what the service decided."""
    _wait_while_processing(visit)
    _wait_for_charge(visit)
    _look_up_until(visit, "PAID")


def _bounced(visit: Visit) -> None:
    _wait_while_processing(visit)
    _look_up_until(visit, "DECLINED")
    _second_card_pays(visit)


def _wait_while_processing(visit: Visit) -> None:
    visit.wait_for_state(_order_of(visit), "PROCESSING", seconds=SECONDS_TO_FIND)
    _second_card_is_refused(visit)
    due = time.monotonic() + DEBIT_SECONDS
    visit.wait_until(lambda: time.monotonic() > due, "that the debit is decided", SECONDS_TO_FIND)


def _look_up_until(visit: Visit, status: str) -> None:
    """The reconciler's next look-up comes minutes later; here it is due at once."""
    order_id, operations = _order_of(visit), visit.checkout.operations

    def looked_up() -> bool:
        if operations.make_look_up_due(order_id):
            operations.reconcile()
        order = visit.order(order_id)
        return order is not None and order.status == status

    visit.wait_until(looked_up, f"that the order is {status}", SECONDS_TO_FIND)


def _row(name: str, promise: str, payment_method: str, then: Callable[[Visit], None]) -> Scenario:
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
