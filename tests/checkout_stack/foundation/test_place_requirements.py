"""What is given to a checkout has to be where its stack can use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from checkout_stack import OPEN_ACCESS, CheckoutApi, FunctionSettings, IdempotentCheckout
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import checkout, payment_service, root_of

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
    "payment_consumer_settings.log_encryption_key": lambda stack, region: {
        "payment_consumer_settings": FunctionSettings(log_encryption_key=key(stack, region))
    },
}


def made(stack: cdk.Stack, **changes: Any) -> IdempotentCheckout:
    own = payment_service(stack, secret=secretsmanager.Secret(stack, "Own"))
    return checkout(stack, **{"payment_service": own, **changes})


def refused(stack: cdk.Stack, **changes: Any) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        made(stack, **changes)
    return [each.property for each in misconfigured.value.violations]


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_in_another_region_is_refused(name: str, here: cdk.Stack) -> None:
    assert refused(here, **GIVEN[name](here, THERE)) == [name]


@pytest.mark.parametrize("name", [each for each in GIVEN if each != "functions.vpc"])
def test_what_is_in_the_stacks_region_is_accepted(name: str, here: cdk.Stack) -> None:
    made(here, **GIVEN[name](here, REGION))


@pytest.mark.parametrize("name", ["order_table", "alarm_topic", "payment_service.secret"])
def test_a_stack_that_may_be_anywhere_takes_what_it_is_given(name: str, stack: cdk.Stack) -> None:
    made(stack, **GIVEN[name](stack, THERE))


def test_a_table_of_another_account_is_refused(here: cdk.Stack) -> None:
    assert refused(here, order_table=table(here, REGION, "444455556666")) == ["order_table"]


def test_a_topic_of_another_account_is_accepted(here: cdk.Stack) -> None:
    arn = f"arn:aws:sns:{REGION}:444455556666:pager"
    made(here, alarm_topic=sns.Topic.from_topic_arn(here, "Pager", arn))


def test_a_fifo_topic_cannot_be_an_alarms(here: cdk.Stack) -> None:
    assert refused(here, alarm_topic=topic(here, REGION, "pager.fifo")) == ["alarm_topic"]


def test_a_cart_secret_of_another_region_is_refused(here: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="cart_secret is in us-east-1"):
        CheckoutApi(
            here,
            "Api",
            checkout=made(here),
            authorizer=OPEN_ACCESS,
            cart_secret=secret(here, THERE),
        )
