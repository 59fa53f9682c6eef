"""What else an HTTP API of a checkout accepts: the secret of carts, and where everything is."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.place_requirements import (
    Given,
    Kind,
    Place,
    given_secrets,
    given_settings,
    secret_name_requirements,
)
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.idempotent_checkout import IdempotentCheckout
from checkout_stack.pipeline.app_checkouts import cart_secret_requirements


def places_of(
    checkout: IdempotentCheckout,
    cart_secret: secretsmanager.ISecret | None,
    functions: FunctionSettings | None,
) -> list[Given]:
    """Return where everything is that was given."""
    stack = cdk.Stack.of(checkout)
    return [
        Given(Kind.CHECKOUT, "checkout", Place(account=stack.account, region=stack.region)),
        *given_secrets({"cart_secret": cart_secret}),
        *given_settings("functions", functions),
    ]


def cart_requirements(
    checkout: IdempotentCheckout,
    cart_secret: secretsmanager.ISecret | None,
    *,
    guards_carts: bool,
    has_guests: bool,
) -> list[Requirement]:
    """Return what has to hold of the secret under which carts are signed."""
    return [
        Requirement(
            holds=cart_secret is not None or not guards_carts,
            property="guards_carts",
            given=guards_carts,
            allowed="True with cart_secret only: a cart id that nobody signed is a guess",
            fix="give cart_secret, or leave guards_carts out",
        ),
        Requirement(
            holds=cart_secret is not None or not has_guests,
            property="authorizer",
            given="GUESTS_BY_CART without cart_secret",
            allowed="GUESTS_BY_CART with cart_secret: a cart that nobody signed names nobody",
            fix="give cart_secret, the secret under which your shop signs carts",
        ),
        Requirement(
            holds=guards_carts or not has_guests,
            property="guards_carts",
            given=guards_carts,
            allowed="True with GUESTS_BY_CART: a guest is a cart, so each further idempotency key "
            "would be one more order of it, and one more card that is tried out",
            fix="give guards_carts=True: a cart then is one order, whatever its key",
        ),
        *secret_name_requirements({"cart_secret": cart_secret}),
        *([] if cart_secret is None else cart_secret_requirements(checkout, cart_secret)),
    ]
