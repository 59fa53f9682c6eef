"""No two checkouts of one app share a table, a namespace or a list of charges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import OrderTable, PaymentService
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import (
    checkout,
    payment_service,
    root_of,
    synthesize,
    unchecked_app,
)

LAYER = "arn:aws:lambda:us-east-1:111122223333:layer:stripe:1"
HERE = cdk.Environment(account="111122223333", region="eu-west-1")
ELSEWHERE = cdk.Environment(account="111122223333", region="us-east-1")


def refused(stack: cdk.Stack, construct_id: str = "Other", **changes: Any) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        checkout(stack, construct_id, **changes)
    return [f"{each.property} is {each.given}" for each in misconfigured.value.violations]


def another(stack: cdk.Stack, env: cdk.Environment | None = None) -> cdk.Stack:
    return cdk.Stack(root_of(stack), "Another", env=env)


def imported(stack: cdk.Stack, construct_id: str = "Imported") -> dynamodb.ITable:
    return dynamodb.Table.from_table_attributes(
        stack,
        construct_id,
        table_name="orders",
        table_stream_arn="arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/1",
    )


def stripe(stack: cdk.Stack, secret: secretsmanager.ISecret, **changes: Any) -> PaymentService:
    layer_id = f"Layer{len(stack.node.children)}"
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, layer_id, LAYER)
    return PaymentService.stripe(secret=secret, sdk_layer=layer, **changes)


def test_a_table_given_to_two_checkouts_is_refused(stack: cdk.Stack) -> None:
    table = OrderTable(stack, "Orders").table
    checkout(stack, order_table=table)
    assert refused(stack, order_table=table) == ["order_table is the table of Shop/Checkout"]


def test_the_table_that_a_checkout_made_is_no_other_checkouts(stack: cdk.Stack) -> None:
    made = checkout(stack)
    other = another(stack)
    assert refused(other, order_table=made.order_table) == [
        "order_table is the table of Shop/Checkout"
    ]


def test_a_table_imported_twice_is_one_table(stack: cdk.Stack) -> None:
    checkout(stack, order_table=imported(stack))
    other = another(stack)
    assert refused(other, order_table=imported(other)) == [
        "order_table is the table of Shop/Checkout"
    ]


def test_tables_of_one_name_in_two_regions_are_two(stack: cdk.Stack) -> None:
    here = cdk.Stack(root_of(stack), "Here", env=HERE)
    there = another(stack, ELSEWHERE)
    checkout(here, order_table=imported(here))
    checkout(there, order_table=imported(there))


def test_a_namespace_given_to_two_checkouts_is_refused(stack: cdk.Stack) -> None:
    checkout(stack, namespace="shop")
    assert refused(another(stack), namespace="shop") == ["namespace is 'shop', as of Shop/Checkout"]


def test_a_namespace_that_is_another_ones_default_is_refused(stack: cdk.Stack) -> None:
    here = cdk.Stack(root_of(stack), "Here", env=HERE)
    made = checkout(here)
    assert refused(stack, namespace=made.namespace) == [
        "namespace is '111122223333/eu-west-1/Here/Checkout', as of Here/Checkout"
    ]


def test_a_namespace_known_only_at_deployment_is_let_through(stack: cdk.Stack) -> None:
    namespace = cdk.CfnParameter(stack, "Namespace").value_as_string
    checkout(stack, namespace=namespace)
    checkout(stack, "Other", namespace=namespace)


def test_two_checkouts_that_list_the_charges_of_one_stripe_account_are_refused(
    stack: cdk.Stack,
) -> None:
    secret = secretsmanager.Secret(stack, "Stripe")
    checkout(stack, payment_service=stripe(stack, secret))
    assert refused(stack, payment_service=stripe(stack, secret)) == [
        "payment_service.list_charges is on with the secret of Shop/Checkout, which lists the "
        "same charges"
    ]
    checkout(stack, "Unlisted", payment_service=stripe(stack, secret, list_charges=False))


def test_a_secret_imported_twice_is_one_secret(stack: cdk.Stack) -> None:
    one, two = (
        secretsmanager.Secret.from_secret_name_v2(stack, each, "stripe") for each in ("A", "B")
    )
    checkout(stack, payment_service=stripe(stack, one))
    assert len(refused(stack, payment_service=stripe(stack, two))) == 1


def test_two_stripe_accounts_are_listed_by_two_checkouts(stack: cdk.Stack) -> None:
    for name in ("One", "Two"):
        secret = secretsmanager.Secret(stack, f"{name}Account")
        checkout(stack, name, payment_service=stripe(stack, secret))


def test_two_checkouts_that_read_one_list_over_http_are_refused(stack: cdk.Stack) -> None:
    url = "https://pay.example.com/list"
    checkout(stack, payment_service=payment_service(stack, list_url=url))
    assert refused(stack, payment_service=payment_service(stack, list_url=url)) == [
        "payment_service.list_url is on with the secret of Shop/Checkout, which lists the same "
        "charges"
    ]
    checkout(stack, "Own", payment_service=payment_service(stack, list_url=f"{url}/own"))


def test_all_that_is_shared_is_reported_at_once(stack: cdk.Stack) -> None:
    made = checkout(stack, namespace="shop")
    assert len(refused(stack, namespace="shop", order_table=made.order_table)) == 2


def test_apps_of_one_process_do_not_know_of_each_other(stack: cdk.Stack, tmp_path: Path) -> None:
    checkout(stack, namespace="shop")
    other_app = cdk.Stack(unchecked_app(tmp_path / "other"), "Shop")
    checkout(other_app, namespace="shop")


def test_what_is_remembered_gets_into_no_template(stack: cdk.Stack) -> None:
    checkout(stack, namespace="shop")
    assert "idempotent-checkout:has" not in str(synthesize(stack).template)
