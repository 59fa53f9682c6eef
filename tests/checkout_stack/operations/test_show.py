"""``checkout orders show`` never says that all is well against what the payment service says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment, denied

DECLINED: dict[str, Any] = {"status": {"S": "DECLINED"}}
LIMIT = {"ApiStartPaymentAttemptFunction0A1B2C3D": {"MAX_PAYMENT_ATTEMPTS": "3"}}


def says(*attempts: str, **more: Any) -> Any:
    """A reconciler to which the payment service says this of each attempt."""
    asked = [
        {
            "attempt": number,
            "service": "http:pay",
            "reference": f"ord:{number}",
            "payment_service": said,
            "captured": None,
        }
        for number, said in enumerate(attempts, start=1)
    ]
    known = {"contradiction": None, "what_to_do": None, "payment_service": attempts[-1], **more}
    return lambda _: {"orders": [{**known, "attempts": asked}]}


def test_a_declined_order_that_was_captured_contradicts(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(**DECLINED)
    deployment.reconciler = says(
        "captured 4200 EUR as ch_1",
        contradiction="the table says DECLINED, and attempt 1 was captured as ch_1",
        what_to_do="run the reconciler",
    )
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 1
    assert "CONTRADICTION: the table says DECLINED, and attempt 1 was captured" in result.output
    assert "to do: run the reconciler" in result.output
    assert "the buyer may pay by other means" not in result.output


def test_every_attempt_is_told(deployment: Deployment, run_on: Run) -> None:
    order_id = deployment.store(status={"S": "PAID"}, attempt={"N": "2"}, charge_id={"S": "ch_2"})
    deployment.reconciler = says("declined: lost_card", "captured 4200 EUR as ch_2")
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 0, result.output
    assert "attempt 1 (http:pay, as ord:1): declined: lost_card" in result.output
    assert "attempt 2 (http:pay, as ord:2): captured 4200 EUR as ch_2" in result.output
    assert "to do: nothing: the order is paid" in result.output


def test_a_refund_that_needs_an_operator_is_not_nothing(
    deployment: Deployment, run_on: Run
) -> None:
    ids = ["op_" + letter * 52 for letter in "abc"]
    order_id = deployment.store(status={"S": "PAID"}, refunds={"SS": ids})
    for refund_id, status in zip(ids, ("REFUNDED", "NEEDS_REVIEW"), strict=False):
        refund = {
            "pk": {"S": refund_id},
            "status": {"S": status},
            "amount": {"N": "500"},
            "currency": {"S": "EUR"},
            "charge_id": {"S": "ch_1"},
        }
        if status == "NEEDS_REVIEW":
            refund["review_reason"] = {"S": "key_retention_over"}
        deployment.items[refund_id] = refund
    deployment.reconciler = says("captured 4200 EUR as ch_1")
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 1
    assert f"    {ids[0]}: REFUNDED, 500 EUR of ch_1\n" in result.output
    assert f"{ids[1]}: NEEDS_REVIEW, 500 EUR of ch_1 (key_retention_over)" in result.output
    assert f"to do: {ids[1]} needs an operator (key_retention_over): " in result.output
    assert f"`checkout orders settle-refund {ids[1]} --refunded --why …`" in result.output
    assert "The order: nothing: the order is paid" in result.output
    told = json.loads(run_on("orders", "show", order_id, "--json").stdout)
    assert [each["status"] for each in told["refunds"]] == ["REFUNDED", "NEEDS_REVIEW", None]


def test_a_capture_that_was_refused_is_said(deployment: Deployment, run_on: Run) -> None:
    refused = {"S": "amount_too_small"}
    order_id = deployment.store(status={"S": "AUTHORIZED"}, attempt_1_capture_refused_as=refused)
    deployment.reconciler = says("holds 4200 EUR as hold_1, not captured")
    result = run_on("orders", "show", order_id)
    assert "refused to capture what it holds (amount_too_small): see there why" in result.output


@pytest.mark.parametrize("status", ["PENDING", "UNKNOWN", "DECLINED", "PAID", "PROCESSING"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_look_up_that_may_not_be_made_is_said(
    status: str, code: str, deployment: Deployment, run_on: Run
) -> None:
    def refuses(_event: Any) -> dict[str, Any]:
        raise denied("Invoke", code)

    order_id = deployment.store(status={"S": status})
    deployment.reconciler = refuses
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 1
    assert f"the look-up is not complete: Invoke: {code}" in result.output
    assert "to do: mend the look-up and ask again. By the table alone: " in result.output


def test_functions_that_ask_about_one_attempt_only_are_told(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(status={"S": "PAID"})
    known = {"payment_service": "captured 4200 EUR as ch_1"}
    deployment.reconciler = lambda _: {"orders": [known]}
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 1
    assert "payment service: captured 4200 EUR as ch_1" in result.output
    assert "older than this command" in result.output


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        ("PAID", "gave no clear answer: Unknown", 1),
        ("PAID", "is being processed", 1),
        ("DECLINED", "waits for the buyer to act", 1),
        ("PAID", "cannot be asked", 0),
    ],
)
def test_a_settled_order_that_is_not_confirmed_is_by_the_table_alone(
    status: str, said: str, code: int, deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(status={"S": status})
    deployment.reconciler = says(said)
    result = run_on("orders", "show", order_id)

    assert result.exit_code == code
    assert "to do: by the table alone, as the payment service does not confirm" in result.output


@pytest.mark.parametrize("said", ["declined: lost_card", "cancelled", "knows nothing of it"])
def test_a_declined_order_is_confirmed(said: str, deployment: Deployment, run_on: Run) -> None:
    order_id = deployment.store(**DECLINED)
    deployment.reconciler = says(said)
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 0
    assert "to do: nothing: the buyer may pay" in result.output


def test_an_order_that_an_earlier_attempt_paid_is_confirmed(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(status={"S": "PAID"}, attempt={"N": "2"})
    deployment.reconciler = says("captured 4200 EUR as ch_1", "knows nothing of it")

    assert run_on("orders", "show", order_id).exit_code == 0


def test_an_open_order_about_which_nothing_is_clear_is_on_its_way(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(status={"S": "UNKNOWN"})
    deployment.reconciler = says("gave no clear answer: Unknown")
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 0
    assert "to do: nothing for minutes" in result.output


@pytest.mark.parametrize(
    ("functions", "attempt", "told"),
    [
        (LIMIT, 1, "the buyer may pay by other means, 2 times at most"),
        (LIMIT, 3, "all 3 payment attempts are used; the buyer may place a new order"),
        ({}, 1, "the buyer may pay by other means, unless all payment attempts are used"),
    ],
    ids=["attempts left", "all used", "no function tells"],
)
def test_a_declined_order_tells_whether_the_buyer_may_pay_again(
    functions: dict[str, dict[str, str]],
    attempt: int,
    told: str,
    deployment: Deployment,
    run_on: Run,
) -> None:
    deployment.functions = {
        "OthersStartPaymentAttemptFunction0A1B2C3D": {
            "MAX_PAYMENT_ATTEMPTS": "9",
            "ORDER_TABLE_NAME": "other orders",
        },
        **{name: {**each, "ORDER_TABLE_NAME": "orders"} for name, each in functions.items()},
    }
    order_id = deployment.store(**DECLINED, attempt={"N": str(attempt)})
    deployment.reconciler = says(*["declined: lost_card"] * attempt)
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 0
    assert told in result.output
    assert ("may pay by other means" in result.output) == (attempt < 3)


def test_a_review_says_what_to_do_by_its_reason(deployment: Deployment, run_on: Run) -> None:
    order_id = deployment.store(
        status={"S": "NEEDS_REVIEW"}, review_reason={"S": "action_not_taken"}
    )
    deployment.reconciler = says("waits for the buyer to act")
    result = run_on("orders", "show", order_id)

    assert result.exit_code == 1
    assert f"`checkout orders settle {order_id} --declined --why" in result.output


def test_what_the_function_says_to_do_goes_before_the_reason(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(status={"S": "NEEDS_REVIEW"})
    deployment.reconciler = says("captured", what_to_do="settle it as paid")
    result = run_on("orders", "show", order_id)

    assert "to do: settle it as paid" in result.output


def test_letters_that_others_hold_may_name_it_too(deployment: Deployment, run_on: Run) -> None:
    order_id = deployment.store()
    deployment.queue.in_flight = 2
    deployment.reconciler = says("knows nothing of it")
    result = run_on("orders", "show", order_id)

    assert "dead letters: none that could be read names it" in result.output
    assert "besides: 0 visible, 2 in flight" in result.output


def test_the_story_for_programs_has_it_all(deployment: Deployment, run_on: Run) -> None:
    order_id = deployment.store(**DECLINED)
    deployment.reconciler = says("captured", contradiction="captured", what_to_do="refund")
    told = json.loads(run_on("orders", "show", order_id, "--json").stdout)

    assert told["payment_service"] == told["attempts"][0]["said"] == "captured"
    assert (told["contradiction"], told["next_step"]) == ("captured", "refund")
    assert told["needs_operator"] is True


@pytest.mark.parametrize(
    ("earlier", "code"),
    [
        ("declined: lost_card", 0),
        ("cannot be asked", 0),
        ("gave no clear answer: Unknown", 1),
        ("is being processed", 1),
    ],
)
def test_a_declined_order_is_confirmed_by_all_that_is_said_of_its_attempts(
    earlier: str, code: int, deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(**DECLINED, attempt={"N": "2"})
    deployment.reconciler = says(earlier, "declined: no_funds")
    result = run_on("orders", "show", order_id)

    assert result.exit_code == code
    assert ("does not confirm" in result.output) == (code == 1)


def test_what_was_declined_before_its_stray_charge_is_not_released(
    deployment: Deployment, run_on: Run
) -> None:
    order_id = deployment.store(
        status={"S": "NEEDS_REVIEW"},
        review_reason={"S": "stray_refunded"},
        decline_code={"S": "no_funds"},
    )
    deployment.reconciler = says("declined: no_funds")
    result = run_on("orders", "show", order_id)

    assert f"checkout orders settle {order_id} --declined" in result.output
    assert "orders release" not in result.output
