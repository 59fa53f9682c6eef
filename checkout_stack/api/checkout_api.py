"""An HTTP API in front of a checkout: submit an order, read it, pay it by other means."""

from __future__ import annotations

from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack.api.access_requirements import (
    TYPES,
    access_requirements,
    access_type_requirements,
    bound_authorizer,
    own_access_requirements,
)
from checkout_stack.api.api_metrics import ApiMetrics
from checkout_stack.api.api_stage import ApiStage
from checkout_stack.api.attempt_limits import AttemptLimits
from checkout_stack.api.cart_requirements import cart_requirements, places_of
from checkout_stack.api.function_choices import FunctionChoices
from checkout_stack.api.refund_access import (
    RefundAccess,
    buyers_token_requirements,
    capture_requirements,
    one_name_each,
    refund_requirements,
)
from checkout_stack.api.routes import (
    CANCEL_ORDER,
    CAPTURE_ORDER,
    FIND_ORDER,
    GET_ORDER,
    PLACE_ORDER,
    REFUND_ORDER,
    RESUME_PAYMENT,
    START_PAYMENT_ATTEMPT,
    Route,
    routes_of,
)
from checkout_stack.api.scope_from import GUESTS_BY_CART, OpenAccess, ScopeFrom
from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.place_requirements import place_requirements
from checkout_stack.foundation.property_types import type_requirements
from checkout_stack.foundation.requirements import Requirement, enforce
from checkout_stack.foundation.runtime_function import BUYER_FACING_MEBIBYTES, RuntimeFunction
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.pipeline.app_checkouts import remember_carts


