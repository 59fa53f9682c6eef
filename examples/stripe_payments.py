"""Charges at Stripe, with the cart signed by the shop.

``PaymentService.stripe`` makes one PaymentIntent per attempt and asks Stripe what became of it
before it confirms again, so that nothing rests on Stripe's memory of idempotency keys. The SDK is
bundled by pip at synth, into a layer of the functions that charge: no Docker.

The buyer's browser sends the cart as the shop signed it. The price is then the shop's, and with
``guards_carts`` the same cart becomes one order even under a fresh idempotency key, from a second
tab or after the first key was lost.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack import CheckoutApi, IdempotentCheckout, PaymentService


class Shop(cdk.Stack):
    """A checkout at Stripe, behind an API that takes signed carts only."""

    def __init__(self, scope: Construct, construct_id: str, **stack_properties: Any) -> None:
        """Create the stack."""
        super().__init__(scope, construct_id, **stack_properties)
        stripe_key = secretsmanager.Secret.from_secret_name_v2(self, "StripeKey", "shop/stripe")
        cart_key = secretsmanager.Secret.from_secret_name_v2(self, "CartKey", "shop/cart-key")
        checkout = IdempotentCheckout(
            self,
            "Checkout",
            payment_service=PaymentService.stripe(secret=stripe_key),
            namespace="shop/production",
        )
        CheckoutApi(
            self,
            "Api",
            checkout=checkout,
            authorizer=authorizers.HttpJwtAuthorizer(
                "Buyers", "https://login.example.com/", jwt_audience=["shop"]
            ),
            cart_secret=cart_key,
            guards_carts=True,
        )


def build(**app_properties: Any) -> cdk.App:
    """Build the app."""
    app = cdk.App(**app_properties)
    Shop(app, "Shop")
    return app


if __name__ == "__main__":
    build().synth()
