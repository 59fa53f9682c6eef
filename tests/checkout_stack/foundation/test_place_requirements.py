"""What is given to a checkout has to be where its stack can use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from checkout_stack import (
    OPEN_ACCESS,
    CheckoutApi,
    FunctionSettings,
    IdempotentCheckout,
    PaymentService,
    ScopeFrom,
)
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import checkout, considered, payment_service, root_of

ACCOUNT, REGION = "111122223333", "eu-west-1"
THERE = "us-east-1"


@pytest.fixture
def here(stack: cdk.Stack) -> cdk.Stack:
    """A stack whose account and Region are known."""
    return cdk.Stack(root_of(stack), "Here", env=cdk.Environment(account=ACCOUNT, region=REGION))


def table(stack: cdk.Stack, region: str, account: str = ACCOUNT) -> dynamodb.ITable:
    arn = f"arn:aws:dynamodb:{region}:{account}:table/orders"
    return dynamodb.Table.from_table_attributes(
        stack, "Orders", table_arn=arn, table_stream_arn=f"{arn}/stream/1"
    )


def key(stack: cdk.Stack, region: str) -> kms.IKey:
    return kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:{region}:{ACCOUNT}:key/abc")


def topic(stack: cdk.Stack, region: str, name: str = "pager") -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "Pager", f"arn:aws:sns:{region}:{ACCOUNT}:{name}")


def secret(stack: cdk.Stack, region: str) -> secretsmanager.ISecret:
    arn = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:other-AbCdEf"
    return secretsmanager.Secret.from_secret_complete_arn(stack, "Other", arn)


def vpc(stack: cdk.Stack, region: str) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], region=region
    )


def elsewhere(stack: cdk.Stack, region: str) -> cdk.Stack:
    env = cdk.Environment(account=ACCOUNT, region=region)
    return cdk.Stack(root_of(stack), f"In{region}", env=env)


def subnet(stack: cdk.Stack, region: str) -> ec2.ISubnet:
    return ec2.PrivateSubnet(
        elsewhere(stack, region),
        "Subnet",
        availability_zone=f"{region}a",
        cidr_block="10.0.0.0/24",
        vpc_id="vpc-1",
    )


def group(stack: cdk.Stack, region: str) -> ec2.ISecurityGroup:
    there = elsewhere(stack, region)
    return ec2.SecurityGroup(there, "Group", vpc=vpc(there, region))


def stripe(stack: cdk.Stack, region: str) -> PaymentService:
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:layer:stripe:1"
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Sdk", arn)
    return PaymentService.stripe(secret=secretsmanager.Secret(stack, "Stripe"), sdk_layer=layer)


def boundary(stack: cdk.Stack, account: str) -> iam.IManagedPolicy:
    arn = f"arn:aws:iam::{account}:policy/boundary"
    return iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", arn)


GIVEN: dict[str, Callable[[cdk.Stack, str], dict[str, Any]]] = {
    "order_table": lambda stack, region: {"order_table": table(stack, region)},
    "encryption_key": lambda stack, region: {
        "encryption_key": key(stack, region),
        "order_table": table(stack, REGION),
    },
    "alarm_topic": lambda stack, region: {"alarm_topic": topic(stack, region)},
    "payment_service.secret": lambda stack, region: {
        "payment_service": payment_service(stack, secret=secret(stack, region))
    },
    "functions.vpc": lambda stack, region: {"functions": FunctionSettings(vpc=vpc(stack, region))},
    "payment_service.sdk_layer": lambda stack, region: {"payment_service": stripe(stack, region)},
    "functions.vpc_subnets.subnets[0]": lambda stack, region: {
        "functions": FunctionSettings(
            vpc=vpc(stack, REGION), vpc_subnets=ec2.SubnetSelection(subnets=[subnet(stack, region)])
        )
    },
    "payment_consumer_settings.security_groups[0]": lambda stack, region: {
        "payment_consumer_settings": FunctionSettings(
            vpc=vpc(stack, REGION), security_groups=[group(stack, region)]
        )
    },
    "payment_consumer_settings.log_encryption_key": lambda stack, region: {
        "payment_consumer_settings": FunctionSettings(log_encryption_key=key(stack, region))
    },
}


def with_own_secret(stack: cdk.Stack, changes: dict[str, Any]) -> dict[str, Any]:
    own = payment_service(stack, secret=secretsmanager.Secret(stack, "Own"))
    return {"payment_service": own, **changes}


def made(stack: cdk.Stack, **changes: Any) -> IdempotentCheckout:
    return checkout(stack, **with_own_secret(stack, changes))


def accepted(stack: cdk.Stack, **changes: Any) -> None:
    considered(stack, **with_own_secret(stack, changes))


def refused(stack: cdk.Stack, **changes: Any) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        accepted(stack, **changes)
    return [each.property for each in misconfigured.value.violations]


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_in_another_region_is_refused(name: str, here: cdk.Stack) -> None:
    assert refused(here, **GIVEN[name](here, THERE)) == [name]


# Networks need more than a place to be used: of them the refusal alone is tried.
@pytest.mark.parametrize(
    "name", [each for each in GIVEN if "vpc" not in each and "security_groups" not in each]
)
def test_what_is_in_the_stacks_region_is_accepted(name: str, here: cdk.Stack) -> None:
    accepted(here, **GIVEN[name](here, REGION))


@pytest.mark.parametrize("name", ["order_table", "alarm_topic", "payment_service.secret"])
def test_a_stack_that_may_be_anywhere_takes_what_it_is_given(name: str, stack: cdk.Stack) -> None:
    accepted(stack, **GIVEN[name](stack, THERE))


def test_a_table_of_another_account_is_refused(here: cdk.Stack) -> None:
    assert refused(here, order_table=table(here, REGION, "444455556666")) == ["order_table"]


def test_a_boundary_of_another_account_is_refused(here: cdk.Stack) -> None:
    assert refused(here, permissions_boundary=boundary(here, "444455556666")) == [
        "permissions_boundary"
    ]


@pytest.mark.parametrize("account", [ACCOUNT, "aws"])
def test_a_boundary_of_the_account_or_of_aws_is_accepted(account: str, here: cdk.Stack) -> None:
    accepted(here, permissions_boundary=boundary(here, account))


def test_a_boundary_that_aws_manages_is_accepted(here: cdk.Stack) -> None:
    policy = iam.ManagedPolicy.from_aws_managed_policy_name("PowerUserAccess")
    accepted(here, permissions_boundary=policy)


def test_everything_that_is_elsewhere_is_said_at_once(here: cdk.Stack) -> None:
    changes = {
        "order_table": table(here, THERE, "444455556666"),
        "encryption_key": key(here, THERE),
        "alarm_topic": topic(here, THERE),
        "payment_service": stripe(here, THERE),
        "permissions_boundary": boundary(here, "444455556666"),
        "functions": FunctionSettings(vpc=vpc(here, THERE)),
    }
    assert sorted(refused(here, **changes)) == [
        *("alarm_topic", "encryption_key", "functions.vpc", "order_table", "order_table"),
        *("payment_service.sdk_layer", "permissions_boundary"),
    ]


def test_a_topic_of_another_account_is_accepted(here: cdk.Stack) -> None:
    arn = f"arn:aws:sns:{REGION}:444455556666:pager"
    accepted(here, alarm_topic=sns.Topic.from_topic_arn(here, "Pager", arn))


def test_a_fifo_topic_cannot_be_an_alarms(here: cdk.Stack) -> None:
    assert refused(here, alarm_topic=topic(here, REGION, "pager.fifo")) == ["alarm_topic"]


def test_a_topic_under_the_key_that_aws_manages_notifies_nobody(here: cdk.Stack) -> None:
    managed = kms.Alias.from_alias_name(here, "Managed", "alias/aws/sns")
    under_it = sns.Topic(here, "Silent", master_key=managed)
    assert refused(here, alarm_topic=under_it) == ["alarm_topic"]


def test_so_does_one_that_was_imported_with_that_key(here: cdk.Stack) -> None:
    managed = f"arn:aws:kms:{REGION}:111122223333:alias/aws/sns"
    arn = f"arn:aws:sns:{REGION}:111122223333:pager"
    imported = sns.Topic.from_topic_attributes(here, "Silent", topic_arn=arn, key_arn=managed)
    assert refused(here, alarm_topic=imported) == ["alarm_topic"]


def test_a_topic_under_a_key_of_ones_own_is_accepted(here: cdk.Stack) -> None:
    accepted(here, alarm_topic=sns.Topic(here, "Pager", master_key=kms.Key(here, "Key")))


def refused_by_the_api(stack: cdk.Stack, **changes: Any) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        CheckoutApi(stack, "Api", **{"authorizer": OPEN_ACCESS, **changes})
    return [f"{each.property} is {each.given}" for each in misconfigured.value.violations]


def test_a_cart_secret_of_another_region_is_refused(here: cdk.Stack) -> None:
    assert refused_by_the_api(here, checkout=made(here), cart_secret=secret(here, THERE)) == [
        "cart_secret is in us-east-1"
    ]


def test_what_is_given_to_the_functions_of_an_api_has_to_be_there_too(here: cdk.Stack) -> None:
    settings = FunctionSettings(vpc=vpc(here, THERE), log_encryption_key=key(here, THERE))
    assert sorted(refused_by_the_api(here, checkout=made(here), functions=settings)) == [
        "functions.log_encryption_key is in us-east-1",
        "functions.vpc is in us-east-1",
    ]


@pytest.mark.parametrize(
    ("env", "given"),
    [
        (cdk.Environment(account=ACCOUNT, region=THERE), [f"checkout is in {REGION}"]),
        (
            cdk.Environment(account="444455556666", region=REGION),
            [f"checkout is in account {ACCOUNT}"],
        ),
    ],
)
def test_an_api_apart_from_its_checkout_is_refused(
    env: cdk.Environment, given: list[str], here: cdk.Stack
) -> None:
    there = cdk.Stack(root_of(here), "There", env=env)
    assert refused_by_the_api(there, checkout=made(here)) == given


def test_an_api_in_another_stack_of_the_same_place_is_accepted(here: cdk.Stack) -> None:
    beside = elsewhere(here, REGION)
    CheckoutApi(beside, "Api", checkout=made(here), authorizer=OPEN_ACCESS)


def lambda_authorizer(stack: cdk.Stack, region: str) -> dict[str, Any]:
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:who"
    function = lambda_.Function.from_function_arn(stack, "Who", arn)
    return {
        "authorizer": authorizers.HttpLambdaAuthorizer("Buyers", function),
        "scope_from": ScopeFrom.lambda_context("sub"),
    }


def test_a_function_of_another_region_does_not_say_who_is_calling(here: cdk.Stack) -> None:
    given = lambda_authorizer(here, THERE)
    assert refused_by_the_api(here, checkout=made(here), **given) == ["authorizer is in us-east-1"]


def test_a_function_of_the_region_says_who_is_calling(here: cdk.Stack) -> None:
    CheckoutApi(here, "Api", checkout=made(here), **lambda_authorizer(here, REGION))


def test_an_imported_authorizer_is_another_apis(here: cdk.Stack) -> None:
    imported = apigwv2.HttpAuthorizer.from_http_authorizer_attributes(
        here, "Imported", authorizer_id="abc", authorizer_type="JWT"
    )
    assert refused_by_the_api(here, checkout=made(here), authorizer=imported) == [
        "authorizer is an authorizer that another API has already"
    ]


def test_a_secret_that_charges_does_not_sign_carts(here: cdk.Stack) -> None:
    by_name = secretsmanager.Secret.from_secret_name_v2(here, "ByName", "shop/key")
    again = secretsmanager.Secret.from_secret_name_v2(here, "Again", "shop/key")
    other = secretsmanager.Secret.from_secret_name_v2(here, "Carts", "shop/carts")
    charging = made(here, payment_service=payment_service(here, secret=by_name))
    for each in (by_name, again):
        assert refused_by_the_api(here, checkout=charging, cart_secret=each) == [
            "cart_secret is the secret of the payment service of Here/Checkout, too"
        ]
        here.node.try_remove_child("Api")
    CheckoutApi(here, "Api", checkout=charging, authorizer=OPEN_ACCESS, cart_secret=other)
