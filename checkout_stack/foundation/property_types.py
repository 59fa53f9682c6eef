"""The type that each property has to have, checked before CDK sees it and reported all together.

CDK's own type errors come one at a time, and only where a value reaches it. A report names the type
of what was given and never the value, which may be a secret in the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

from checkout_stack.foundation.requirements import Requirement


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a property may be given."""

    accepts: Callable[[object], bool]
    #: In words: "a cdk.Duration".
    allowed: str
    #: What to write instead.
    fix: str

    def or_none(self) -> Expected:
        """Return the same for a property that may be left out."""
        return replace(
            self,
            accepts=lambda value: value is None or self.accepts(value),
            allowed=f"{self.allowed}, or None",
        )


def instance_of(*types: type, allowed: str, fix: str) -> Expected:
    """Expect an instance of one of ``types``; ``True`` and ``False`` count as no number."""
    return Expected(
        accepts=lambda value: (
            isinstance(value, types) and (bool in types or not isinstance(value, bool))
        ),
        allowed=allowed,
        fix=fix,
    )


def own(kind: type) -> Expected:
    """Expect an instance of a class of this package."""
    name = kind.__name__
    return instance_of(kind, allowed=_with_article(name), fix=f"give {name}(...)")


def resource(attribute: str, *, allowed: str, fix: str) -> Expected:
    """Expect a resource of CDK, made or imported, known by an attribute that only its kind has.

    CDK's interfaces cannot be asked with ``isinstance``: an imported resource is a proxy.
    """
    return Expected(
        accepts=lambda value: (
            _is_made(value) and hasattr(value, attribute) and hasattr(value, "node")
        ),
        allowed=allowed,
        fix=fix,
    )


def _is_made(value: object) -> bool:
    """Whether it is no class, which has the attributes of what it makes and no values in them."""
    return not isinstance(value, type)


def mapping_of(inner: Expected) -> Expected:
    """Expect a mapping from text to what ``inner`` accepts."""
    return Expected(
        accepts=lambda value: (
            isinstance(value, Mapping)
            and all(isinstance(key, str) and inner.accepts(each) for key, each in value.items())
        ),
        allowed=f"a dict from text to {inner.allowed}",
        fix=inner.fix,
    )


def sequence_of(inner: Expected) -> Expected:
    """Expect a list or tuple of what ``inner`` accepts."""
    return Expected(
        accepts=lambda value: (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(inner.accepts(each) for each in value)
        ),
        allowed=f"a list, each of it {inner.allowed}",
        fix=inner.fix,
    )


TEXT = instance_of(str, allowed="text (str)", fix="give a str")
FLAG = instance_of(bool, allowed="True or False", fix="give True or False")
#: CDK writes a number that is known only at deployment as a float. Its JavaScript reads neither
#: "not a number" nor infinity, and ends.
NUMBER = Expected(
    accepts=lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and isfinite(value) and cdk.Token.is_unresolved(value))
    ),
    allowed="a whole number (int)",
    fix="give an int, without quotes",
)
TIME = instance_of(datetime, allowed="a datetime", fix="give datetime(..., tzinfo=UTC)")
PATH = instance_of(str, Path, allowed="a path (str or pathlib.Path)", fix="give a path")
DURATION = instance_of(
    cdk.Duration,
    allowed="an aws_cdk.Duration",
    fix="write the unit, for example Duration.seconds(10)",
)
SECRET = resource(
    "secret_arn",
    allowed="a secret of aws_secretsmanager, never the text that is in it",
    fix='give Secret.from_secret_name_v2(self, "PaymentKey", "shop/payment-key")',
)
TABLE = resource(
    "table_arn",
    allowed="a table of aws_dynamodb",
    fix="give the table itself, or one imported by Table.from_table_attributes(...)",
)
BILLING = instance_of(
    dynamodb.Billing,
    allowed="an aws_dynamodb.Billing",
    fix="give Billing.provisioned(...), or leave it out for on demand",
)
KEY = resource(
    "key_arn",
    allowed="a key of aws_kms",
    fix="give the key itself, or one imported by Key.from_key_arn(...)",
)
EVENT_BUS = resource(
    "event_bus_arn",
    allowed="an event bus of aws_events",
    fix="give the bus itself, or one imported by EventBus.from_event_bus_arn(...)",
)
TOPIC = resource(
    "topic_arn",
    allowed="a topic of aws_sns",
    fix="give the topic itself, or one imported by Topic.from_topic_arn(...)",
)
VPC = resource("vpc_id", allowed="a VPC of aws_ec2", fix="give the VPC, as Vpc.from_lookup(...)")
SECURITY_GROUP = resource(
    "security_group_id", allowed="a security group of aws_ec2", fix="give a list of them"
)
LAYER = resource(
    "layer_version_arn",
    allowed="a layer version of aws_lambda",
    fix="import it with LayerVersion.from_layer_version_arn(...)",
)
#: A principal, such as of an account, is no construct either.
GRANTEE = Expected(
    accepts=lambda value: _is_made(value) and hasattr(value, "grant_principal"),
    allowed="who can be granted something: a function, or a role of aws_iam",
    fix="give the function itself, or its role",
)
#: One that AWS manages is no construct, so that it has no node.
MANAGED_POLICY = Expected(
    accepts=lambda value: _is_made(value) and hasattr(value, "managed_policy_arn"),
    allowed="a managed policy of aws_iam",
    fix="import it with ManagedPolicy.from_managed_policy_name(...)",
)
SUBNETS = instance_of(
    ec2.SubnetSelection,
    allowed="an aws_ec2.SubnetSelection",
    fix="give SubnetSelection(subnet_type=...)",
)
LOG_RETENTION = instance_of(
    logs.RetentionDays,
    allowed="an aws_logs.RetentionDays",
    fix="give RetentionDays.ONE_MONTH or another",
)
REMOVAL_POLICY = instance_of(
    cdk.RemovalPolicy, allowed="an aws_cdk.RemovalPolicy", fix="give RemovalPolicy.RETAIN"
)


def type_requirements(
    expected: Mapping[str, Expected], given: Mapping[str, object], *, of: str = ""
) -> list[Requirement]:
    """Return for each expected property that what was given has its type.

    :param given: Values by name; others are ignored, so that a function may pass its ``locals()``.
    :param of: The property whose own these are, for example ``timing``.
    """
    return [
        Requirement(
            holds=each.accepts(given[name]),
            property=f"{of}.{name}" if of else name,
            given=_type_in_words(given[name]),
            allowed=each.allowed,
            fix=each.fix,
        )
        for name, each in expected.items()
    ]


def _type_in_words(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return _with_article(type(value).__name__)


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"