class CheckoutApi(ApiMetrics):
    """``POST /orders``, ``GET /orders/{order_id}``, and two ways on with its payment.

    ``POST /orders/{order_id}/payment-attempts`` tries another method after a decline,
    ``POST /orders/{order_id}/resume`` goes on after the buyer acted (3-D Secure), and
    ``GET /orders?key=…`` finds the caller's order again by its idempotency key. ``checkout api
    openapi`` prints their description.

    One function a route, each with the one permission it needs. The throttling of the ``$default``
    stage is left at the account's: 429 on an order is a lost sale, and no number fits every shop.
    """

    #: Its one stage.
    stage: apigwv2.HttpStage
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
    #: Finds an order by its idempotency key.
    find_order: lambda_.Function
    #: Asks for refunds and lists them; ``None`` without ``refunds``.
    refund_order: lambda_.Function | None
    #: Cancels buyers' orders; ``None`` without ``buyers_may_cancel``.
    cancel_order: lambda_.Function | None
    #: Asks for held money; ``None`` without ``captures``.
    capture_order: lambda_.Function | None

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
        attempt_limits: AttemptLimits | None = None,
        refunds: RefundAccess | None = None,
        buyers_may_cancel: bool = False,
        captures: RefundAccess | None = None,
    ) -> None:
        """Create the API.

        :param checkout: The checkout whose orders are placed.
        :param authorizer: Who may call: a JWT or Lambda authorizer, :data:`GUESTS_BY_CART` where
            nobody signs in, or :data:`OPEN_ACCESS`. Leaving it out is an error. IAM authorization
            is refused: its caller is a session name, which changes, so a resubmission would be
            another principal's.
        :param scope_from: What in the authorizer's context identifies a person. Default: issuer and
            subject of the JWT. None with ``OPEN_ACCESS``, where all callers are one, or
            ``GUESTS_BY_CART``, where each cart is one.
        :param cart_secret: A secret string of 32 characters or more under which your shop signs
            carts (``checkout_runtime.domain.signed_cart.sign_cart``, or any JWT library, HS256).
            ``POST /orders`` then takes a signed cart and no price of the buyer's. Sign the
            checkout's ``namespace`` as ``aud``. Neither a payment service's secret nor the cart
            secret of another checkout. Default: the caller's price is taken, so the caller has
            to be your own server.
        :param guards_carts: A signed cart becomes one order, also under a fresh idempotency key and
            for another principal. Takes a transaction in place of a put, and ``cart_secret``.
            Has to be given with ``GUESTS_BY_CART``. Default: no guard.
        :param cors: Which web pages may call from a browser. Default: none. Name at least the
            headers ``idempotency-key``, ``content-type`` and ``authorization``, and expose
            ``location``, ``retry-after`` and ``idempotent-replayed`` to the page.
        :param functions: Size, network and logs of the functions, and of the access log. Default:
            as those of the checkout.
        :param attempt_limits: How often declined payments may be tried again, how many orders a
            buyer may place, and an alarm on the share of declines. Limits of each buyer need the
            buyer's own token or cart: callers who share a principal share the limit. Default: as
            often as each order allows, any number, and no such alarm.
        :param refunds: Who may ask for refunds, and list them: :meth:`RefundAccess.scopes`, or
            :meth:`RefundAccess.by`. Your shop and your operators, and no buyer. The payment service
            has to be told how to refund. Default: nobody; there is no such route.
        :param buyers_may_cancel: Buyers may give up their own orders that are not paid, by
            ``POST /orders/{order_id}/cancel``. Default: there is no such route.
        :param captures: Who may ask for held money, by ``POST /orders/{order_id}/capture``: as
            ``refunds``, which may be the same access. The payment service has to hold it first,
            ``capture="later"``. Default: nobody; there is no such route.
        """
        super().__init__(scope, construct_id)
        of_accesses = access_type_requirements(refunds=refunds, captures=captures)
        enforce(self, [*type_requirements(TYPES, locals()), *of_accesses])
        choices = FunctionChoices(
            checkout=checkout,
            authorizer=authorizer,
            scope_from=scope_from,
            cart_secret=cart_secret,
            guards_carts=guards_carts,
            attempt_limits=attempt_limits,
            refunds=refunds,
            captures=captures,
        )
        enforce(self, self._requirements(choices, cors, functions))
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
        self.stage = ApiStage(self, "Stage", http_api=self.http_api, settings=settings).stage
        self.url = self.stage.url
        routes = routes_of(
            refunds=refunds is not None,
            cancellations=buyers_may_cancel,
            captures=captures is not None,
        )
        answering = {route: self._answer(route, choices, settings) for route in routes}
        accesses = {"refunds": refunds, "captures": captures}
        enforce(
            self,
            [
                *place_requirements(self, bound_authorizer(self.http_api)),
                *buyers_token_requirements(self.http_api, authorizer, accesses),
            ],
        )
        self.place_order = answering[PLACE_ORDER].function
        self.get_order = answering[GET_ORDER].function
        self.start_payment_attempt = answering[START_PAYMENT_ATTEMPT].function
        self.resume_payment = answering[RESUME_PAYMENT].function
        self.find_order = answering[FIND_ORDER].function
        made = {route: each.function for route, each in answering.items()}
        self.refund_order = made.get(REFUND_ORDER)
        self.cancel_order = made.get(CANCEL_ORDER)
        self.capture_order = made.get(CAPTURE_ORDER)
        self._count_records(answering)
        self.alarms = self._raise_alarms(answering, attempt_limits)
        self._show_on_dashboard()

    def _requirements(
        self,
        given: FunctionChoices,
        cors: apigwv2.CorsPreflightOptions | None,
        functions: FunctionSettings | None,
    ) -> list[Requirement]:
        checkout, authorizer, scope_from = given.checkout, given.authorizer, given.scope_from
        limits = given.attempt_limits
        return [
            *access_requirements(authorizer=authorizer, scope_from=scope_from, cors=cors),
            *cart_requirements(
                checkout,
                given.cart_secret,
                guards_carts=given.guards_carts,
                has_guests=authorizer is GUESTS_BY_CART,
            ),
            *place_requirements(self, places_of(checkout, given.cart_secret, functions)),
            *(functions.requirements("functions") if functions is not None else []),
            *(
                limits.requirements(
                    checkout.max_payment_attempts, authorizer=authorizer, scope_from=scope_from
                )
                if limits is not None
                else []
            ),
            *refund_requirements(checkout, authorizer, given.refunds),
            *capture_requirements(checkout, authorizer, given.captures),
            *own_access_requirements(given.refunds, given.captures),
        ]

    def _answer(
        self, route: Route, choices: FunctionChoices, settings: FunctionSettings
    ) -> RuntimeFunction:
        made = RuntimeFunction(
            self,
            route.construct_id,
            handler=route.handler,
            description=route.description,
            environment=choices.environment(route),
            timeout=route.timeout,
            settings=settings,
            usual_memory_mebibytes=BUYER_FACING_MEBIBYTES,
        )
        self._add_route(route, made.function, choices)
        route.grant(choices.checkout, made.function)
        if choices.counts_orders(route):  # in an item of the table, by the same permission
            choices.checkout.grant_start_payment_attempts(made.function)
        secret = choices.secret_of(route)
        if secret is not None:
            made.grant_read_secret(secret)
        return made

    def _add_route(
        self,
        route: Route,
        function: lambda_.IFunction,
        choices: FunctionChoices,
    ) -> None:
        access = choices.refund_access(route)
        authorizer = (access and access.authorizer) or choices.authorizer
        is_open = isinstance(authorizer, OpenAccess)
        with one_name_each(self):
            routes = self.http_api.add_routes(
                path=route.path,
                methods=[route.method, *route.also],
                integration=integrations.HttpLambdaIntegration(
                    f"{route.construct_id}Integration",
                    function,
                    payload_format_version=apigwv2.PayloadFormatVersion.VERSION_2_0,
                ),
                authorizer=(
                    apigwv2.HttpNoneAuthorizer()
                    if isinstance(authorizer, OpenAccess)
                    else authorizer
                ),
                authorization_scopes=(list(access.wanted_scopes) or None) if access else None,
            )
        for each in routes if is_open else ():
            acknowledge(
                each, {"AwsSolutions::AwsSolutions-APIG4": "Open access was asked for by name."}
            )
