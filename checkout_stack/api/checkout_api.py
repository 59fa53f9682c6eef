"""An HTTP API in front of a checkout: submit an order, read it, pay it by other means."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack.api.access_requirements import TYPES, access_requirements
from checkout_stack.api.api_stage import ApiStage
from checkout_stack.api.scope_from import OPEN_ACCESS, OpenAccess, ScopeFrom
from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.place_requirements import secret_requirements
from checkout_stack.foundation.property_types import type_requirements
from checkout_stack.foundation.requirements import Requirement, enforce
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.foundation.secret_grants import grant_read_secret
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.monitoring.api_alarms import api_alarms
from checkout_stack.monitoring.log_metrics import (
    CARTS_TAKEN,
    KEYS_REUSED,
    OF_THE_INTAKE,
    PERIOD,
    PLACED,
    REPLAYED,
    count,
    metric_of,
)

#: One DynamoDB call and a cold start; less than API Gateway's 30 s, so that the function and not
#: the gateway gives up (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
TIMEOUT = cdk.Duration.seconds(10)


class CheckoutApi(Construct):
    """``POST /orders``, ``GET /orders/{order_id}``, and two ways on with its payment.

    ``POST /orders/{order_id}/payment-attempts`` tries another method after a decline,
    ``POST /orders/{order_id}/resume`` goes on after the buyer acted (3-D Secure).

    One function a route, each with the one permission it needs. The throttling of the ``$default``
    stage is left at the account's: 429 on an order is a lost sale, and no number fits every shop.
    """

    #: The API itself.
    http_api: apigwv2.HttpApi
    #: Its address, with a slash at the end.
    url: str
    #: Accepts orders.
    place_order: lambda_.Function
    #: Tells what became of an order.
    get_order: lambda_.Function
    #: Starts another attempt after a decline.
    start_payment_attempt: lambda_.Function
    #: Goes on after the buyer acted.
    resume_payment: lambda_.Function
    #: Server errors of the API; errors and throttles of each function.
    alarms: tuple[cloudwatch.Alarm, ...]

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        checkout: IdempotentCheckout,
        authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None = None,
        scope_from: ScopeFrom | None = None,
        cart_secret: secretsmanager.ISecret | None = None,
        guards_carts: bool = False,
        cors: apigwv2.CorsPreflightOptions | None = None,
        functions: FunctionSettings | None = None,
    ) -> None:
        """Create the API.

        :param checkout: The checkout whose orders are placed.
        :param authorizer: Who may call: a JWT or Lambda authorizer, or :data:`OPEN_ACCESS`. Leaving
            it out is an error. IAM authorization is refused: its caller is a session name, which
            changes, so a resubmission would be another principal's.
        :param scope_from: What in the authorizer's context identifies a person. Default: issuer and
            subject of the JWT. None with ``OPEN_ACCESS``, where all callers are one.
        :param cart_secret: A secret string of 32 characters or more under which your shop signs
            carts (``checkout_runtime.domain.signed_cart.sign_cart``, or any JWT library, HS256).
            ``POST /orders`` then takes a signed cart and no price of the buyer's. Default: the
            caller's price is believed, so the caller has to be your own server.
        :param guards_carts: A signed cart becomes one order, also under a fresh idempotency key and
            for another principal. Takes a transaction in place of a put, and ``cart_secret``.
            Default: no guard.
        :param cors: Which web pages may call from a browser. Default: none. Name at least the
            headers ``idempotency-key``, ``content-type`` and ``authorization``, and expose
            ``location``, ``retry-after`` and ``idempotent-replayed`` to the page.
        :param functions: Size, network and logs of the functions, and of the access log. Default:
            as those of the checkout.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        enforce(
            self,
            [
                *access_requirements(authorizer=authorizer, scope_from=scope_from, cors=cors),
                Requirement(
                    holds=cart_secret is not None or not guards_carts,
                    property="guards_carts",
                    given=guards_carts,
                    allowed="True with cart_secret only: a cart id that nobody signed is a guess",
                    fix="give cart_secret, or leave guards_carts out",
                ),
                *secret_requirements("cart_secret", cart_secret, self),
                *(functions.requirements("functions") if functions is not None else []),
            ],
        )
        self._checkout = checkout
        self._cart_secret, self._guards_carts = cart_secret, guards_carts
        self._functions = functions or checkout.functions
        self._authorizer = authorizer
        self._scope_json = _scope_json(authorizer, scope_from)
        self.http_api = apigwv2.HttpApi(
            self,
            "Http",
            description="Places orders that resubmission does not double.",
            create_default_stage=False,
            cors_preflight=cors,
        )
        self.url = ApiStage(
            self, "Stage", http_api=self.http_api, settings=self._functions
        ).stage.url
        self.place_order = self._place_order()
        self.get_order = self._get_order()
        self.start_payment_attempt = self._start_payment_attempt()
        self.resume_payment = self._resume_payment()
        for counted in OF_THE_INTAKE:
            count(
                self,
                counted,
                log_group=self._intake_log,
                namespace=checkout.metric_namespace,
            )
        self.alarms = api_alarms(
            self,
            http_api=self.http_api,
            topic=checkout.alarm_topic,
            wishes={
                "PlaceOrder": (self.place_order, "place an order"),
                "GetOrder": (self.get_order, "see what became of an order"),
                "StartPaymentAttempt": (self.start_payment_attempt, "pay by other means"),
                "ResumePayment": (self.resume_payment, "confirm a payment"),
            },
        )
        self._show()

    def metric_orders_placed(self) -> cloudwatch.Metric:
        """New orders, a minute."""
        return metric_of(PLACED, self._checkout.metric_namespace, label="placed")

    def metric_orders_replayed(self) -> cloudwatch.Metric:
        """Resubmissions that found their order, a minute: second orders that were prevented."""
        return metric_of(REPLAYED, self._checkout.metric_namespace, label="resubmitted")

    def metric_keys_reused(self) -> cloudwatch.Metric:
        """Requests under another purchase's key, a minute; they were refused."""
        return metric_of(KEYS_REUSED, self._checkout.metric_namespace, label="key reused")

    def metric_carts_taken(self) -> cloudwatch.Metric:
        """Carts that were another order already, a minute; they were refused."""
        return metric_of(CARTS_TAKEN, self._checkout.metric_namespace, label="cart taken")

    def _show(self) -> None:
        # Across stacks each would depend on the other.
        same_stack = cdk.Stack.of(self).node.path == cdk.Stack.of(self._checkout).node.path
        if self._checkout.dashboard is None or not same_stack:
            return
        self._checkout.dashboard.show_intake(
            answers=[
                self.metric_orders_placed(),
                self.http_api.metric_client_error(period=PERIOD, label="4xx"),
                self.http_api.metric_server_error(period=PERIOD, label="5xx"),
            ],
            prevented=[
                self.metric_orders_replayed(),
                self.metric_keys_reused(),
                self.metric_carts_taken(),
            ],
            latency=[
                self.http_api.metric_latency(
                    period=PERIOD, statistic=cloudwatch.Stats.percentile(99), label="API, p99"
                )
            ],
            alarms=self.alarms,
        )

    def _place_order(self) -> lambda_.Function:
        function = self._route(
            "PlaceOrder",
            "POST /orders",
            handler="place_order",
            description="Accepts an order, once for each idempotency key.",
            environment={
                "CHECKOUT_NAMESPACE": self._checkout.namespace,
                "UNSETTLED_SHARDS": self._checkout.unsettled_index_shards,
                **self._cart_environment(),
            },
        )
        self._checkout.grant_place_orders(function)
        if self._cart_secret is not None:
            grant_read_secret(self._cart_secret, function)
        return function

    def _cart_environment(self) -> dict[str, str]:
        if self._cart_secret is None:
            return {}
        guard = {"GUARDS_CARTS": "true"} if self._guards_carts else {}
        return {"CART_SECRET_ARN": self._cart_secret.secret_arn, **guard}

    def _get_order(self) -> lambda_.Function:
        function = self._route(
            "GetOrder",
            "GET /orders/{order_id}",
            handler="get_order",
            description="Tells a buyer what became of an order.",
            environment={},
        )
        self._checkout.grant_read_orders(function)
        return function

    def _start_payment_attempt(self) -> lambda_.Function:
        function = self._route(
            "StartPaymentAttempt",
            "POST /orders/{order_id}/payment-attempts",
            handler="start_payment_attempt",
            description="Starts another payment attempt after a decline.",
            environment={
                "UNSETTLED_SHARDS": self._checkout.unsettled_index_shards,
                "MAX_PAYMENT_ATTEMPTS": self._checkout.max_payment_attempts,
            },
        )
        self._checkout.grant_start_payment_attempts(function)
        return function

    def _resume_payment(self) -> lambda_.Function:
        function = self._route(
            "ResumePayment",
            "POST /orders/{order_id}/resume",
            handler="resume_payment",
            description="Goes on with a payment after the buyer acted.",
            environment={"UNSETTLED_SHARDS": self._checkout.unsettled_index_shards},
        )
        self._checkout.grant_start_payment_attempts(function)
        return function

    def _route(
        self,
        construct_id: str,
        route: str,
        *,
        handler: str,
        description: str,
        environment: dict[str, str],
    ) -> lambda_.Function:
        made = RuntimeFunction(
            self,
            construct_id,
            handler=handler,
            description=description,
            environment={
                "ORDER_TABLE_NAME": self._checkout.order_table.table_name,
                "SCOPE_FROM": self._scope_json,
                **environment,
            },
            timeout=TIMEOUT,
            settings=self._functions,
        )
        function = made.function
        if handler == "place_order":
            self._intake_log = made.log_group
        method, path = route.split(" ")
        routes = self.http_api.add_routes(
            path=path,
            methods=[apigwv2.HttpMethod[method]],
            integration=integrations.HttpLambdaIntegration(
                f"{construct_id}Integration",
                function,
                payload_format_version=apigwv2.PayloadFormatVersion.VERSION_2_0,
            ),
            authorizer=(
                apigwv2.HttpNoneAuthorizer()
                if isinstance(self._authorizer, OpenAccess)
                else self._authorizer
            ),
        )
        if isinstance(self._authorizer, OpenAccess):
            for each in routes:
                acknowledge(
                    each,
                    {"AwsSolutions::AwsSolutions-APIG4": "Open access was asked for by name."},
                )
        return function


def _scope_json(
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None, scope_from: ScopeFrom | None
) -> str:
    if authorizer is OPEN_ACCESS:
        return "[]"
    return (scope_from or ScopeFrom.jwt_claims("iss", "sub")).to_json()
