"""A template of CloudFormation's largest size takes well under a second."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import yaml

from checkout_stack.policy.check import check
from checkout_stack.policy.commands import all_rules
from checkout_stack.policy.report.results import Results
from checkout_stack.policy.report.sarif_report import as_sarif
from checkout_stack.policy.template.reading import read_template

RESOURCES = 500
"""CloudFormation's quota of one stack."""
SECONDS = 1.0


def largest() -> dict[str, Any]:
    """Ten resources fifty times: half a checkout with flaws, half what stands beside one."""
    resources: dict[str, Any] = {}
    for n in range(RESOURCES // 10):
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
    assert len(resources) == RESOURCES
    return {"Resources": resources}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("largest.json", json.dumps(largest(), indent=1).encode()),
        ("largest.yaml", yaml.safe_dump(largest()).encode()),
    ],
    ids=["json", "yaml"],
)
def test_five_hundred_resources_are_read_checked_and_reported_in_less_than_a_second(
    file: str, content: bytes
) -> None:
    begun = time.process_time()
    results = Results(check([read_template(file, content)], all_rules()))
    report = as_sarif(results)
    elapsed = time.process_time() - begun
    assert len(results.checked[0].recognised) == RESOURCES // 10
    assert len(results.all) > RESOURCES
    assert report
    assert elapsed < SECONDS
