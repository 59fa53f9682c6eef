"""A key of a payment service that was given as a name would be in the template for all to read."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import considered, payment_service

KEY = "sk_live_" + "51HxyzAbCdEfGhIjKl"
OF_MOLLIE = "live_" + "dHar4XY7LxsDOtmnkVtjNVWXLSlXsM"


def considered_with(stack: cdk.Stack, text: str, given_as: str) -> None:
    changes: dict[str, Any] = {given_as: text}
    if given_as == "namespace":
        considered(stack, **changes)
        return
    if given_as == "secret":
        named = secretsmanager.Secret.from_secret_name_v2(stack, "Named", text)
        changes = {"secret": named}
    considered(stack, payment_service=payment_service(stack, **changes))


@pytest.mark.parametrize("key", [KEY, OF_MOLLIE])
@pytest.mark.parametrize("given_as", ["namespace", "name", "secret"])
def test_a_payment_key_is_no_name(given_as: str, key: str, stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        considered_with(stack, key, given_as)
    [violation] = refused.value.violations
    expected = "namespace" if given_as == "namespace" else f"payment_service.{given_as}"
    assert violation.property == expected
    assert key not in str(refused.value)


@pytest.mark.parametrize("name", ["shop/sk_live_key", "whsec_production", "sk_live"])
@pytest.mark.parametrize("given_as", ["namespace", "name", "secret"])
def test_a_name_may_say_which_key_it_is(given_as: str, name: str, stack: cdk.Stack) -> None:
    considered_with(stack, name, given_as)
