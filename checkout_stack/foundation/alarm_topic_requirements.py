"""Whether alarms can publish to a topic that was given, so that somebody hears of them."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from constructs import IConstruct

from checkout_stack.foundation.requirements import Requirement

_MANAGED_KEY = "alias/aws/sns"
_NOTICES = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"
)


def alarm_topic_requirements(scope: IConstruct, topic: sns.ITopic | None) -> list[Requirement]:
    """Return that alarms can publish to a topic.

    Of the key of an imported one only AWS knows, unless it was imported with its key.
    """
    made = None if topic is None else topic.node.default_child
    imported_with = None if topic is None else topic.master_key
    key = None if imported_with is None else imported_with.key_arn
    if isinstance(made, sns.CfnTopic):
        key = made.kms_master_key_id
    return [
        Requirement(
            holds=topic is None or not topic.fifo,
            property="alarm_topic",
            given="a FIFO topic",
            allowed="a standard topic: CloudWatch alarms cannot publish to a FIFO topic "
            f"({_NOTICES})",
            fix="give a standard topic, or leave alarm_topic out",
        ),
        Requirement(
            holds=_MANAGED_KEY not in json.dumps(cdk.Stack.of(scope).resolve(key)),
            property="alarm_topic",
            given=f"a topic under {_MANAGED_KEY}",
            allowed="a topic without a key, or under one of your own: the policy of the key that "
            f"AWS manages does not let CloudWatch in, so no alarm would reach anybody ({_NOTICES})",
            fix="give the topic a key whose policy lets cloudwatch.amazonaws.com use it, or leave "
            "alarm_topic out",
        ),
    ]
