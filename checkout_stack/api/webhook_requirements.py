"""What a webhook of a checkout is given: the secret, the API, how much at a time."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IConstruct

from checkout_stack.api.cart_requirements import places_of
from checkout_stack.api.checkout_api import CheckoutApi
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.place_requirements import (
    given_secrets,
    place_requirements,
    secret_name_requirements,
)
from checkout_stack.foundation.property_types import NUMBER, SECRET, own
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.payment_service.kind import BESIDE_THE_CALLS, CALLS_IN_A_TURN
from checkout_stack.pipeline.app_checkouts import (
    remember_webhook,
    webhook_secret_requirements,
)

_METADATA = "idempotent-checkout:webhook"

TYPES = {
    "checkout": own(IdempotentCheckout),
    "secret": SECRET.or_none(),
    "api": own(CheckoutApi).or_none(),
    "concurrency": NUMBER.or_none(),
    "functions": own(FunctionSettings).or_none(),
}
#: Just below the longest that an HTTP API waits for a function, 30 s
#: (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html).
TIMEOUT = cdk.Duration.seconds(29)


def webhook_requirements(
    scope: IConstruct,
    checkout: IdempotentCheckout,
    secret: secretsmanager.ISecret | None,
    api: CheckoutApi | None,
    concurrency: int | None,
    functions: FunctionSettings | None,
) -> list[Requirement]:
    """Return what has to hold of what a webhook is given."""
    places = [*places_of(checkout, None, functions), *given_secrets({"secret": secret})]
    return [
        *_signed(scope, checkout, secret),
        *([] if api is None else _of_this_checkout(scope, checkout, api)),
        _in_time(checkout),
        Requirement(
            holds=concurrency is None or cdk.Token.is_unresolved(concurrency) or concurrency >= 1,
            property="concurrency",
            given=concurrency,
            allowed="1 or more, or None; with 0 the function never runs",
            fix="leave it out, or keep at least one invocation",
        ),
        *place_requirements(scope, places),
        *(functions.requirements("functions") if functions is not None else []),
    ]


def remember(
    webhook: IConstruct, secret: secretsmanager.ISecret | None, api: CheckoutApi | None
) -> None:
    """Let what is made later know that the API has a webhook, and what signs what comes to it."""
    if secret is not None:
        remember_webhook(webhook, secret)
    if api is not None:
        api.node.add_metadata(_METADATA, webhook.node.path)


def _signed(
    scope: IConstruct, checkout: IdempotentCheckout, secret: secretsmanager.ISecret | None
) -> list[Requirement]:
    has_own_way = checkout.payment_service.KIND == "custom"
    if secret is None:
        return [
            Requirement(
                holds=has_own_way,
                property="secret",
                given="missing",
                allowed="the secret under which the payment service signs its webhooks; only a "
                "module of your own can verify them in its own way",
                fix='give Secret.from_secret_name_v2(self, "WebhookSecret", "shop/webhooks") with '
                "the whsec_... of the payment service",
            )
        ]
    return [
        *secret_name_requirements({"secret": secret}),
        *webhook_secret_requirements(scope, secret),
    ]


def _of_this_checkout(
    scope: IConstruct, checkout: IdempotentCheckout, api: CheckoutApi
) -> list[Requirement]:
    same_stack = cdk.Stack.of(scope).node.path == cdk.Stack.of(api).node.path
    return [
        Requirement(
            holds=api.checkout.node.path == checkout.node.path,
            property="api",
            given=f"the API of {api.checkout.node.path}",
            allowed="an API of the same checkout",
            fix="give the CheckoutApi of this checkout, or leave api out",
        ),
        Requirement(
            holds=same_stack,
            property="api",
            given=f"in the stack {cdk.Stack.of(api).node.path}",
            allowed="an API of the stack that the webhook is in: each would depend on the other",
            fix="make the webhook in the API's stack, or leave api out",
        ),
        Requirement(
            holds=all(each.type != _METADATA for each in api.node.metadata),
            property="api",
            given="an API that has a webhook already",
            allowed="one webhook for each API: both would have the same route",
            fix="leave api out, for an API of the webhook's own",
        ),
    ]


def _in_time(checkout: IdempotentCheckout) -> Requirement:
    timeout = checkout.payment_service.timeout
    is_known = not timeout.is_unresolved()
    longest = (TIMEOUT.to_seconds() - BESIDE_THE_CALLS.to_seconds()) // CALLS_IN_A_TURN
    return Requirement(
        holds=not is_known or timeout.to_seconds() <= longest,
        property="checkout",
        given=f"payment_service.timeout of {timeout.to_human_string()}" if is_known else "",
        allowed=f"{longest:g} seconds at most: two look-ups and 8 seconds for the rest, before an "
        "HTTP API stops waiting",
        fix="shorten payment_service.timeout",
    )
