"""Which findings fail a run."""

from __future__ import annotations

import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.report.results import FailOn, Results
from checkout_stack.policy.rules.rule import Rule
from tests.checkout_stack.policy.small_rules import ADVICE, DEFECTIVE, FIFO, RETENTION, template

SHORT = "{FifoQueue: true, MessageRetentionPeriod: 60}"


def fails(rule: Rule, fail_on: FailOn, properties: str) -> bool:
    text = f"Resources: {{Payments: {{Type: AWS::SQS::Queue, Properties: {properties}}}}}"
    return Results(check([template(text)], [rule]), fail_on).failed


@pytest.mark.parametrize(
    ("rule", "properties", "first_level_that_fails"),
    [
        (FIFO, "{}", FailOn.ERROR),
        (RETENTION, SHORT, FailOn.WARNING),
        (ADVICE, SHORT, FailOn.ADVICE),
        (FIFO, "{FifoQueue: !ImportValue fifo}", FailOn.CANNOT_TELL),
    ],
)
def test_a_run_fails_at_the_level_of_its_finding_and_at_every_milder_one(
    rule: Rule, properties: str, first_level_that_fails: FailOn
) -> None:
    levels = list(FailOn)
    failing = [level for level in levels if fails(rule, level, properties)]
    assert failing == levels[levels.index(first_level_that_fails) :]


def test_a_run_without_findings_does_not_fail() -> None:
    assert not fails(FIFO, FailOn.CANNOT_TELL, "{FifoQueue: true}")


def test_a_rule_with_a_defect_vouches_for_nothing() -> None:
    assert fails(DEFECTIVE, FailOn.ERROR, "{FifoQueue: true}")


def test_findings_are_in_the_order_of_lines() -> None:
    text = """
    Resources:
      B: {Type: AWS::SQS::Queue, Metadata: {CheckoutPolicy: {work-once: true}}}
      A: {Type: AWS::SQS::Queue, Metadata: {CheckoutPolicy: {work-once: true}}}
    """
    results = Results(check([template(text)], [FIFO]))
    assert [each.finding.logical_id for each in results.all] == ["B", "A"]
