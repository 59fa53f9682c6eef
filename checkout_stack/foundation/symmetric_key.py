"""Whether a key can encrypt what a checkout stores: tables, queues and logs take symmetric ones."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from checkout_stack.foundation.requirements import Requirement

_SYMMETRIC = "SYMMETRIC_DEFAULT"


def symmetric_key_requirements(prop: str, key: kms.IKey | None) -> list[Requirement]:
    """Return that a key of this app is symmetric; of an imported one only AWS knows.

    :param prop: The property that it was given as.
    """
    made = None if key is None else key.node.default_child
    if not isinstance(made, kms.CfnKey):
        return []
    spec = made.key_spec
    return [
        Requirement(
            holds=spec is None or cdk.Token.is_unresolved(spec) or spec == _SYMMETRIC,
            property=prop,
            given=f"a key of {spec}",
            allowed="a symmetric key: DynamoDB, SQS and CloudWatch Logs take no other",
            fix="leave out key_spec and key_usage of the key",
        )
    ]
