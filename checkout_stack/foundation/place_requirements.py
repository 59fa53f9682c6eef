"""Whether what was given is where the stack can use it: Region, and account.

Each function here returns places to look at. Which of Region and account has to be the stack's is
said once, in ``_MUST_MATCH``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IConstruct

from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.payment_key_in_name import no_payment_key
from checkout_stack.foundation.requirements import Requirement

#: ``arn:partition:service:region:account:resource``.
_ARN_REGION, _ARN_ACCOUNT = 3, 4


class Kind(Enum):
    """What was given, as far as it matters where it has to be."""

    CREDENTIAL = "a secret"
    TABLE = "a table"
    KEY = "a key"
    TOPIC = "a topic"
    EVENT_BUS = "an event bus"
    NETWORK = "a VPC, a subnet or a security group"
    LAYER = "a layer"
    BOUNDARY = "a policy"
    CHECKOUT = "a checkout"
    AUTHORIZER = "a function"


#: What of its place has to be the stack's, and why.
_MUST_MATCH: Mapping[Kind, Mapping[str, str]] = {
    Kind.CREDENTIAL: {"region": "the functions ask Secrets Manager of their own Region"},
    Kind.TABLE: {
        "region": "the functions ask DynamoDB of their own Region",
        "account": "the functions know it by its name",
    },
    Kind.KEY: {"region": "a key encrypts what is in its own Region"},
    Kind.TOPIC: {"region": "an alarm notifies topics of its own Region"},
    Kind.EVENT_BUS: {
        "region": "the functions announce in their own Region",
        "account": "rules and archives of a bus are made in its own account",
    },
    Kind.NETWORK: {"region": "functions are in networks of their own Region"},
    Kind.LAYER: {"region": "functions take layers of their own Region"},
    Kind.BOUNDARY: {"account": "roles take managed policies of their own account, or of AWS"},
    Kind.AUTHORIZER: {"region": "an API asks functions of its own Region"},
    Kind.CHECKOUT: {
        "region": "the functions of the API write to its table",
        "account": "the functions of the API write to its table",
    },
}


@dataclass(frozen=True)
class Place:
    """Where something is; each a token where that is not known."""

    account: str
    region: str


@dataclass(frozen=True)
class Given:
    """Something that was given, and where it is."""

    kind: Kind
    property: str
    place: Place


def given(kind: Kind, prop: str, resource: cdk.IResource, arn: str = "") -> Given:
    """Return where a resource is that was given as ``prop``."""
    return Given(kind, prop, place_of(resource, arn))


def given_secrets(secrets: Mapping[str, secretsmanager.ISecret | None]) -> list[Given]:
    """Return where each secret is, by the property that it was given as; none for ``None``."""
    return [
        given(Kind.CREDENTIAL, name, each, each.secret_arn)
        for name, each in secrets.items()
        if each is not None
    ]


def secret_name_requirements(
    secrets: Mapping[str, secretsmanager.ISecret | None],
) -> list[Requirement]:
    """Return that no secret was imported by an ARN, or by a key, as its name.

    :param secrets: Each by the property that it was given as.
    """
    named = {
        name: each.secret_name
        for name, each in secrets.items()
        if each is not None and not cdk.Token.is_unresolved(each.secret_name)
    }
    by_arn = [
        Requirement(
            holds=not called.startswith("arn:"),
            property=name,
            given="a secret imported by an ARN as its name",
            allowed="a name, such as shop/payment-key: no secret is called by an ARN, so the "
            "functions would not find it",
            fix="import it with Secret.from_secret_complete_arn(...), or give its name",
        )
        for name, called in named.items()
    ]
    return [*by_arn, *(no_payment_key(*each) for each in named.items())]


def given_layers(layers: Mapping[str, lambda_.ILayerVersion]) -> list[Given]:
    """Return where each layer is, by the property that it was given as."""
    return [given(Kind.LAYER, name, each, each.layer_version_arn) for name, each in layers.items()]


def given_settings(name: str, settings: FunctionSettings | None) -> list[Given]:
    """Return where everything in ``settings`` is; ``name`` is the property they were given as."""
    if settings is None:
        return []
    key, vpc = settings.log_encryption_key, settings.vpc
    subnets = () if settings.vpc_subnets is None else settings.vpc_subnets.subnets or ()
    network = {
        **({} if vpc is None else {"vpc": vpc}),
        **{f"vpc_subnets.subnets[{n}]": each for n, each in enumerate(subnets)},
        **{f"security_groups[{n}]": each for n, each in enumerate(settings.security_groups)},
    }
    return [
        *([] if key is None else [given(Kind.KEY, f"{name}.log_encryption_key", key, key.key_arn)]),
        *(given(Kind.NETWORK, f"{name}.{prop}", each) for prop, each in network.items()),
    ]


def given_boundary(prop: str, boundary: iam.IManagedPolicy | None) -> list[Given]:
    """Return where a permissions boundary is; one that AWS manages is in every account."""
    if boundary is None:
        return []
    account = _part(boundary.managed_policy_arn, _ARN_ACCOUNT)
    if account is None and isinstance(boundary, cdk.Resource):
        account = boundary.env.account
    if account in (None, "aws"):
        return []
    return [Given(Kind.BOUNDARY, prop, Place(account=str(account), region=""))]


def place_of(resource: cdk.IResource, arn: str) -> Place:
    """Read it from the ARN where that is known: CDK takes some imports for the stack's own."""
    account, region = _part(arn, _ARN_ACCOUNT), _part(arn, _ARN_REGION)
    return Place(account=account or resource.env.account, region=region or resource.env.region)


def place_requirements(scope: IConstruct, everything: Iterable[Given]) -> list[Requirement]:
    """Return that each can be used where the stack of ``scope`` is deployed.

    What only the deployment knows is let through.
    """
    stack = cdk.Stack.of(scope)
    own = {"region": stack.region, "account": stack.account}
    return [
        _matches(each, what, of=own[what], why=why)
        for each in everything
        for what, why in _MUST_MATCH[each.kind].items()
    ]


def _matches(each: Given, what: str, *, of: str, why: str) -> Requirement:
    its = each.place.region if what == "region" else each.place.account
    named = "" if what == "region" else "account "
    return Requirement(
        holds=its == of or cdk.Token.is_unresolved(its) or cdk.Token.is_unresolved(of),
        property=each.property,
        given=f"in {named}{its}",
        allowed=f"{each.kind.value} in {named}{of}, where the stack is: {why}",
        fix=f"give one of {named}{of}, or deploy the stack to {named}{its}",
    )


def _part(arn: str, place: int) -> str | None:
    """Return a part of an ARN, or ``None`` where there is none or it is not known."""
    parts = arn.split(":")
    if cdk.Token.is_unresolved(arn) or len(parts) <= place:
        return None
    return parts[place] or None
