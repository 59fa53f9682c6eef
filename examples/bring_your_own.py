"""A checkout inside what a platform team has already: table, key, network, alarms, roles.

Each thing given replaces one that the construct would make, and is checked as far as a template
tells. The table is made apart with :class:`OrderTable`, so that it outlives any stack of the
checkout; one of your own making works too, if it has the same keys, index and stream. A key makes
CDK ask for an explicit account and Region, since a table under a key knows where it is.

The network must have ways to DynamoDB, SQS, Secrets Manager and the payment service: here
NAT gateways lead out. If the alarm topic is under a key, the key's policy must let CloudWatch use
it, which this construct cannot say for you.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack import (
    FunctionSettings,
    IdempotentCheckout,
    Observability,
    OrderTable,
    PaymentService,
)

ENVIRONMENT = cdk.Environment(account="111122223333", region="eu-west-1")


class Platform(cdk.Stack):
    """What is there before the checkout: in your company, several stacks of several teams."""

    def __init__(self, scope: Construct, construct_id: str, **stack_properties: Any) -> None:
        """Create the stack."""
        super().__init__(scope, construct_id, **stack_properties)
        self.key = kms.Key(self, "Key", enable_key_rotation=True)
        self.orders = OrderTable(self, "Orders", encryption_key=self.key).table
        self.network = ec2.Vpc(self, "Network", max_azs=2)
        self.to_the_outside = ec2.SecurityGroup(self, "ToTheOutside", vpc=self.network)
        self.on_duty = sns.Topic(self, "OnDuty", enforce_ssl=True)
        self.token = secretsmanager.Secret(self, "PaymentToken")


class Shop(cdk.Stack):
    """A checkout that makes functions, queues and alarms, and takes the rest as it is."""

    def __init__(
        self, scope: Construct, construct_id: str, *, platform: Platform, **stack_properties: Any
    ) -> None:
        """Create the stack on a platform."""
        super().__init__(scope, construct_id, **stack_properties)
        in_the_network = FunctionSettings(
            vpc=platform.network,
            security_groups=[platform.to_the_outside],
            log_retention=logs.RetentionDays.ONE_YEAR,
        )
        IdempotentCheckout(
            self,
            "Checkout",
            payment_service=PaymentService.http(
                url="https://payments.example.com/charges",
                key_retention=cdk.Duration.hours(24),  # as the service documents, after errors too
                secret=platform.token,
            ),
            namespace="shop/production",
            order_table=platform.orders,
            encryption_key=platform.key,
            alarm_topic=platform.on_duty,
            functions=in_the_network,
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(
                self, "Boundary", "developer-boundary"
            ),
            observability=Observability.minimal(),  # the platform has dashboards of its own
        )


def build(**app_properties: Any) -> cdk.App:
    """Build the platform, and the shop on it."""
    app = cdk.App(**app_properties)
    platform = Platform(app, "Platform", env=ENVIRONMENT)
    Shop(app, "Shop", platform=platform, env=ENVIRONMENT)
    return app


if __name__ == "__main__":
    build().synth()
