"""Money that goes back: once for each refund that was asked for, and never more than was taken.

Most are asked for as an operator does on the command line, by the reconciler; some by the HTTP API.
"""

from __future__ import annotations

from functools import partial

from checkout_stack.local.local_checkout import FAULTS
from checkout_stack.local.scenarios.payments import SECONDS_BY_WEBHOOK
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


def _by_http(run: ScenarioRun) -> None:
    order_id = run.placed()
    run.wait_for_state(order_id, "PAID")
    token, keys = run.checkout.back_office.token(), [run.new_key(), run.new_key()]
    ask = partial(run.refund, token, order_id)
    part = partial(ask, amount=1200, reason="one mug was broken")
    answers = simultaneously(*[partial(part, key) for key in keys * 2])
    named = sorted(str(answer.body.get("refund_id")) for answer in answers)
    run.expect(named[0::2] == named[1::2] and len(set(named)) == 2, f"two keys are {named}")
    for answer in answers:
        run.expect_status(answer, 200, 202)
    run.expect_status(ask(keys[0], amount=1), 422)
    run.expect_status(ask(run.new_key(), amount=AMOUNT), 409)
    _wait_for_refunds(run, 2)
    _expect_refunded(run, [1200, 1200])
    listed = run.refunds(token, order_id)
    run.expect_status(listed, 200)
    states = [each.get("status") for each in listed.body.get("refunds", ())]
    run.expect(states == ["REFUNDED"] * 2, f"the list shows {states}")
    left = listed.body.get("refundable")
    run.expect(left == AMOUNT - 2400, f"{left} is left to refund")


def _buyer_asks(run: ScenarioRun) -> None:
    order_id = run.placed()
    run.wait_for_state(order_id, "PAID")
    for token, status in ((run.ada.id_token, 403), (None, 401)):
        run.expect_status(run.refund(token, order_id, run.new_key()), status)
        run.expect_status(run.refunds(token, order_id), status)
    _expect_refunded(run, [])


def _returned(run: ScenarioRun) -> None:
    order_id = run.placed(payment_method="pm_refund_failed_after_2.webhook")
    run.wait_for_state(order_id, "PAID")
    told = run.checkout.controls.refund(order_id, "rma-1", amount=1200)
    run.expect(told["done"] == "accepted", f"it is {told}")
    _wait_for_refunds(run, 1)
    _wait_for_refunds(run, 1, "NOT_REFUNDED", seconds=2 + SECONDS_BY_WEBHOOK)
    _expect_refunded(run, [])
    again = run.checkout.controls.refund(order_id, "rma-2", dry_run=True)
    amount = (again["refund"] or {}).get("amount")
    run.expect(amount == AMOUNT, f"{amount} is left to refund: {again}")


def _decided_later(run: ScenarioRun, *, payment_method: str, state: str) -> None:
    order_id = run.placed(payment_method=payment_method)
    run.wait_for_state(order_id, "PAID")
    told = run.checkout.controls.refund(order_id, "rma-1", amount=1200)
    _wait_for_refunds(run, 1, "PROCESSING")

    def is_learned() -> bool:
        return run.checkout.inspector.refund_states(run.customer) == [state]

    refund_id, what = told["refund"]["refund_id"], f"that it is {state}"
    run.look_up_until(refund_id, is_learned, what, SETTLES_WITHIN_SECONDS)
    _expect_refunded(run, [1200] if state == "REFUNDED" else [])


def _wait_for_refunds(
    run: ScenarioRun,
    number: int,
    state: str = "REFUNDED",
    *,
    seconds: float = SETTLES_WITHIN_SECONDS,
) -> None:
    def settled() -> bool:
        states = run.checkout.inspector.refund_states(run.customer)
        return len(states) == number and set(states) == {state}

    run.wait_until(settled, f"that {number} of its refunds is {state}", seconds)


def _expect_refunded(run: ScenarioRun, amounts: list[int]) -> None:
    refunds = run.checkout.inspector.refunds(run.customer)
    given = [refund["amount"] for refund in refunds if refund["status"] == "refunded"]
    run.expect(given == amounts, f"the ledger has refunds of {given} instead of {amounts}")


OF_A_SHOP = (
    Scenario(
        name="refund by HTTP",
        promise="The back office's token refunds; each key is one refund, whoever repeats it.",
        expected=ends_in("PAID"),
        act=_by_http,
    ),
    Scenario(
        name="refund, returned later",
        promise="A refund that succeeded and is returned by the bank can be given again.",
        expected=ends_in("PAID"),
        act=_returned,
    ),
    Scenario(
        name="refund, decided later",
        promise="A refund that is pending is looked up until it succeeds.",
        expected=ends_in("PAID"),
        act=partial(
            _decided_later,
            payment_method="pm_refund_pending_refunded_after_2",
            state="REFUNDED",
        ),
    ),
    Scenario(
        name="refund, fails later",
        promise="A refund that is pending and fails gives its amount back.",
        expected=ends_in("PAID"),
        act=partial(
            _decided_later,
            payment_method="pm_refund_pending_failed_after_2",
            state="NOT_REFUNDED",
        ),
    ),
    Scenario(
        name="a buyer asks for a refund",
        promise="A buyer's token, or none, gets no refund and sees none.",
        expected=ends_in("PAID"),
        act=_buyer_asks,
    ),
)

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
