"""A pipe waits for the charge."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.pipe_consumer import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
)


def piped(how: object = None) -> Resources:
    """The shop whose charging function is called by a pipe."""
    properties: dict[str, object] = {
        "RoleArn": "arn:aws:iam::111122223333:role/pipe",
        "Source": {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
        "Target": {"Fn::GetAtt": ["ChargeFunction", "Arn"]},
    }
    if how is not None:
        lambda_parameters = {"LambdaFunctionParameters": {"InvocationType": how}}
        properties["TargetParameters"] = lambda_parameters
    return {**shop(), "ChargeMapping": {"Type": "AWS::Pipes::Pipe", "Properties": properties}}


@pytest.mark.parametrize("how", [None, "REQUEST_RESPONSE"])
def test_a_pipe_that_waits_is_compliant(how: object) -> None:
    assert outcomes(RULE, piped(how)) == {"ChargeMapping": Outcome.COMPLIANT}


def test_a_pipe_that_does_not_wait_is_violated() -> None:
    found = violation(RULE, piped("FIRE_AND_FORGET"))
    assert says(found, "InvocationType is FIRE_AND_FORGET", "REQUEST_RESPONSE", "batchItemFailures")


def test_a_pipe_that_starts_a_workflow_and_does_not_wait_is_violated() -> None:
    resources = piped()
    resources["ChargeMapping"]["Properties"]["TargetParameters"] = {
        "StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}
    }
    found = violation(RULE, resources)
    assert says(found, "InvocationType is FIRE_AND_FORGET", "REQUEST_RESPONSE", "Express workflow")


@pytest.mark.parametrize(
    ("target", "parameters", "started"),
    [
        ("arn:aws:ecs:a:1:cluster/work", {"EcsTaskParameters": {}}, "a task of ECS"),
        ("arn:aws:batch:a:1:job-queue/work", {}, "a job of Batch"),
        (UNKNOWN, {"BatchJobParameters": {}}, "a job of Batch"),
        ("arn:aws:events:a:1:event-bus/default", {}, "what an event bus tells"),
    ],
)
def test_a_pipe_that_only_starts_the_charge_is_violated(
    target: object, parameters: object, started: str
) -> None:
    resources = piped()
    given = {"Target": target, "TargetParameters": parameters}
    resources["ChargeMapping"]["Properties"] |= given
    assert says(violation(RULE, resources), f"starts {started}", "waits for", "call a function")


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    assert outcomes(RULE, piped(UNKNOWN)) == {"ChargeMapping": Outcome.CANNOT_TELL}


def test_a_queue_without_a_pipe_is_not_judged() -> None:
    assert outcomes(RULE, shop()) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
