"""Which conditions a template decides by itself."""

from __future__ import annotations

import pytest

from checkout_stack.policy.template.values import Either, Value
from tests.checkout_stack.policy.small_rules import resolved, template

BOTH = Either((1, 2))


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("!Equals [a, a]", 1),
        ("!Equals [a, b]", 2),
        ("!Equals [true, 'true']", 1),
        ("!Equals [!Ref Name, !Ref Name]", 1),
        ("!Equals [!Ref Name, a]", BOTH),
        ("!Equals [!Ref Stage, staging]", BOTH),
        ("!Equals [!Ref AWS::Region, eu-west-1]", BOTH),
        ("!Equals [!ImportValue a, !ImportValue b]", BOTH),
        ("!Equals [!ImportValue a, !ImportValue a]", 1),
        ("!Equals [!GetAZs a, !GetAZs b]", BOTH),
        ("!Equals [!Base64 a, !Base64 b]", 2),
        ("!Not [!Equals [a, a]]", 2),
        ("!And [!Equals [a, a], !Equals [!Ref Name, a]]", BOTH),
        ("!And [!Equals [a, b], !Equals [!Ref Name, a]]", 2),
        ("!Or [!Equals [a, a], !Equals [!Ref Name, a]]", 1),
        ("!Or [!Condition Yes, !Condition No]", 1),
        ("!And [!Condition Yes, !Condition No]", 2),
        ("!Condition Asked", BOTH),
        ("!Condition Absent", BOTH),
        ("[]", BOTH),
        ("!Equals a", BOTH),
    ],
)
def test_a_condition_is_decided_only_if_every_deployment_agrees(
    condition: str, value: Value
) -> None:
    rest = f"Conditions: {{Asked: {condition}, Yes: !Equals [a, a], No: !Equals [a, b]}}"
    assert resolved("!If [Asked, 1, 2]", rest) == value


def test_branches_that_say_the_same_are_one_value() -> None:
    assert resolved("!If [Asked, true, true]") is True
    assert resolved("!If [Asked, true, 1]") == Either((True, 1))


def test_a_long_chain_of_conditions_is_left_undecided() -> None:
    chain = ", ".join(f"C{n}: !Condition C{n + 1}" for n in range(5000))
    rest = f"Conditions: {{{chain}, C5000: !Equals [a, a]}}"
    assert resolved("!If [C0, 1, 2]", rest) == BOTH


def test_a_resource_that_no_deployment_has_is_left_out() -> None:
    text = """
    Conditions: {Never: !Equals [a, b], Sometimes: !Equals [!Ref "AWS::Region", a]}
    Resources:
      A: {Type: AWS::SQS::Queue, Condition: Never}
      B: {Type: AWS::SQS::Queue, Condition: Sometimes}
      C: {Type: AWS::SQS::Queue}
      D: {Type: AWS::SQS::Queue, Condition: Sometimes}
    """
    resources = template(text).resources
    assert [*resources] == ["B", "C", "D"]
    assert resources["B"].surely_exists_with(resources["D"])
    assert resources["C"].surely_exists_with(resources["B"])
    assert not resources["B"].surely_exists_with(resources["C"])
