"""An example: a checkout with its API, and Amazon Cognito to say who is calling."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack.api.attempt_limits import AttemptLimits
from checkout_stack.api.checkout_api import CheckoutApi
from checkout_stack.api.refund_access import RefundAccess
from checkout_stack.events.order_events import OrderEvents
from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.observability import Observability
from checkout_stack.foundation.property_types import DURATION, FLAG, TEXT, own, type_requirements
from checkout_stack.foundation.requirements import enforce
from checkout_stack.foundation.timing import CheckoutTiming
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.payment_service.capture import LATER, NOW
from checkout_stack.payment_service.kind import DEFAULT_TIMEOUT
from checkout_stack.payment_service.payment_service import PaymentService

TYPES = {
    "payment_service_url": TEXT,
    "key_retention": DURATION.or_none(),
    "look_up_url": TEXT.or_none(),
    "cancel_url": TEXT.or_none(),
    "list_url": TEXT.or_none(),
    "refund_url": TEXT.or_none(),
    "capture_url": TEXT.or_none(),
    "timing": own(CheckoutTiming).or_none(),
    "payment_timeout": DURATION,
    "order_events": own(OrderEvents).or_none(),
    "attempt_limits": own(AttemptLimits).or_none(),
    "buyers_may_cancel": FLAG,
}

#: The OAuth scope of a token that may ask for refunds and captures: a resource server, and its
#: scope.
REFUND_SCOPE = ("checkout", "refund")

#: Of a password in the example's user pool.
PASSWORD_MIN_LENGTH = 12


class CheckoutStack(cdk.Stack):
    """A whole checkout that deploys as it is.

    The secret is made with a random value. Put the payment service's token in its place after the
    first deployment; the functions pick it up.
    """

    #: The checkout.
    checkout: IdempotentCheckout
    #: Its API.
    api: CheckoutApi

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        payment_service_url: str,
        key_retention: cdk.Duration | None,
        look_up_url: str | None = None,
        cancel_url: str | None = None,
        list_url: str | None = None,
        refund_url: str | None = None,
        capture_url: str | None = None,
        timing: CheckoutTiming | None = None,
        payment_timeout: cdk.Duration = DEFAULT_TIMEOUT,
        order_events: OrderEvents | None = None,
        attempt_limits: AttemptLimits | None = None,
        buyers_may_cancel: bool = False,
        **stack_properties: Any,
    ) -> None:
        """Create the stack.

        :param payment_service_url: Where charges are POSTed.
        :param key_retention: How long the service answers a repeated key with the first outcome,
            or ``None`` if it does not; as of :meth:`PaymentService.http`.
        :param look_up_url: Where the service tells what became of a charge. Default: nowhere.
        :param cancel_url: Where the service is asked to abandon an attempt. Default: nowhere.
        :param list_url: Where the service lists what it captured. Default: nowhere.
        :param refund_url: Where the service gives money back. The user pool then has a client for
            the back office, by whose tokens the API takes refunds. Default: nowhere.
        :param capture_url: Where the service captures held money. Each charge is then a hold
            (``capture="later"``, which needs ``look_up_url`` and ``cancel_url``), and the back
            office asks for its capture as it does for refunds. Default: a charge takes the money.
        :param timing: How long each step may take. Default: as :class:`CheckoutTiming` is.
        :param payment_timeout: Longest time for one call to the service. Default 10 s.
        :param order_events: Where what becomes of orders is announced. Default: nowhere.
        :param attempt_limits: How often buyers may try payments. Default: as often as they like.
        :param buyers_may_cancel: As of :class:`CheckoutApi`. Default: they may not.
        :param stack_properties: Properties of ``cdk.Stack``, for example ``env``.
        """
        super().__init__(scope, construct_id, **stack_properties)
        enforce(self, type_requirements(TYPES, locals()))
        secret = _payment_secret(self)
        buyers = _buyers(self)
        web_shop = buyers.add_client(
            "WebShop",
            auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
        )

        gives_back, captures_later = refund_url is not None, capture_url is not None
        back_office = _back_office(self, buyers) if gives_back or captures_later else None
        access = RefundAccess.scopes("/".join(REFUND_SCOPE))

        self.checkout = IdempotentCheckout(
            self,
            "Checkout",
            payment_service=PaymentService.http(
                url=payment_service_url,
                key_retention=key_retention,
                look_up_url=look_up_url,
                cancel_url=cancel_url,
                list_url=list_url,
                refund_url=refund_url,
                capture=LATER if captures_later else NOW,
                capture_url=capture_url,
                secret=secret,
                timeout=payment_timeout,
            ),
            timing=timing,
            order_events=order_events,
            # An example shows everything that there is to watch.
            observability=Observability.full(),
        )
        self.api = CheckoutApi(
            self,
            "Api",
            checkout=self.checkout,
            authorizer=authorizers.HttpUserPoolAuthorizer(
                "Buyers",
                buyers,
                user_pool_clients=[web_shop, *([back_office] if back_office else [])],
            ),
            attempt_limits=attempt_limits,
            refunds=access if gives_back else None,
            buyers_may_cancel=buyers_may_cancel,
            captures=access if captures_later else None,
        )

        self._tell(buyers, web_shop, back_office, secret)

    def _tell(
        self,
        buyers: cognito.UserPool,
        web_shop: cognito.UserPoolClient,
        back_office: cognito.UserPoolClient | None,
        secret: secretsmanager.Secret,
    ) -> None:
        """Say in outputs where everything is that its users and the command line need."""
        outputs = {
            "ApiUrl": self.api.url,
            "OrderTableName": self.checkout.order_table.table_name,
            "PaymentQueueUrl": self.checkout.payment_queue.queue_url,
            "DeadLetterQueueUrl": self.checkout.dead_letter_queue.queue_url,
            "RelayFailureQueueUrl": self.checkout.relay_failure_queue.queue_url,
            "UserPoolId": buyers.user_pool_id,
            "UserPoolClientId": web_shop.user_pool_client_id,
            "PaymentSecretArn": secret.secret_arn,
            "ReconcilerFunctionName": self.checkout.reconciler.function_name,
            "PaymentConsumerFunctionName": self.checkout.payment_consumer.function_name,
        }
        if back_office is not None:
            outputs["BackOfficeClientId"] = back_office.user_pool_client_id
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)


def _payment_secret(scope: Construct) -> secretsmanager.Secret:
    secret = secretsmanager.Secret(
        scope, "PaymentSecret", description="Bearer token of the payment service."
    )
    acknowledge(
        secret,
        {
            "AwsSolutions::AwsSolutions-SMG4": (
                "The token is issued by the payment service, which is the one to rotate it."
            ),
            "PCI.DSS.321::PCI.DSS.321-SecretsManagerUsingKMSKey": (
                "Encrypted under aws/secretsmanager, which only this account can use. A secret "
                "under a key of one's own works with the constructs unchanged."
            ),
        },
    )
    return secret


def _buyers(scope: Construct) -> cognito.UserPool:
    buyers = cognito.UserPool(
        scope,
        "Buyers",
        self_sign_up_enabled=False,
        sign_in_aliases=cognito.SignInAliases(email=True),
        password_policy=cognito.PasswordPolicy(
            min_length=PASSWORD_MIN_LENGTH,
            require_digits=True,
            require_lowercase=True,
            require_symbols=True,
            require_uppercase=True,
        ),
    )
    acknowledge(
        buyers,
        {
            "AwsSolutions::AwsSolutions-COG2": (
                "Buyers of a shop choose their own factors; the operator of a pool of its own "
                "decides. The payment service authenticates the card, not this pool."
            ),
            "AwsSolutions::AwsSolutions-COG8": (
                "The plus plan is charged by the active buyer. The example leaves it to the shop."
            ),
        },
    )
    return buyers


def _back_office(stack: cdk.Stack, pool: cognito.UserPool) -> cognito.UserPoolClient:
    """Make a client whose tokens may ask for refunds and captures; no buyer signs in by it.

    It has a secret. Its tokens come from the pool's domain, under the grant ``client_credentials``.
    """
    identifier, name = REFUND_SCOPE
    refund = cognito.ResourceServerScope(scope_name=name, scope_description="Give money back.")
    server = pool.add_resource_server("Checkout", identifier=identifier, scopes=[refund])
    # A domain is unique in its Region, as the last part of a stack's id is.
    unique = cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))
    pool.add_domain(
        "Tokens",
        cognito_domain=cognito.CognitoDomainOptions(domain_prefix=f"checkout-{unique}"),
    )
    return pool.add_client(
        "BackOffice",
        generate_secret=True,
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(client_credentials=True),
            scopes=[cognito.OAuthScope.resource_server(server, refund)],
        ),
    )
