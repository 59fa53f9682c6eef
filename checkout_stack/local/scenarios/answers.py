"""Payment services that answer late, wrongly, or not what was asked; each captures once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from checkout_stack.local.local_checkout import FAULTS
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun


def _paid_in_the_end(run: ScenarioRun, *, payment_method: str, claims: int) -> None:
    order_id = run.placed(payment_method=payment_method)
    run.wait_for_state(order_id, "PAID")
    run.expect_claims(order_id, claims)


def _paid(payment_method: str, *, claims: int = 2) -> Callable[[ScenarioRun], None]:
    """One order that is PAID, and not by the first answer."""
    return partial(_paid_in_the_end, payment_method=payment_method, claims=claims)


def _wrong_amount(run: ScenarioRun) -> None:
    run.wait_for_state(run.placed(payment_method="pm_wrong_amount"), "NEEDS_REVIEW")


def _buyer_acts(run: ScenarioRun) -> None:
    order_id = run.placed(payment_method="pm_action_required")
    run.wait_for_state(order_id, "ACTION_REQUIRED")
    run.expect(not run.charges(), "it charged before the buyer acted")
    run.checkout.payments.buyer_acts(f"{order_id}:1")
    run.expect_status(run.resume(order_id, attempt=1), 200, 202)
    run.wait_for_state(order_id, "PAID")


def _row(name: str, promise: str, act: Callable[[ScenarioRun], None]) -> Scenario:
    return Scenario(name=name, promise=promise, expected=ends_in("PAID"), act=act, on=FAULTS)


SCENARIOS = (
    _row(
        "5xx, then recovery",
        "An error is no decline: the order is tried again under its key.",
        _paid("pm_error_503_2times", claims=3),
    ),
    _row(
        "late answer",
        "A capture after the timeout is found, and not made again.",
        _paid("pm_slow_1600ms"),
    ),
    _row(
        "cut off",
        "Half an answer is no answer: the capture is looked up.",
        _paid("pm_unreadable_after_capture_once"),
    ),
    _row(
        "redirected",
        "A redirect is not followed: where it points, it would be charged again.",
        _paid("pm_redirect_after_capture_once"),
    ),
    *(
        _row(
            f"answer {status}",
            f"A {status} says nothing about the money: the capture is looked up.",
            _paid(f"pm_error_{status}_after_capture_once"),
        )
        for status in (202, 409, 422, 429)
    ),
    _row(
        "forgets keys",
        "Where a repeated key would charge again, a look-up comes first.",
        _paid("pm_forgets_key_hang_after_capture_once"),
    ),
    Scenario(
        name="wrong amount",
        promise="A capture that is not what was ordered is kept as proof, for an operator.",
        expected=ends_in("NEEDS_REVIEW", stray_charges=1),
        act=_wrong_amount,
        on=FAULTS,
    ),
    _row(
        "3-D Secure",
        "The buyer acts and comes back: the payment goes on.",
        _buyer_acts,
    ),
)
