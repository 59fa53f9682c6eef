"""Money that goes back: once for each refund that was asked for, and never more than was taken.

They are asked for as an operator does on the command line, by the reconciler.
"""

from __future__ import annotations

from functools import partial

from checkout_stack.local.local_checkout import FAULTS
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import AMOUNT, ScenarioRun, simultaneously

SETTLES_WITHIN_SECONDS = 40.0


def _answer_lost(run: ScenarioRun) -> None:
    order_id = run.placed(payment_method="pm_refund_error_500_after_capture_once")
    run.wait_for_state(order_id, "PAID")
    for _ in range(2):
        told = run.checkout.controls.refund(order_id, "rma-1", amount=1200)
        run.expect(told["done"] in ("accepted", "asked for before"), f"it is {told}")
    _wait_for_refunds(run, 1)
    _expect_refunded(run, [1200])


def _two_at_once(run: ScenarioRun) -> None:
    order_id = run.placed()
    run.wait_for_state(order_id, "PAID")
    asked = partial(run.checkout.controls.refund, order_id)
    answers = simultaneously(*[partial(asked, key) for key in ("rma-1", "rma-2", "rma-1", "rma-2")])
    done = sorted({answer["done"] for answer in answers})
    run.expect("accepted" in done and "refused" in done, f"two for all that is left: {done}")
    for key in ("rma-3", "rma-4"):
        told = asked(key, amount=1)
        run.expect(told["done"] == "refused", f"more than was captured is {told['done']}")
    _wait_for_refunds(run, 1)
    _expect_refunded(run, [AMOUNT])


def _stray(run: ScenarioRun) -> None:
    order_id = run.placed(payment_method="pm_wrong_amount")
    run.wait_for_state(order_id, "NEEDS_REVIEW")
    [charge] = run.charges()
    told = run.checkout.controls.refund(order_id, "rma-1", charge_id=charge["charge_id"])
    run.expect(told["done"] == "accepted", f"it is {told}")
    run.wait_for_state(order_id, "DECLINED", seconds=SETTLES_WITHIN_SECONDS)
    _expect_refunded(run, [charge["amount"]])


def _wait_for_refunds(run: ScenarioRun, number: int) -> None:
    def settled() -> bool:
        states = run.checkout.inspector.refund_states(run.customer)
        return len(states) == number and set(states) == {"REFUNDED"}

    run.wait_until(settled, f"{number} of its refunds is REFUNDED", SETTLES_WITHIN_SECONDS)


def _expect_refunded(run: ScenarioRun, amounts: list[int]) -> None:
    given = [refund["amount"] for refund in run.checkout.inspector.refunds(run.customer)]
    run.expect(given == amounts, f"the ledger has refunds of {given} instead of {amounts}")


SCENARIOS = (
    Scenario(
        name="refund, answer lost",
        promise="A refund whose answer is lost is found, however often it is asked for.",
        expected=ends_in("PAID"),
        act=_answer_lost,
        on=FAULTS,
    ),
    Scenario(
        name="two refunds at once",
        promise="Refunds at the same instant never exceed what was captured.",
        expected=ends_in("PAID"),
        act=_two_at_once,
        on=FAULTS,
    ),
    Scenario(
        name="stray refunded",
        promise="A charge that was not asked for goes back by its own id and leaves the review.",
        expected=ends_in("DECLINED"),
        act=_stray,
        on=FAULTS,
    ),
)
