"""The topic that a checkout's alarms notify when none was given."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack.foundation.acknowledged_findings import acknowledge

_WITHOUT_KEY = {
    "PCI.DSS.321::PCI.DSS.321-SNSEncryptedKMS": (
        "A notice names an alarm of this account, its metric and its state: no buyer, no order, no "
        "secret. It was asked for without a key, which costs a dollar a month."
    ),
}
#: The shortest that KMS allows. The key protects notices in transit; none is kept.
KEY_PENDING_WINDOW = cdk.Duration.days(7)


class AlarmTopic(Construct):
    """A topic that takes notices from this account's alarms, over TLS only.

    Its key is the topic's own, a dollar a month: CloudWatch cannot publish to a topic under the
    AWS-managed key ``aws/sns``, whose policy nobody can change
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html),
    and without a key the topic would fail PCI DSS 8.2.1 as rule packs read it. Give an
    ``alarm_topic`` to share one.
    """

    #: The topic; subscribe to it.
    topic: sns.Topic
    #: Its key; ``None`` if it has none of its own.
    key: kms.Key | None

    def __init__(self, scope: Construct, construct_id: str, *, with_key: bool = True) -> None:
        """Create the topic, and its key.

        :param with_key: Whether notices are encrypted at rest. Default: yes.
        """
        super().__init__(scope, construct_id)
        from_this_account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}}
        cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        self.key = self._make_key(cloudwatch, from_this_account) if with_key else None
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
        if not with_key:
            acknowledge(self.topic, _WITHOUT_KEY)

    def _make_key(
        self, cloudwatch: iam.ServicePrincipal, from_this_account: dict[str, dict[str, str]]
    ) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Encrypts the notices of a checkout's alarms.",
            enable_key_rotation=True,
            pending_window=KEY_PENDING_WINDOW,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[cloudwatch],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions=from_this_account,
            )
        )
        return key
