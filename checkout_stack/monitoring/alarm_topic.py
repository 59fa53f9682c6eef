"""The topic that a checkout's alarms notify when none was given."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

#: The shortest that KMS allows. The key protects notices in transit; none is kept.
KEY_PENDING_WINDOW = cdk.Duration.days(7)


class AlarmTopic(Construct):
    """An encrypted topic that takes notices from this account's alarms, over TLS only.

    The key is the topic's own, a dollar a month: CloudWatch cannot publish to a topic under the
    AWS-managed key ``aws/sns``, whose policy nobody can change
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html),
    and without a key the topic would fail PCI DSS 8.2.1 as rule packs read it. Give an
    ``alarm_topic`` to share one.
    """

    #: The topic; subscribe to it.
    topic: sns.Topic
    #: Its key.
    key: kms.Key

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create the topic and its key."""
        super().__init__(scope, construct_id)
        from_this_account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}}
        cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts the notices of a checkout's alarms.",
            enable_key_rotation=True,
            pending_window=KEY_PENDING_WINDOW,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[cloudwatch],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions=from_this_account,
            )
        )
        self.topic = sns.Topic(self, "Topic", master_key=self.key, enforce_ssl=True)
        # A topic policy of one's own replaces the default one, which let CloudWatch in.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[cloudwatch],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=from_this_account,
            )
        )
