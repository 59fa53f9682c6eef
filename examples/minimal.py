"""The smallest checkout: no API, because your own application places the orders.

What you get is the order table, the payment queue with its dead-letter queue, the functions
between them, and the alarms. What you give is where charges are made, and a secret with the
payment service's token.

``namespace`` is part of every order's id, and so of every payment key. It is pinned here, so that
renaming the stack does not turn a resubmission into a new order; give staging another one.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack import IdempotentCheckout, PaymentService


class Shop(cdk.Stack):
    """A checkout, and the role of the application that uses it."""

    def __init__(self, scope: Construct, construct_id: str, **stack_properties: Any) -> None:
        """Create the stack."""
        super().__init__(scope, construct_id, **stack_properties)
        payments = PaymentService.http(
            url="https://payments.example.com/charges",
            look_up_url="https://payments.example.com/charges",
            key_retention=cdk.Duration.hours(24),  # as the service documents, after errors too
            secret=secretsmanager.Secret.from_secret_name_v2(self, "Token", "shop/payment-token"),
        )
        checkout = IdempotentCheckout(
            self, "Checkout", payment_service=payments, namespace="shop/production"
        )

        application = iam.Role(
            self, "Application", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        )
        checkout.grant_place_orders(application)
        checkout.grant_read_orders(application)

        cdk.CfnOutput(self, "OrderTable", value=checkout.order_table.table_name)


def build(**app_properties: Any) -> cdk.App:
    """Build the app."""
    app = cdk.App(**app_properties)
    Shop(app, "Shop")
    return app


if __name__ == "__main__":
    build().synth()
