"""Whether a resource that was given is where the stack can use it: Region, and account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import IConstruct

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.requirements import Requirement

#: ``arn:partition:service:region:account:resource``.
_ARN_REGION, _ARN_ACCOUNT = 3, 4


def place_requirements(
    scope: IConstruct,
    *,
    secrets: Mapping[str, secretsmanager.ISecret],
    order_table: dynamodb.ITable | None,
    encryption_key: kms.IKey | None,
    alarm_topic: sns.ITopic | None,
    settings: Mapping[str, FunctionSettings | None],
) -> list[Requirement]:
    """Return that everything given to a checkout can be used where its stack is deployed.

    :param secrets: By the property that each was given as, as are ``settings``.
    """
    stack = cdk.Stack.of(scope)
    keys = {"encryption_key": encryption_key}
    networks = {}
    for name, each in settings.items():
        if each is not None:
            keys[f"{name}.log_encryption_key"] = each.log_encryption_key
            networks[f"{name}.vpc"] = each.vpc
    places = {
        **{name: _place(each, each.secret_arn) for name, each in secrets.items()},
        **{name: _place(each, each.key_arn) for name, each in keys.items() if each},
        **{name: _place(each, "") for name, each in networks.items() if each},
    }
    rows = []
    if order_table is not None:
        places["order_table"] = table_place = _place(order_table, order_table.table_arn)
        rows.append(_in_the_account("order_table", table_place, stack))
    if alarm_topic is not None:
        places["alarm_topic"] = _place(alarm_topic, alarm_topic.topic_arn)
        rows.append(_takes_alarms(alarm_topic))
    return [*(_in_the_region(name, place, stack) for name, place in places.items()), *rows]


def secret_requirements(
    name: str, secret: secretsmanager.ISecret | None, scope: IConstruct
) -> list[Requirement]:
    """Return that a function of ``scope`` can read the secret, where one is given."""
    if secret is None:
        return []
    return [_in_the_region(name, _place(secret, secret.secret_arn), cdk.Stack.of(scope))]


def place_of_table(table: dynamodb.ITable) -> tuple[str, str]:
    """Return account and Region of a table, each a token where it is not known."""
    place = _place(table, table.table_arn)
    return place.account, place.region


@dataclass(frozen=True)
class _Place:
    account: str
    region: str


def _place(resource: cdk.IResource, arn: str) -> _Place:
    """Read it from the ARN where that is known: CDK takes some imports for the stack's own."""
    parts = arn.split(":")
    if len(parts) > _ARN_ACCOUNT and not cdk.Token.is_unresolved(arn):
        return _Place(account=parts[_ARN_ACCOUNT], region=parts[_ARN_REGION])
    return _Place(account=resource.env.account, region=resource.env.region)


def _in_the_region(name: str, place: _Place, stack: cdk.Stack) -> Requirement:
    return Requirement(
        holds=place.region == stack.region or _unknown(place.region, stack.region),
        property=name,
        given=f"in {place.region}",
        allowed=f"one in {stack.region}, where the stack is: its functions, alarms and logs use "
        "what is in their own Region",
        fix=f"give one of {stack.region}, or deploy the stack to {place.region}",
    )


def _in_the_account(name: str, place: _Place, stack: cdk.Stack) -> Requirement:
    return Requirement(
        holds=place.account == stack.account or _unknown(place.account, stack.account),
        property=name,
        given=f"in account {place.account}",
        allowed=f"one in {stack.account}, the stack's account: the functions know it by its name",
        fix=f"give one of {stack.account}, or deploy the stack to {place.account}",
    )


def _takes_alarms(topic: sns.ITopic) -> Requirement:
    return Requirement(
        holds=not topic.fifo,
        property="alarm_topic",
        given="a FIFO topic",
        allowed="a standard topic: CloudWatch alarms cannot publish to a FIFO topic "
        "(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html)",
        fix="give a standard topic, or leave alarm_topic out",
    )


def _unknown(*places: str) -> bool:
    return any(map(cdk.Token.is_unresolved, places))
