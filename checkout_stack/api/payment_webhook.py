"""``POST /payment-events``: the payment service says that something happened to a payment."""

from __future__ import annotations

from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack.api.api_stage import ApiStage
from checkout_stack.api.checkout_api import CheckoutApi
from checkout_stack.api.webhook_requirements import (
    TIMEOUT,
    TYPES,
    remember,
    webhook_requirements,
)
from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.property_types import type_requirements
from checkout_stack.foundation.requirements import enforce
from checkout_stack.foundation.runtime_function import RuntimeFunction
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.monitoring.log_metrics import (
    DISPUTES,
    OF_EVERY_FUNCTION,
    OF_THE_WEBHOOK,
    WEBHOOKS_FOLLOWED,
    WEBHOOKS_REFUSED,
)
from checkout_stack.monitoring.webhook_alarms import webhook_alarms

PATH = "/payment-events"
#: Requests a second for each invocation at a time: a look-up takes a tenth of a second or longer.
REQUESTS_A_SECOND_FOR_EACH = 10
#: How many may come at once after a quiet time, in seconds of that rate.
SECONDS_AT_ONCE = 2


class PaymentWebhook(Construct):
    """Lets the payment service say that a payment changed, so that nobody waits for a look-up.

    A webhook is a hint. Its signature is verified; of what it says only the order's name is used,
    and the payment service is asked about that order at once. Without any webhook the reconciler
    finds out the same, minutes later.

    The function has invocations of its own and its route a limit of its own: what comes faster is
    refused there, and sent again by the payment service. It takes nothing from the function that
    charges.
    """

    #: The API that has the route: the one given, or one made here.
    http_api: apigwv2.HttpApi
    #: Where the payment service sends its webhooks.
    url: str
    #: Verifies webhooks and asks about orders.
    function: lambda_.Function
    #: Disputes; refused webhooks, and errors and throttles of the function, if the checkout's
    #: ``observability`` has those.
    alarms: tuple[cloudwatch.Alarm, ...]

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        checkout: IdempotentCheckout,
        secret: secretsmanager.ISecret | None = None,
        api: CheckoutApi | None = None,
        concurrency: int | None = 10,
        functions: FunctionSettings | None = None,
    ) -> None:
        """Create the route and its function.

        :param checkout: The checkout whose payment service sends webhooks. One that cannot be
            asked what became of a charge makes them useless, and synth warns of it.
        :param secret: The secret under which they are signed, as the payment service shows it:
            ``whsec_...``, 32 characters or more. After a rotation the version before it
            (``AWSPREVIOUS``) is accepted as well. Neither a secret with which charges are made nor
            one of carts. At :meth:`PaymentService.stripe` Stripe's signature is verified, else that
            of Standard Webhooks. Default, with :meth:`PaymentService.custom` only: none, the
            module's ``verify_webhook`` decides.
        :param api: The API that gets the route ``POST /payment-events``, in the same stack. Its
            alarm on server errors then rings for webhooks that have to come again, too. Default:
            an API of its own, with that route alone.
        :param concurrency: Invocations at a time, 1 or more: reserved for the function, and never
            exceeded by it. The route takes ten times as many requests a second. ``None`` reserves
            nothing, for accounts with little concurrency. Default 10, as many look-ups at a time
            as one invocation of the payment consumer makes charges.
        :param functions: Size, network and logs of the function. Default: as those of the checkout.
        :raises CheckoutMisconfiguredError: with everything that is wrong, all at once.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        enforce(self, webhook_requirements(self, checkout, secret, api, concurrency, functions))
        remember(self, secret, api)
        self._checkout = checkout
        settings = functions or checkout.functions
        self.http_api, stage = self._api(settings) if api is None else (api.http_api, api.stage)
        self.url = f"{stage.url}{PATH.removeprefix('/')}"
        receiver = self._receiver(secret, replace(settings, reserved_concurrency=concurrency))
        self.function = receiver.function
        self._add_route(stage, concurrency or settings.reserved_concurrency)
        counted = checkout.log_metrics
        records = (*OF_THE_WEBHOOK, *OF_EVERY_FUNCTION)
        counted.add_source(Construct(self, "Metrics"), records, receiver.log_group)
        self.alarms = webhook_alarms(
            self,
            function=self.function,
            log_metrics=counted,
            topic=checkout.alarm_topic,
            with_causes=checkout.observability.causes,
        )
        self._warn_where_useless()

    def metric_webhooks(self) -> cloudwatch.Metric:
        """Hints that were followed, a minute, whether there was news or not."""
        return self._checkout.log_metrics.metric(WEBHOOKS_FOLLOWED, label="webhooks")

    def metric_webhooks_refused(self) -> cloudwatch.Metric:
        """Requests that the payment service did not sign, a minute."""
        return self._checkout.log_metrics.metric(WEBHOOKS_REFUSED, label="webhooks refused")

    def metric_disputes(self) -> cloudwatch.Metric:
        """Charges that a buyer's bank disputes, a minute."""
        return self._checkout.log_metrics.metric(DISPUTES, label="disputes")

    def _api(self, settings: FunctionSettings) -> tuple[apigwv2.HttpApi, apigwv2.HttpStage]:
        http_api = apigwv2.HttpApi(
            self,
            "Http",
            description="Takes webhooks of a checkout's payment service.",
            create_default_stage=False,
        )
        return http_api, ApiStage(self, "Stage", http_api=http_api, settings=settings).stage

    def _receiver(
        self, secret: secretsmanager.ISecret | None, settings: FunctionSettings
    ) -> RuntimeFunction:
        verified_by = (
            {"WEBHOOK_BY_MODULE": "true"}
            if secret is None
            else {"WEBHOOK_SECRET_ARN": secret.secret_arn}
        )
        receiver = RuntimeFunction(
            self,
            "Receiver",
            handler="receive_webhook",
            description="Asks about the orders that the payment service's webhooks name.",
            environment=verified_by,
            timeout=TIMEOUT,
            settings=settings,
        )
        self._checkout.let_settle(receiver)
        if secret is not None:
            receiver.grant_read_secret(secret)
        return receiver

    def _add_route(self, stage: apigwv2.HttpStage, concurrency: int | None) -> None:
        key = apigwv2.HttpRouteKey.with_(PATH, apigwv2.HttpMethod.POST)
        route = apigwv2.HttpRoute(
            self,
            "Route",
            http_api=self.http_api,
            route_key=key,
            integration=integrations.HttpLambdaIntegration(
                "Integration",
                self.function,
                payload_format_version=apigwv2.PayloadFormatVersion.VERSION_2_0,
            ),
            authorizer=apigwv2.HttpNoneAuthorizer(),
        )
        acknowledge(
            route,
            {
                "AwsSolutions::AwsSolutions-APIG4": (
                    "A payment service has no token of an authorizer. It signs each request, and "
                    "the function verifies that before it reads any of it."
                )
            },
        )
        if concurrency is None:
            return
        template = stage.node.default_child
        assert isinstance(template, apigwv2.CfnStage)
        rate = REQUESTS_A_SECOND_FOR_EACH * concurrency
        template.route_settings = {
            key.key: {
                "ThrottlingRateLimit": rate,
                "ThrottlingBurstLimit": SECONDS_AT_ONCE * rate,
            }
        }
        # API Gateway refuses settings of a route that is not there yet.
        stage.node.add_dependency(route)

    def _warn_where_useless(self) -> None:
        if not self._checkout.payment_service.looks_up:
            cdk.Annotations.of(self).add_warning_v2(
                "idempotent-checkout:webhook-without-look-up",
                "The payment service cannot be asked what became of a charge, so its webhooks are "
                "counted and change nothing: give it look_up_url (or can_look_up=True).",
            )
