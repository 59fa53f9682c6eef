"""An alarm watches something that exists."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.alarm_dimension import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    changed,
    outcomes,
    says,
    violation,
    with_property,
)

ALARM = "PaymentsTooOld"
VALUE = ("Dimensions", 0, "Value")


@pytest.mark.parametrize(
    "queue", [{"Fn::GetAtt": ["PaymentQueue", "QueueName"]}, "payments-live.fifo"]
)
def test_the_name_of_a_queue_is_compliant(queue: object) -> None:
    resources = with_property(ALARM, *VALUE, value=queue)
    assert outcomes(RULE, resources)[ALARM] is Outcome.COMPLIANT


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "PaymentQueue"},
        {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
        "arn:aws:sqs:eu-west-1:111122223333:payments-live.fifo",
        "payments-old.fifo",
    ],
)
def test_a_url_an_arn_or_an_old_name_is_violated(value: object) -> None:
    found = violation(RULE, with_property(ALARM, *VALUE, value=value))
    assert found.logical_id == ALARM
    assert says(found, "the dimension QueueName is", "the name of a resource", "!GetAtt")


def test_a_dimension_of_another_name_is_violated() -> None:
    resources = with_property(ALARM, "Dimensions", 0, "Name", value="Queue")
    assert "QueueName is absent" in violation(RULE, resources).message


def test_a_name_that_is_not_about_orders_may_be_somewhere_else() -> None:
    resources = with_property(ALARM, *VALUE, value="thumbnails")
    assert ALARM not in outcomes(RULE, resources)


def test_the_arn_of_a_function_is_violated() -> None:
    arn = {"Fn::GetAtt": ["ChargeFunction", "Arn"]}
    resources = with_property(ALARM, "Dimensions", value=[{"Name": "FunctionName", "Value": arn}])
    resources = changed(resources, ALARM, "Namespace", value="AWS/Lambda")
    assert "FunctionName is ${ChargeFunction.Arn}" in violation(RULE, resources).message


def test_a_name_that_ends_in_something_unknown_cannot_be_told() -> None:
    name = {"Fn::Join": ["-", ["payments", UNKNOWN]]}
    resources = with_property(ALARM, *VALUE, value=name)
    assert outcomes(RULE, resources)[ALARM] is Outcome.CANNOT_TELL


def test_a_name_made_of_the_same_unknown_as_the_queues_is_compliant() -> None:
    name = {"Fn::Join": ["-", [{"Ref": "Prefix"}, "payments.fifo"]]}
    resources = with_property(ALARM, *VALUE, value={"Fn::Sub": "${Prefix}-payments.fifo"})
    resources["PaymentQueue"]["Properties"]["QueueName"] = name
    parameters = {"Prefix": {"Type": "String"}, "Stage": {"Type": "String", "Default": "live"}}
    assert outcomes(RULE, resources, Parameters=parameters)[ALARM] is Outcome.COMPLIANT


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
