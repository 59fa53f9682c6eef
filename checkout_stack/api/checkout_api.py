"""An HTTP API in front of a checkout: submit an order, read it, pay it by other means."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack.api.access_requirements import (
    TYPES,
    access_requirements,
    bound_authorizer,
)
from checkout_stack.api.api_stage import ApiStage
from checkout_stack.api.cart_requirements import cart_requirements, places_of
from checkout_stack.api.refund_access import RefundAccess, refund_requirements
from checkout_stack.api.routes import (
    GET_ORDER,
    PLACE_ORDER,
    REFUND_ORDER,
    RESUME_PAYMENT,
    ROUTES,
    START_PAYMENT_ATTEMPT,
    Route,
)
from checkout_stack.api.scope_from import OPEN_ACCESS, OpenAccess, ScopeFrom
from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.place_requirements import place_requirements
from checkout_stack.foundation.property_types import type_requirements
from checkout_stack.foundation.requirements import Requirement, enforce
from checkout_stack.foundation.runtime_function import BUYER_FACING_MEBIBYTES, RuntimeFunction
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.monitoring.api_alarms import api_alarms
from checkout_stack.monitoring.log_metrics import (
    CARTS_TAKEN,
    KEYS_REUSED,
    OF_EVERY_FUNCTION,
    OF_THE_INTAKE,
    PERIOD,
    PLACED,
    REPLAYED,
)
from checkout_stack.pipeline.app_checkouts import remember_carts


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
    #: Asks for refunds and lists them; ``None`` without ``refunds``.
    refund_order: lambda_.Function | None
    #: Server errors of the API; errors and throttles of each function, if the checkout's
    #: ``observability`` has those.
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
        refunds: RefundAccess | None = None,
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
            ``POST /orders`` then takes a signed cart and no price of the buyer's. Sign the
            checkout's ``namespace`` as ``aud``. Neither a payment service's secret nor the cart
            secret of another checkout. Default: the caller's price is taken, so the caller has
            to be your own server.
        :param guards_carts: A signed cart becomes one order, also under a fresh idempotency key and
            for another principal. Takes a transaction in place of a put, and ``cart_secret``.
            Default: no guard.
        :param cors: Which web pages may call from a browser. Default: none. Name at least the
            headers ``idempotency-key``, ``content-type`` and ``authorization``, and expose
            ``location``, ``retry-after`` and ``idempotent-replayed`` to the page.
        :param functions: Size, network and logs of the functions, and of the access log. Default:
            as those of the checkout.
        :param refunds: Who may ask for refunds, and list them: :meth:`RefundAccess.scopes`, or
            :meth:`RefundAccess.by`. Your shop and your operators, and no buyer. The payment service
            has to be told how to refund. Default: nobody; there is no such route.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        enforce(
            self,
            [
                *access_requirements(authorizer=authorizer, scope_from=scope_from, cors=cors),
                *cart_requirements(checkout, cart_secret, guards_carts=guards_carts),
                *place_requirements(self, places_of(checkout, cart_secret, functions)),
                *(functions.requirements("functions") if functions is not None else []),
                *refund_requirements(checkout, authorizer, refunds),
                *(_own_access(refunds) if refunds is not None else []),
            ],
        )
        if cart_secret is not None:
            remember_carts(checkout, cart_secret)
        self._checkout = checkout
        settings = functions or checkout.functions
        self.http_api = apigwv2.HttpApi(
            self,
            "Http",
            description="Places orders that resubmission does not double.",
            create_default_stage=False,
            cors_preflight=cors,
        )
        self.url = ApiStage(self, "Stage", http_api=self.http_api, settings=settings).stage.url
        shared = {
            "ORDER_TABLE_NAME": checkout.order_table.table_name,
            "SCOPE_FROM": _scope_json(authorizer, scope_from),
        }
        answering: dict[Route, RuntimeFunction] = {}
        for route in (*ROUTES, *([] if refunds is None else [REFUND_ORDER])):
            carts = _cart_environment(cart_secret, guards_carts) if route.takes_carts else {}
            access = refunds if route is REFUND_ORDER else None
            asked = (
                {} if access is None else access.environment(_scope_json(authorizer, scope_from))
            )
            made = self._function(
                route, {**shared, **route.environment(checkout), **carts, **asked}, settings
            )
            self._add_route(route, made.function, authorizer, access)
            route.grant(checkout, made.function)
            if route.takes_carts and cart_secret is not None:
                made.grant_read_secret(cart_secret)
            answering[route] = made
        enforce(self, place_requirements(self, bound_authorizer(self.http_api)))
        self.place_order = answering[PLACE_ORDER].function
        self.get_order = answering[GET_ORDER].function
        self.start_payment_attempt = answering[START_PAYMENT_ATTEMPT].function
        self.resume_payment = answering[RESUME_PAYMENT].function
        asked_to_refund = answering.get(REFUND_ORDER)
        self.refund_order = None if asked_to_refund is None else asked_to_refund.function
        counted = checkout.log_metrics
        counted.add_source(self, OF_THE_INTAKE, answering[PLACE_ORDER].log_group)
        for route, made in answering.items():
            of_function = Construct(self, f"{route.construct_id}Metrics")
            counted.add_source(of_function, OF_EVERY_FUNCTION, made.log_group)
        self.alarms = api_alarms(
            self,
            http_api=self.http_api,
            topic=checkout.alarm_topic,
            wishes={
                route.construct_id: (made.function, route.wish)
                for route, made in answering.items()
                if checkout.observability.each_function
            },
        )
        self._show_on_dashboard()

    def metric_orders_placed(self) -> cloudwatch.Metric:
        """New orders, a minute."""
        return self._checkout.log_metrics.metric(PLACED, label="placed")

    def metric_orders_replayed(self) -> cloudwatch.Metric:
        """Resubmissions that found their order, a minute: second orders that were prevented."""
        return self._checkout.log_metrics.metric(REPLAYED, label="resubmitted")

    def metric_keys_reused(self) -> cloudwatch.Metric:
        """Requests under another purchase's key, a minute; they were refused."""
        return self._checkout.log_metrics.metric(KEYS_REUSED, label="key reused")

    def metric_carts_taken(self) -> cloudwatch.Metric:
        """Carts that were another order already, a minute; they were refused."""
        return self._checkout.log_metrics.metric(CARTS_TAKEN, label="cart taken")

    def _show_on_dashboard(self) -> None:
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

    def _function(
        self, route: Route, environment: dict[str, str], settings: FunctionSettings
    ) -> RuntimeFunction:
        return RuntimeFunction(
            self,
            route.construct_id,
            handler=route.handler,
            description=route.description,
            environment=environment,
            timeout=route.timeout,
            settings=settings,
            usual_memory_mebibytes=BUYER_FACING_MEBIBYTES,
        )

    def _add_route(
        self,
        route: Route,
        function: lambda_.IFunction,
        authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None,
        refunds: RefundAccess | None,
    ) -> None:
        if refunds is not None:
            authorizer = refunds.authorizer or authorizer
        is_open = isinstance(authorizer, OpenAccess)
        routes = self.http_api.add_routes(
            path=route.path,
            methods=[route.method, *route.also],
            integration=integrations.HttpLambdaIntegration(
                f"{route.construct_id}Integration",
                function,
                payload_format_version=apigwv2.PayloadFormatVersion.VERSION_2_0,
            ),
            authorizer=(
                apigwv2.HttpNoneAuthorizer() if isinstance(authorizer, OpenAccess) else authorizer
            ),
            authorization_scopes=None if refunds is None else list(refunds.wanted_scopes) or None,
        )
        for each in routes if is_open else ():
            acknowledge(
                each, {"AwsSolutions::AwsSolutions-APIG4": "Open access was asked for by name."}
            )


def _own_access(refunds: RefundAccess) -> list[Requirement]:
    """Return what has to hold of an authorizer that lets in for refunds alone, if there is one."""
    if refunds.authorizer is None:
        return []
    return access_requirements(
        authorizer=refunds.authorizer, scope_from=refunds.scope_from, cors=None
    )


def _cart_environment(
    cart_secret: secretsmanager.ISecret | None, guards_carts: bool
) -> dict[str, str]:
    if cart_secret is None:
        return {}
    guard = {"GUARDS_CARTS": "true"} if guards_carts else {}
    return {"CART_SECRET_ARN": cart_secret.secret_arn, **guard}


def _scope_json(
    authorizer: apigwv2.IHttpRouteAuthorizer | OpenAccess | None, scope_from: ScopeFrom | None
) -> str:
    if authorizer is OPEN_ACCESS:
        return "[]"
    return (scope_from or ScopeFrom.jwt_claims("iss", "sub")).to_json()
