"""Every report names the FIFO queue that nothing recognised."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.report.github_report import as_github
from checkout_stack.policy.report.json_report import as_json
from checkout_stack.policy.report.junit_report import as_junit
from checkout_stack.policy.report.results import Results
from checkout_stack.policy.report.sarif_report import as_sarif
from tests.checkout_stack.policy.small_rules import template

SHOP = """
Resources:
  Tasks: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Worker: {Type: AWS::Lambda::Function}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Tasks.Arn, FunctionName: !Ref Worker}
"""


@pytest.mark.parametrize("render", [as_github, as_json, as_junit, as_sarif])
def test_a_queue_that_nothing_recognised_is_named(render: Callable[[Results], str]) -> None:
    assert "Tasks" in render(Results(check([template(SHOP)], [])))
    standard = SHOP.replace("FifoQueue: true", "FifoQueue: false")
    assert "Tasks" not in render(Results(check([template(standard)], [])))
