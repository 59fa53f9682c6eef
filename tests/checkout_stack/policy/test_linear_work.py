"""The work of a check grows in proportion to the template: twice the resources, twice the calls.

Calls are counted, not timed: the count is the same on every run and on every machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import yaml

from checkout_stack.policy.check import check
from checkout_stack.policy.report.results import Results
from checkout_stack.policy.report.sarif_report import as_sarif
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.template.reading import read_template

CHECKOUTS = 8
RESOURCES_EACH = 10
LARGEST_RATIO = 2.05
"""Of the calls for twice the resources: linear work measures 1.9 to 2.0, one quadratic loop 2.1."""


def template_of(checkouts: int) -> dict[str, Any]:
    """Ten resources a checkout: half of them flawed, half unrelated to payments."""
    resources: dict[str, Any] = {}
    for n in range(checkouts):
        resources |= {
            f"Payment{n}": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "QueueName": f"pay{n}.fifo",
                    "FifoQueue": True,
                    "RedrivePolicy": {
                        "deadLetterTargetArn": {"Fn::GetAtt": [f"Dead{n}", "Arn"]},
                        "maxReceiveCount": 2,
                    },
                },
            },
            f"Dead{n}": {"Type": "AWS::SQS::Queue"},
            f"Charge{n}": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Timeout": 30,
                    "Role": {"Fn::GetAtt": [f"Role{n}", "Arn"]},
                    "Environment": {"Variables": {"TABLE": {"Ref": f"Orders{n}"}}},
                },
            },
            f"Role{n}": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "Policies": [
                        {
                            "PolicyName": "p",
                            "PolicyDocument": {
                                "Statement": [
                                    {
                                        "Effect": "Allow",
                                        "Action": ["sqs:ReceiveMessage", "dynamodb:*"],
                                        "Resource": {"Fn::Sub": f"${{Orders{n}.Arn}}/*"},
                                    }
                                ]
                            },
                        }
                    ]
                },
            },
            f"Mapping{n}": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": {
                        "Fn::Sub": f"arn:aws:sqs:${{AWS::Region}}:${{AWS::AccountId}}:pay{n}.fifo"
                    },
                    "FunctionName": {"Ref": f"Charge{n}"},
                },
            },
            f"Orders{n}": {"Type": "AWS::DynamoDB::Table"},
            f"Alarm{n}": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": f"pay{n}.fifo"}],
                },
            },
            f"Stream{n}": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": {"Fn::GetAtt": [f"Orders{n}", "StreamArn"]},
                    "FunctionName": {"Ref": f"Charge{n}"},
                },
            },
            f"Mails{n}": {"Type": "AWS::SQS::Queue"},
            f"Site{n}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"site{n}"}},
        }
    assert len(resources) == checkouts * RESOURCES_EACH
    return {"Resources": resources}


def as_json(template: dict[str, Any]) -> bytes:
    return json.dumps(template, indent=1).encode()


def as_yaml(template: dict[str, Any]) -> bytes:
    return yaml.safe_dump(template).encode()


T = TypeVar("T")


def counted(work: Callable[[], T]) -> tuple[int, T]:
    """How many functions ``work`` calls, of Python and of C, and what it returns."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    return calls, result


def calls_of_a_run(checkouts: int, write: Callable[[dict[str, Any]], bytes]) -> dict[str, int]:
    """The calls of each step of a run over a template of so many checkouts."""
    content = write(template_of(checkouts))
    reading, template = counted(lambda: read_template("template", content))
    checking, results = counted(lambda: Results(check([template], ALL_RULES)))
    reporting, report = counted(lambda: as_sarif(results))
    assert len(results.checked[0].recognised) == checkouts
    assert len(results.all) > checkouts * RESOURCES_EACH
    assert report
    return {"reading": reading, "checking": checking, "reporting": reporting}


@pytest.mark.parametrize("write", [as_json, as_yaml])
def test_twice_the_resources_take_about_twice_the_calls_in_every_step(
    write: Callable[[dict[str, Any]], bytes],
) -> None:
    calls_of_a_run(1, write)  # What is imported or cached on first use is no part of the growth.
    once, twice = calls_of_a_run(CHECKOUTS, write), calls_of_a_run(2 * CHECKOUTS, write)
    for step, calls in once.items():
        assert twice[step] < LARGEST_RATIO * calls, step


def calls_of_stacks(number: int) -> int:
    """The calls of a check of so many stacks, each of which reads what the next one exports."""
    templates = []
    for this in range(number):
        text = (
            json.dumps(template_of(2)).replace("pay0", f"pay{this}x").replace("pay1", f"pay{this}y")
        )
        document = json.loads(text)
        for n in range(2):
            following = f"stack{(this + 1) % number}-queue{n}"
            mapping = document["Resources"][f"Mapping{n}"]["Properties"]
            mapping["EventSourceArn"] = {"Fn::ImportValue": following}
        document["Outputs"] = {
            f"Queue{n}": {
                "Value": {"Fn::GetAtt": [f"Payment{n}", "Arn"]},
                "Export": {"Name": f"stack{this}-queue{n}"},
            }
            for n in range(2)
        }
        templates.append(read_template(f"stack{this}.json", as_json(document)))
    calls, checked = counted(lambda: check(templates, ALL_RULES))
    assert sum(len(each.recognised) for each in checked) == 2 * number
    return calls


def test_twice_the_stacks_take_about_twice_the_calls() -> None:
    calls_of_stacks(1)
    assert calls_of_stacks(16) < LARGEST_RATIO * calls_of_stacks(8)
