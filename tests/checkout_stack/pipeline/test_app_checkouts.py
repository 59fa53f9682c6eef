"""No two checkouts of one app share a table, a namespace or a list of charges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import OPEN_ACCESS, CheckoutApi, OrderTable, PaymentService
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import (
    checkout,
    considered,
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
        considered(stack, construct_id, **changes)
    return [f"{each.property} is {each.given}" for each in misconfigured.value.violations]


def another(stack: cdk.Stack, env: cdk.Environment | None = None) -> cdk.Stack:
    return cdk.Stack(root_of(stack), "Another", env=env)


def imported(stack: cdk.Stack, construct_id: str = "Imported") -> dynamodb.ITable:
    region = stack.region if stack.region in (HERE.region, ELSEWHERE.region) else HERE.region
    return dynamodb.Table.from_table_attributes(
        stack,
        construct_id,
        table_name="orders",
        table_stream_arn=f"arn:aws:dynamodb:{region}:111122223333:table/orders/stream/1",
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
    considered(stack, order_table=imported(stack))
    other = another(stack)
    assert refused(other, order_table=imported(other)) == [
        "order_table is the table of Shop/Checkout"
    ]


def test_tables_of_one_name_in_two_regions_are_two(stack: cdk.Stack) -> None:
    here = cdk.Stack(root_of(stack), "Here", env=HERE)
    there = another(stack, ELSEWHERE)
    considered(here, order_table=imported(here))
    considered(there, order_table=imported(there))


def test_a_namespace_given_to_two_checkouts_is_refused(stack: cdk.Stack) -> None:
    checkout(stack, namespace="shop")
    assert refused(another(stack), namespace="shop") == ["namespace is 'shop', as of Shop/Checkout"]


def test_a_namespace_that_is_another_ones_default_is_refused(stack: cdk.Stack) -> None:
    here = cdk.Stack(root_of(stack), "Here", env=HERE)
    made = checkout(here)
    assert refused(stack, namespace=made.namespace) == [
        "namespace is '111122223333/eu-west-1/Here/Checkout', as of Here/Checkout"
    ]


def parameter(stack: cdk.Stack, construct_id: str = "Namespace") -> str:
    return cdk.CfnParameter(stack, construct_id).value_as_string


SAME_AT_DEPLOYMENT: dict[str, Callable[[cdk.Stack, cdk.Stack], tuple[str, ...]]] = {
    "parameter": lambda stack, _: (parameter(stack),) * 2,
    "parameter in a text": lambda stack, _: tuple(
        f"{prefix}-{value}" for value in [parameter(stack)] for prefix in ("shop", "shop")
    ),
    "parameter joined twice": lambda stack, _: tuple(
        cdk.Fn.join("-", ["shop", value]) for value in [parameter(stack)] * 2
    ),
    "import": lambda *_: (cdk.Fn.import_value("ns"), cdk.Fn.import_value("ns")),
    "attribute": lambda stack, _: tuple(
        made.get_att("Arn").to_string()
        for made in [cdk.CfnResource(stack, "Made", type="AWS::SNS::Topic")] * 2
    ),
    "account": lambda *_: (cdk.Aws.ACCOUNT_ID, cdk.Aws.ACCOUNT_ID),
}
OTHER_AT_DEPLOYMENT: dict[str, Callable[[cdk.Stack, cdk.Stack], tuple[str, ...]]] = {
    "two parameters": lambda stack, _: (parameter(stack), parameter(stack, "Other")),
    "each stack its own parameter": lambda stack, other: (parameter(stack), parameter(other)),
    "each stack its own, joined": lambda stack, other: (
        cdk.Fn.join("-", ["shop", parameter(stack)]),
        cdk.Fn.join("-", ["shop", parameter(other)]),
    ),
    "two imports": lambda *_: (cdk.Fn.import_value("one"), cdk.Fn.import_value("two")),
    "other texts around it": lambda stack, _: tuple(
        f"{prefix}-{value}" for value in [parameter(stack)] for prefix in ("one", "two")
    ),
    "a text and a parameter": lambda stack, _: ("shop", parameter(stack)),
}


@pytest.mark.parametrize("name", SAME_AT_DEPLOYMENT)
def test_a_namespace_that_is_one_only_at_deployment_is_refused(name: str, stack: cdk.Stack) -> None:
    other = another(stack)
    one, two = SAME_AT_DEPLOYMENT[name](stack, other)
    considered(stack, namespace=one)
    [row] = refused(stack, namespace=two)
    assert row.startswith("namespace is ")
    [row] = refused(other, namespace=one if "joined" in name else two)
    assert row.startswith("namespace is ")


@pytest.mark.parametrize("name", OTHER_AT_DEPLOYMENT)
def test_namespaces_that_differ_at_deployment_are_let_through(name: str, stack: cdk.Stack) -> None:
    other = another(stack)
    one, two = OTHER_AT_DEPLOYMENT[name](stack, other)
    considered(stack, namespace=one)
    considered(other, namespace=two)


def test_one_import_in_two_regions_is_two_namespaces(stack: cdk.Stack) -> None:
    for name, env in (("Here", HERE), ("There", ELSEWHERE)):
        place = cdk.Stack(root_of(stack), name, env=env)
        considered(place, namespace=cdk.Fn.import_value("ns"))


def test_namespaces_that_differ_in_capitals_alone_are_refused(stack: cdk.Stack) -> None:
    considered(stack, namespace="shop")
    assert refused(stack, namespace="Shop") == ["namespace is 'Shop', as of Shop/Checkout"]


@pytest.mark.parametrize(
    "namespace",
    [
        "",
        " ",
        "shop ",
        " shop",
        "my  shop",
        "shop\n",
        "my\tshop",
        "my\u00a0shop",
        "\u0455hop",
        "käse",
    ],
)
def test_a_namespace_that_looks_like_another_one_is_refused(
    namespace: str, stack: cdk.Stack
) -> None:
    assert refused(stack, namespace=namespace) == [f"namespace is {namespace!r}"]


@pytest.mark.parametrize("namespace", ["shop", "My Shop/DE", "111122223333/eu-west-1/Shop/A b"])
def test_any_plain_namespace_is_accepted(namespace: str, stack: cdk.Stack) -> None:
    considered(stack, namespace=namespace)


def test_a_table_imported_by_one_parameter_twice_is_one_table(stack: cdk.Stack) -> None:
    name = parameter(stack, "Orders")
    one, two = (
        dynamodb.Table.from_table_attributes(
            stack, each, table_name=name, table_stream_arn=parameter(stack, f"{each}Stream")
        )
        for each in ("One", "Two")
    )
    considered(stack, order_table=one)
    assert refused(stack, order_table=two) == ["order_table is the table of Shop/Checkout"]


def test_a_secret_that_is_made_and_imported_by_its_name_is_one_secret(stack: cdk.Stack) -> None:
    made = secretsmanager.Secret(stack, "Made", secret_name="stripe")
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:stripe-AbCdEf"
    by_name = secretsmanager.Secret.from_secret_name_v2(stack, "ByName", "stripe")
    by_arn = secretsmanager.Secret.from_secret_complete_arn(stack, "ByArn", arn)
    considered(stack, payment_service=stripe(stack, made))
    for n, each in enumerate((by_name, by_arn)):
        [row] = refused(stack, f"Other{n}", payment_service=stripe(stack, each))
        assert row.startswith("payment_service.list_charges is on with the secret of Shop/Checkout")


def partial(stack: cdk.Stack, name: str) -> secretsmanager.ISecret:
    arn = f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}"
    return secretsmanager.Secret.from_secret_partial_arn(stack, f"Partial-{name}", arn)


def test_a_partial_arn_is_a_name_also_with_six_characters_behind_a_hyphen(
    stack: cdk.Stack,
) -> None:
    here = another(stack, ELSEWHERE)
    by_name = secretsmanager.Secret.from_secret_name_v2(here, "ByName", "shop-stripe")
    considered(here, payment_service=stripe(here, partial(here, "shop-stripe")))
    considered(here, "Basket", payment_service=stripe(here, partial(here, "shop-basket")))
    [row] = refused(here, payment_service=stripe(here, by_name))
    assert row.startswith("payment_service.list_charges is on with the secret of Another/Checkout")


def carts(stack: cdk.Stack, construct_id: str, name: str = "carts") -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_name_v2(stack, construct_id, name)


def api(stack: cdk.Stack, construct_id: str, **properties: Any) -> CheckoutApi:
    return CheckoutApi(stack, construct_id, authorizer=OPEN_ACCESS, **properties)


def test_one_cart_secret_for_two_checkouts_is_refused(stack: cdk.Stack) -> None:
    one, two = checkout(stack), checkout(stack, "Two")
    api(stack, "First", checkout=one, cart_secret=carts(stack, "Carts"))
    api(stack, "Again", checkout=one, cart_secret=carts(stack, "SameCheckout"))
    with pytest.raises(CheckoutMisconfiguredError, match="the cart secret of Shop/Checkout, too"):
        api(stack, "Second", checkout=two, cart_secret=carts(stack, "SameCarts"))
    api(stack, "Third", checkout=two, cart_secret=carts(stack, "OtherCarts", "other"))


def test_a_cart_secret_with_which_another_checkout_charges_is_refused(stack: cdk.Stack) -> None:
    one = checkout(stack)
    api(stack, "First", checkout=one, cart_secret=carts(stack, "Carts"))
    charging = payment_service(stack, secret=carts(stack, "Charging"))
    assert refused(stack, payment_service=charging) == [
        "payment_service.secret is the cart secret of Shop/Checkout, too"
    ]
    other = payment_service(stack, secret=carts(stack, "OtherKey", "other"))
    checkout(stack, "Two", payment_service=other)
    with pytest.raises(CheckoutMisconfiguredError, match="payment service of Shop/Two, too"):
        api(stack, "Second", checkout=one, cart_secret=carts(stack, "SameAsOther", "other"))


def test_two_checkouts_that_list_the_charges_of_one_stripe_account_are_refused(
    stack: cdk.Stack,
) -> None:
    secret = secretsmanager.Secret(stack, "Stripe")
    considered(stack, payment_service=stripe(stack, secret))
    assert refused(stack, payment_service=stripe(stack, secret)) == [
        "payment_service.list_charges is on with the secret of Shop/Checkout, which lists the "
        "same charges"
    ]
    considered(stack, "Unlisted", payment_service=stripe(stack, secret, list_charges=False))


def test_a_secret_imported_twice_is_one_secret(stack: cdk.Stack) -> None:
    one, two = (
        secretsmanager.Secret.from_secret_name_v2(stack, each, "stripe") for each in ("A", "B")
    )
    considered(stack, payment_service=stripe(stack, one))
    assert len(refused(stack, payment_service=stripe(stack, two))) == 1


def test_two_stripe_accounts_are_listed_by_two_checkouts(stack: cdk.Stack) -> None:
    for name in ("One", "Two"):
        secret = secretsmanager.Secret(stack, f"{name}Account")
        considered(stack, name, payment_service=stripe(stack, secret))


def test_two_checkouts_that_read_one_list_over_http_are_refused(stack: cdk.Stack) -> None:
    url = "https://pay.example.com/list"
    considered(stack, payment_service=payment_service(stack, list_url=url))
    assert refused(stack, payment_service=payment_service(stack, list_url=url)) == [
        "payment_service.list_url is on with the secret of Shop/Checkout, which lists the same "
        "charges"
    ]
    considered(stack, "Own", payment_service=payment_service(stack, list_url=f"{url}/own"))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://api.stripe.com", "https://api.stripe.com/"),
        ("https://api.stripe.com", "https://API.Stripe.com"),
        ("https://api.stripe.com/", "https://api.stripe.com:443"),
    ],
)
def test_one_place_in_two_spellings_is_one_list(one: str, two: str, stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Stripe")
    considered(stack, payment_service=stripe(stack, secret, api_url=one))
    assert len(refused(stack, payment_service=stripe(stack, secret, api_url=two))) == 1


def test_all_that_is_shared_is_reported_at_once(stack: cdk.Stack) -> None:
    made = checkout(stack, namespace="shop")
    assert len(refused(stack, namespace="shop", order_table=made.order_table)) == 2


def test_apps_of_one_process_do_not_know_of_each_other(stack: cdk.Stack, tmp_path: Path) -> None:
    considered(stack, namespace="shop")
    other_app = cdk.Stack(unchecked_app(tmp_path / "other"), "Shop")
    considered(other_app, namespace="shop")


def test_what_is_remembered_gets_into_no_template(stack: cdk.Stack) -> None:
    checkout(stack, namespace="shop")
    assert "idempotent-checkout:has" not in str(synthesize(stack).template)
