"""A workflow charges an order once."""

from __future__ import annotations

import json

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.state_machine_payment import RULE
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
)

CHARGE = "https://api.stripe.com/v1/payment_intents"
RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]
KEY = {"Idempotency-Key.$": "$.orderId"}


def http(**changes: object) -> dict[str, object]:
    """A task that calls the payment service."""
    parameters = {"ApiEndpoint": changes.pop("to", CHARGE), "Headers": changes.pop("headers", {})}
    action = "arn:aws:states:::http:invoke"
    return {"Type": "Task", "Resource": action, "Parameters": parameters, **changes}


def machine(task: object, *, as_text: bool = False, **properties: object) -> Resources:
    """The shop with a state machine that has the task in one of its branches."""
    branch = {"Type": "Parallel", "Branches": [{"States": {"Charge": task}}]}
    definition = {"StartAt": "Both", "States": {"Both": branch}}
    written = (
        {"DefinitionString": json.dumps(definition)} if as_text else {"Definition": definition}
    )
    kind = "AWS::StepFunctions::StateMachine"
    return {**shop(), "Workflow": {"Type": kind, "Properties": {**written, **properties}}}


@pytest.mark.parametrize("task", [http(), http(Retry=RETRY, headers=KEY)])
def test_a_standard_workflow_that_repeats_nothing_without_a_key_is_compliant(task: object) -> None:
    assert outcomes(RULE, machine(task)) == {"Workflow": Outcome.COMPLIANT}


def test_a_call_that_only_asks_the_payment_service_is_not_judged() -> None:
    task = http(Retry=RETRY)
    task["Parameters"] = {"ApiEndpoint": CHARGE, "Method": "GET"}
    assert outcomes(RULE, machine(task)) == {"": Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("as_text", [False, True])
def test_a_call_that_is_repeated_without_a_key_is_violated(as_text: bool) -> None:
    found = violation(RULE, machine(http(Retry=RETRY), as_text=as_text))
    assert says(
        found, "has Retry and sends no idempotency key", "Idempotency-Key", "add the header"
    )


@pytest.mark.parametrize(
    "task",
    [
        http(headers=KEY),
        {"Type": "Task", "Resource": {"Fn::GetAtt": ["ChargeFunction", "Arn"]}},
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Function}"},
        },
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "charge-card:live"},
        },
    ],
)
def test_an_express_workflow_that_charges_is_violated(task: object) -> None:
    function = {"Function": {"Fn::GetAtt": ["ChargeFunction", "Arn"]}}
    resources = machine(task, StateMachineType="EXPRESS", DefinitionSubstitutions=function)
    found = violation(RULE, resources)
    assert says(found, "an Express workflow charges", "a Standard workflow", "cannot be changed")


def test_an_alias_behind_what_is_filled_in_is_the_function() -> None:
    call = {"FunctionName": "${Function}:live"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": call}
    function = {"Function": {"Ref": "ChargeFunction"}}
    resources = machine(task, StateMachineType="EXPRESS", DefinitionSubstitutions=function)
    assert violation(RULE, resources)


def test_a_distributed_map_that_charges_in_express_workflows_is_violated() -> None:
    processor = {"ProcessorConfig": {"ExecutionType": "EXPRESS"}, "States": {"Charge": http()}}
    found = violation(RULE, machine({"Type": "Map", "ItemProcessor": processor}))
    assert says(found, "a distributed map", "STANDARD", "ProcessorConfig.ExecutionType")


def test_a_call_is_repeated_with_the_branches_around_it() -> None:
    resources = machine(http())
    states = resources["Workflow"]["Properties"]["Definition"]["States"]
    states["Both"]["Retry"] = RETRY
    assert violation(RULE, resources).logical_id == "Workflow"


@pytest.mark.parametrize("key", ["charge", "${AWS::StackName}"])
def test_a_key_that_all_orders_have_is_none(key: str) -> None:
    task = http(Retry=RETRY, headers={"Idempotency-Key": key})
    assert violation(RULE, machine(task)).logical_id == "Workflow"


def test_a_key_that_is_new_at_each_try_is_none() -> None:
    task = http(Retry=RETRY, headers={"Idempotency-Key.$": "States.UUID()"})
    assert violation(RULE, machine(task))


@pytest.mark.parametrize(
    "properties",
    [
        {"StateMachineName": "charge-orders"},
        {"DefinitionSubstitutions": {"Arn": {"Fn::GetAtt": ["ChargeFunction", "Arn"]}}},
    ],
)
def test_a_definition_in_another_file_cannot_be_told(properties: dict[str, object]) -> None:
    resources = machine({})
    written = {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}}
    resources["Workflow"]["Properties"] = {**written, **properties}
    assert outcomes(RULE, resources) == {"Workflow": Outcome.CANNOT_TELL}
    resources["Workflow"]["Properties"] = written
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_type_from_elsewhere_cannot_be_told() -> None:
    resources = machine(http(), StateMachineType=UNKNOWN)
    assert outcomes(RULE, resources) == {"Workflow": Outcome.CANNOT_TELL}


def test_another_service_and_a_definition_that_is_no_json_are_not_judged() -> None:
    resources = machine(http(to="https://search.example.com", Retry=RETRY))
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}
    resources["Workflow"]["Properties"] = {"DefinitionString": "{" * 100_000}
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
