"""A stack of yours: a checkout, and a function of your own that reads orders.

The file beside it shows what is worth testing here. What the construct promises is tested where
the construct is; what is yours is how you use it.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from checkout_stack import CheckoutPolicy, IdempotentCheckout, PaymentService

RECEIPTS = "def handler(event, context): ..."


class Shop(cdk.Stack):
    """A checkout whose alarms call the people on duty, and a function that prints receipts."""

    def __init__(self, scope: Construct, construct_id: str, **stack_properties: Any) -> None:
        """Create the stack."""
        super().__init__(scope, construct_id, **stack_properties)
        on_duty = cdk.Fn.import_value("OnDutyTopicArn")
        token = secretsmanager.Secret.from_secret_name_v2(self, "Token", "shop/payment-token")
        checkout = IdempotentCheckout(
            self,
            "Checkout",
            payment_service=PaymentService.http(
                url="https://payments.example.com/charges",
                key_retention=cdk.Duration.hours(24),  # as the service documents, after errors too
                secret=token,
            ),
            namespace="shop/production",
            alarm_topic=sns.Topic.from_topic_arn(self, "OnDuty", on_duty),
        )
        receipts = lambda_.Function(
            self,
            "Receipts",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(RECEIPTS),
            environment={"ORDER_TABLE_NAME": checkout.order_table.table_name},
        )
        checkout.grant_read_orders(receipts)


def build(**app_properties: Any) -> cdk.App:
    """Build the app; a finding of the policy fails its synth."""
    app = cdk.App(**app_properties)
    Shop(app, "Shop")
    cdk.Validations.of(app).add_plugins(CheckoutPolicy())
    return app


if __name__ == "__main__":
    build().synth()
