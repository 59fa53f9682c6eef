"""The HTTP API for buyers who do not sign in: the cart that the shop signed is who they are.

The shop's server signs each cart under a random id. The page sends that token to ``POST /orders``,
and as ``Cart-Token`` with everything that it asks afterwards. After a reload, or on another device
that has the cart, it is the same buyer; an order's id alone shows nothing to anybody.

``guards_carts`` makes a cart one order also for buyers who sign in at another API of this checkout.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack import GUESTS_BY_CART, CheckoutApi, IdempotentCheckout, PaymentService

PAGE = "https://shop.example.com"


class Shop(cdk.Stack):
    """A checkout with its API."""

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
        api = CheckoutApi(
            self,
            "Api",
            checkout=checkout,
            authorizer=GUESTS_BY_CART,
            cart_secret=secretsmanager.Secret.from_secret_name_v2(self, "Carts", "shop/carts"),
            guards_carts=True,
            cors=apigwv2.CorsPreflightOptions(
                allow_origins=[PAGE],
                allow_methods=[apigwv2.CorsHttpMethod.GET, apigwv2.CorsHttpMethod.POST],
                allow_headers=["cart-token", "content-type", "idempotency-key"],
                expose_headers=["location", "retry-after", "idempotent-replayed"],
                max_age=cdk.Duration.hours(1),
            ),
        )
        cdk.CfnOutput(self, "ApiUrl", value=api.url)


def build(**app_properties: Any) -> cdk.App:
    """Build the app."""
    app = cdk.App(**app_properties)
    Shop(app, "Shop")
    return app


if __name__ == "__main__":
    build().synth()
