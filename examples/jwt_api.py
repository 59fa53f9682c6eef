"""The HTTP API behind the JWT of an identity provider, called by a web page.

The authorizer decides who may call; ``scope_from`` decides *whose* an idempotency key is. It has to
name what stays the same when a buyer signs in again: issuer and subject, the default, do. Here one
provider serves several shops, so the shop is part of the scope too. A claim that changes from token
to token (``jti``, ``sid``, ``iat``) is refused at synth: the resubmission after the next sign-in
would be another principal's, and so a second order.

The page may send the key, and may read what it needs to resubmit in peace: where the order is,
when to ask again, and whether the answer is a replay.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack import CheckoutApi, IdempotentCheckout, PaymentService, ScopeFrom

ISSUER = "https://login.example.com/"
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
            authorizer=authorizers.HttpJwtAuthorizer("Buyers", ISSUER, jwt_audience=["shop"]),
            scope_from=ScopeFrom.jwt_claims("iss", "sub", "shop_id"),
            cors=apigwv2.CorsPreflightOptions(
                allow_origins=[PAGE],
                allow_methods=[apigwv2.CorsHttpMethod.GET, apigwv2.CorsHttpMethod.POST],
                allow_headers=["authorization", "content-type", "idempotency-key"],
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
