"""Money that is held first: captured once or not at all, and never after the hold has ended.

Rows that wait for the payment service, or for a hold's end, begin first and go on beside the
others.
"""

from __future__ import annotations

from functools import partial

from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.local_checkout import HOLDS
from checkout_stack.local.scenarios.cancellations import (
    SETTLES_WITHIN_SECONDS,
    expect_paid_or_cancelled,
)
from checkout_stack.local.scenarios.scenario import Scenario, ends_in
from checkout_stack.local.scenarios.scenario_run import ScenarioRun, simultaneously

PART = 3000
RACES = 6
HOLD_SECONDS = 3


def _placed(run: ScenarioRun, *, payment_method: str) -> None:
    run.notes["order"] = run.placed(payment_method=payment_method)


def _held(run: ScenarioRun) -> str:
    order_id = str(run.notes["order"])
    run.wait_for_state(order_id, "AUTHORIZED")
    return order_id


def _capture_answer_lost(run: ScenarioRun) -> None:
    order_id = _held(run)
    for token, status in ((run.ada.id_token, 403), (None, 401)):
        run.expect_status(run.capture(token, order_id), status)
    run.expect(not run.charges(), "it was captured before anybody asked who may")
    ask = partial(run.capture, run.checkout.back_office.token(), order_id)
    answers = simultaneously(*[partial(ask, amount=PART)] * 2)
    for answer in answers:
        run.expect_status(answer, 200, 202)
    replays = sum(answer.is_replay for answer in answers)
    run.expect(replays == 1, f"{replays} of two answers are marked as a replay, not one")
    run.expect_status(ask(), 409)
    run.wait_for_state(order_id, "PAID", seconds=SETTLES_WITHIN_SECONDS)
    run.expect_claims(order_id, 3)  # the hold, the capture, and the look-up that found it
    taken = [charge["amount"] for charge in run.charges()]
    run.expect(taken == [PART], f"the ledger has captures of {taken} instead of {[PART]}")


def _lapsed(run: ScenarioRun) -> None:
    order_id = _held(run)

    def is_cancelled() -> bool:
        order = run.order(order_id)
        return order is not None and order.status == "CANCELLED"

    what = "that its hold has lapsed"
    run.look_up_until(order_id, is_cancelled, what, SETTLES_WITHIN_SECONDS)
    run.expect_status(run.capture(run.checkout.back_office.token(), order_id), 409)


def _against_the_void(run: ScenarioRun) -> None:
    token = run.checkout.back_office.token()
    _placed(run, payment_method="pm_ok")
    voided = _held(run)
    run.expect_status(run.cancel(voided), 200, 202)
    run.expect_status(run.capture(token, voided), 409)

    customer = f"{run.customer}_races"
    cart = {**run.cart(), "customer": customer}
    held = [str(run.place_patiently(run.new_key(), cart).body["order_id"]) for _ in range(RACES)]
    orders = run.checkout.inspector.orders

    def are_held() -> bool:
        return [order.status for order in orders(customer)] == ["AUTHORIZED"] * RACES

    run.wait_until(are_held, "that each is held", SETTLES_WITHIN_SECONDS)
    for order_id in held:
        asked = simultaneously(partial(run.capture, token, order_id), partial(run.cancel, order_id))
        accepted = [answer.status for answer in asked if answer.status != 409]
        run.expect(accepted in ([200], [202]), f"{_told(asked)}: not exactly one is accepted")
    expect_paid_or_cancelled(run, customer, RACES)


def _told(answers: list[Answer]) -> str:
    return " and ".join(str(answer.status) for answer in answers)


SCENARIOS = (
    Scenario(
        name="capture, answer lost",
        promise="Held money is captured once, by the back office, also if the answer is lost.",
        expected=ends_in("PAID"),
        act=partial(_placed, payment_method="pm_capture_error_500_after_capture_once"),
        afterwards=_capture_answer_lost,
        on=HOLDS,
        settles_within_seconds=SETTLES_WITHIN_SECONDS,
    ),
    Scenario(
        name="hold lapsed",
        promise="An order whose hold ended is CANCELLED by the reconciler and never paid.",
        expected=ends_in("CANCELLED", charges=0),
        act=partial(_placed, payment_method=f"pm_hold_lapses_after_{HOLD_SECONDS}"),
        afterwards=_lapsed,
        on=HOLDS,
    ),
    Scenario(
        name="capture against void",
        promise="Of a capture and a cancellation at the same moment exactly one wins.",
        expected=ends_in("CANCELLED", charges=0),
        act=_against_the_void,
        on=HOLDS,
        settles_within_seconds=SETTLES_WITHIN_SECONDS,
    ),
)
