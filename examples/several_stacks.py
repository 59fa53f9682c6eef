"""Data in one stack, the API in another, and staging beside production in one app.

Orders live for years and APIs are replaced, so they are deployed apart: ``Orders`` is updated
rarely and is protected from termination, ``Api`` as often as you like. The API's stack imports the
table's ARN from the other one; CDK orders the deployments.

Every stage has a namespace of its own. Two stages on one payment account that shared a namespace
would share payment keys: a test order in staging could replay the answer to a real charge.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack import CheckoutApi, IdempotentCheckout, PaymentService

PAYMENTS = {
    "staging": "https://sandbox.payments.example.com/charges",
    "production": "https://payments.example.com/charges",
}


class Orders(cdk.Stack):
    """What must not be lost: orders, payments to make, and what charges them."""

    #: What the API's stack is given.
    checkout: IdempotentCheckout

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: str, **stack_properties: Any
    ) -> None:
        """Create the stack of one stage."""
        super().__init__(scope, construct_id, termination_protection=True, **stack_properties)
        token = secretsmanager.Secret.from_secret_name_v2(self, "Token", f"{stage}/payment-token")
        self.checkout = IdempotentCheckout(
            self,
            "Checkout",
            payment_service=PaymentService.http(
                url=PAYMENTS[stage],
                look_up_url=PAYMENTS[stage],
                key_retention=cdk.Duration.hours(24),  # as the service documents, after errors too
                secret=token,
            ),
            namespace=f"shop/{stage}",
        )


class Api(cdk.Stack):
    """What may be replaced: the way in."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        checkout: IdempotentCheckout,
        **stack_properties: Any,
    ) -> None:
        """Create the API in front of a checkout of another stack."""
        super().__init__(scope, construct_id, **stack_properties)
        buyers = authorizers.HttpJwtAuthorizer(
            "Buyers", "https://login.example.com/", jwt_audience=["shop"]
        )
        CheckoutApi(self, "Api", checkout=checkout, authorizer=buyers)


def build(**app_properties: Any) -> cdk.App:
    """Build two stages of two stacks each."""
    app = cdk.App(**app_properties)
    for stage in PAYMENTS:
        deployed = cdk.Stage(app, stage.capitalize())
        orders = Orders(deployed, "Orders", stage=stage)
        Api(deployed, "Api", checkout=orders.checkout)
    return app


if __name__ == "__main__":
    build().synth()
