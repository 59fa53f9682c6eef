"""No order is filtered out or left standing."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.mapping_reads_all import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    changed,
    judged,
    outcomes,
    says,
    shop,
    violation,
    with_property,
)

RESERVED = "ReservedConcurrentExecutions"


@pytest.mark.parametrize("value", [True, "true"])
def test_a_mapping_that_is_on_is_compliant(value: object) -> None:
    resources = with_property("ChargeMapping", "Enabled", value=value)
    changed(resources, "ChargeFunction", RESERVED, value=5)
    changed(resources, "ChargeMapping", "FilterCriteria", value={"Filters": []})
    for each in (shop(), resources):
        assert set(outcomes(RULE, each).values()) == {Outcome.COMPLIANT}


@pytest.mark.parametrize(
    ("logical_id", "name", "value", "allowed"),
    [
        ("ChargeMapping", "Enabled", False, "true, or absent"),
        ("ChargeMapping", "FilterCriteria", {"Filters": [{"Pattern": "{}"}]}, "absent"),
        ("ChargeFunction", RESERVED, 0, "at least 1"),
    ],
)
def test_a_mapping_that_drops_or_stops_is_violated(
    logical_id: str, name: str, value: object, allowed: str
) -> None:
    found = violation(RULE, with_property(logical_id, name, value=value))
    assert (found.logical_id, found.path) == (logical_id, (name,))
    assert says(found, f"{name} is", allowed, "")


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("Enabled", False, Outcome.VIOLATED),
        ("FilterCriteria", ['{"eventName": ["REMOVE", "MODIFY"]}'], Outcome.VIOLATED),
        ("FilterCriteria", ['{"eventName": ["INSERT"]}'], Outcome.COMPLIANT),
        ("FilterCriteria", ['{"dynamodb": {"NewImage": {}}}'], Outcome.COMPLIANT),
        ("FilterCriteria", [], Outcome.COMPLIANT),
    ],
)
def test_a_relay_reads_every_new_order(name: str, value: object, outcome: Outcome) -> None:
    if isinstance(value, list):
        value = {"Filters": [{"Pattern": each} for each in value]}
    found = judged(RULE, with_property("RelayMapping", name, value=value))
    told = {each.outcome for each in found if each.path == (name,) and "Relay" in each.logical_id}
    assert told == {outcome}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.COMPLIANT),
        ({"DesiredState": "STOPPED"}, Outcome.VIOLATED),
        ({"SourceParameters": {"FilterCriteria": {"Filters": [{}]}}}, Outcome.VIOLATED),
        ({"DesiredState": UNKNOWN}, Outcome.CANNOT_TELL),
    ],
)
def test_a_pipe_is_judged_like_a_mapping(changes: dict[str, object], outcome: Outcome) -> None:
    resources = shop()
    source = resources["ChargeMapping"]["Properties"]["EventSourceArn"]
    properties = {"Source": source, "Target": {"Ref": "ChargeFunction"}, **changes}
    resources["ChargeMapping"] = {"Type": "AWS::Pipes::Pipe", "Properties": properties}
    found = {each.outcome for each in judged(RULE, resources)}
    assert found - {Outcome.COMPLIANT} == {outcome} - {Outcome.COMPLIANT}
    assert Outcome.COMPLIANT in found


@pytest.mark.parametrize(
    ("logical_id", "name"),
    [
        ("ChargeMapping", "Enabled"),
        ("ChargeMapping", "FilterCriteria"),
        ("ChargeFunction", RESERVED),
    ],
)
def test_a_value_from_elsewhere_cannot_be_told(logical_id: str, name: str) -> None:
    found = judged(RULE, with_property(logical_id, name, value=UNKNOWN))
    [open_one] = [each for each in found if each.outcome is not Outcome.COMPLIANT]
    assert (open_one.outcome, open_one.path) == (Outcome.CANNOT_TELL, (name,))


@pytest.mark.parametrize(
    ("name", "more", "is_shared"),
    [
        ("Auditing", {}, True),
        ("ChargeNewVersion", {}, False),
        ("Auditing", {"Enabled": False}, False),
    ],
)
def test_a_function_that_does_something_else_takes_no_messages_away(
    name: str, more: dict[str, object], is_shared: bool
) -> None:
    other = {
        "FunctionName": {"Ref": name},
        "EventSourceArn": {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
        **more,
    }
    resources = {
        **shop(),
        name: {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "a.b"}},
        "Other": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": other},
    }
    shared = [each for each in judged(RULE, resources) if "each message to one" in each.message]
    assert [each.path for each in shared] == ([("EventSourceArn",)] if is_shared else [])


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
