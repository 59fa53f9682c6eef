"""The CDK app of the local run: the production stack, with short timings by its own properties.

The CDK CLI runs it as ``python -m checkout_stack.local.app``.  Nothing here changes the constructs.
What they synthesize is then said the way MiniStack understands it, see :mod:`.ministack_template`.
"""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import (
    GUESTS_BY_CART,
    AttemptLimits,
    CheckoutApi,
    CheckoutStack,
    CheckoutTiming,
    OrderEvents,
    PaymentWebhook,
)
from checkout_stack.local.aws import ACCOUNT, REGION
from checkout_stack.local.local_checkout import (
    DEPLOYMENTS,
    FAULTS,
    HOLDS,
    ON_TRIAL,
    PLAIN,
    Deployment,
)
from checkout_stack.local.ministack_template import for_ministack
from examples.order_events.app import Warehouse

ARCHIVE_FOR = cdk.Duration.days(30)
"""MiniStack makes no archive: ``ministack_template`` leaves it out."""


def timing_of(deployment: Deployment) -> CheckoutTiming:
    """Timings with which an unknown payment is settled within seconds instead of minutes."""
    # Two payment calls and the 8 s that production asks for beside them.
    consumer_timeout = 2 * deployment.payment_timeout_seconds + 8
    if deployment is FAULTS:
        return CheckoutTiming(
            consumer_timeout=cdk.Duration.seconds(consumer_timeout),
            clock_skew=cdk.Duration.seconds(1),
            first_retry=cdk.Duration.seconds(1),
            longest_retry=cdk.Duration.seconds(4),
            # Seven receives: a message is a dead letter after some 20 s.
            tolerated_outage=cdk.Duration.seconds(5),
            stuck_after=cdk.Duration.seconds(6 * consumer_timeout),
            reconcile_every=cdk.Duration.minutes(1),
        )
    return CheckoutTiming(
        consumer_timeout=cdk.Duration.seconds(consumer_timeout + 2),
        clock_skew=cdk.Duration.seconds(1),
        first_retry=cdk.Duration.seconds(1),
        longest_retry=cdk.Duration.seconds(4),
        tolerated_outage=cdk.Duration.minutes(2),
        reconcile_every=cdk.Duration.minutes(1),
    )


def local_stack(app: cdk.App, deployment: Deployment) -> CheckoutStack:
    """The production stack, on the local payment service, and the warehouse of the examples."""
    url = app.node.get_context(deployment.url_context)
    stack = CheckoutStack(
        app,
        deployment.stack_name,
        payment_service_url=url,
        key_retention=cdk.Duration.hours(24),
        look_up_url=url,
        cancel_url=f"{url}/cancel",
        # One checkout is audited; the others show that they can do without.
        list_url=f"{url}/list" if deployment is FAULTS else None,
        refund_url=f"{url}/refunds",
        capture_url=f"{url}/captures" if deployment.captures_later else None,
        timing=timing_of(deployment),
        payment_timeout=cdk.Duration.seconds(deployment.payment_timeout_seconds),
        order_events=OrderEvents.to_event_bus(archive_for=ARCHIVE_FOR),
        attempt_limits=_limits_of(deployment),
        buyers_may_cancel=True,
        env=cdk.Environment(account=ACCOUNT, region=REGION),
    )
    _let_pages_call(stack.api.http_api)
    if deployment not in (FAULTS, HOLDS):
        # This checkout receives webhooks. The others settle their orders without them.
        _take_webhooks(stack)
    if deployment is PLAIN:
        _let_guests_buy(stack)
    warehouse = Warehouse(stack, "Warehouse", stack.checkout)
    assert stack.checkout.event_bus is not None
    for name, value in {
        "EventBusName": stack.checkout.event_bus.event_bus_name,
        "ShipmentTableName": warehouse.shipments.table_name,
    }.items():
        cdk.CfnOutput(stack, name, value=value)
    return stack


def _limits_of(deployment: Deployment) -> AttemptLimits | None:
    if deployment.orders_per_buyer is None:
        return None
    return AttemptLimits(orders_per_buyer=deployment.orders_per_buyer)


def _take_webhooks(stack: CheckoutStack) -> None:
    secret = secretsmanager.Secret(stack, "WebhookSecret")
    webhook = PaymentWebhook(stack, "Webhook", checkout=stack.checkout, secret=secret)
    cdk.CfnOutput(stack, "WebhookUrl", value=webhook.url)
    cdk.CfnOutput(stack, "WebhookSecretArn", value=secret.secret_arn)


def _let_guests_buy(stack: CheckoutStack) -> None:
    """Make an API beside the one for buyers who sign in, on the same checkout."""
    # MiniStack makes an empty secret unless its length is given.
    length = secretsmanager.SecretStringGenerator(password_length=48)
    secret = secretsmanager.Secret(stack, "CartSecret", generate_secret_string=length)
    guests = CheckoutApi(
        stack,
        "Guests",
        checkout=stack.checkout,
        authorizer=GUESTS_BY_CART,
        cart_secret=secret,
        guards_carts=True,
    )
    _let_pages_call(guests.http_api)
    for name, value in {
        "GuestApiUrl": guests.url,
        "CartSecretArn": secret.secret_arn,
        "Namespace": stack.checkout.namespace,
    }.items():
        cdk.CfnOutput(stack, name, value=value)


def _let_pages_call(http_api: apigwv2.HttpApi) -> None:
    """Let a page of any origin of this machine try the API, as ``CheckoutApi(cors=...)`` would."""
    resource = http_api.node.default_child
    assert isinstance(resource, apigwv2.CfnApi)
    resource.cors_configuration = apigwv2.CfnApi.CorsProperty(
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "cart-token", "content-type", "idempotency-key"],
        expose_headers=["location", "retry-after", "idempotent-replayed"],
    )


def main() -> None:
    """Synthesize, to where the CDK CLI wants it, the stacks whose payment service is known."""
    app = cdk.App()
    wanted = [
        deployment
        for deployment in (*DEPLOYMENTS, *ON_TRIAL)
        if app.node.try_get_context(deployment.url_context) is not None
    ]
    for deployment in wanted:
        local_stack(app, deployment)
    assembly = app.synth()
    for deployment in wanted:
        file = Path(assembly.get_stack_by_name(deployment.stack_name).template_full_path)
        file.write_text(json.dumps(for_ministack(json.loads(file.read_text())), indent=1))


if __name__ == "__main__":
    main()
