"""Where a construct ends up once deployed, as a name that is stable and unique in one Region."""

from __future__ import annotations

import hashlib
import re

import aws_cdk as cdk
from constructs import IConstruct

#: Enough of a SHA-256 to tell apart the checkouts of one account and Region (32 bits).
_HASH_DIGITS = 8


def deployed_path(construct: IConstruct) -> str:
    """Return ``<stack name>/<construct ids below the stack>`` of ``construct``.

    The stack is the outermost one: the name of a nested stack is known only after deployment.
    Stack names are unique in an account and Region, so the path is as well. It changes when the
    stack is renamed or the construct is moved in the tree, and with nothing else.
    """
    stack = cdk.Stack.of(construct)
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    below_the_stack = construct.node.path.removeprefix(stack.node.path).strip("/")
    return f"{stack.stack_name}/{below_the_stack}"


def default_namespace(checkout: IConstruct) -> str:
    """Return the namespace of a checkout that was given none: no other deployed one has it."""
    stack = cdk.Stack.of(checkout)
    return f"{stack.account}/{stack.region}/{deployed_path(checkout)}"


def resource_name(construct: IConstruct, *, suffix: str, max_length: int) -> str:
    """Return a physical name for ``construct``: readable, deterministic, and unique by a hash."""
    path = deployed_path(construct)
    digest = hashlib.sha256(path.encode()).hexdigest()[:_HASH_DIGITS]
    ending = f"-{digest}{suffix}"
    readable = re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")
    return readable[: max_length - len(ending)].rstrip("-") + ending


def metric_namespace(construct: IConstruct) -> str:
    """Return the CloudWatch namespace of a checkout's own metrics.

    CloudWatch allows letters, digits and ``. - _ / #`` in a namespace, and 255 characters
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Metric.html).
    """
    path = re.sub(r"[^A-Za-z0-9._/#-]", "-", deployed_path(construct))
    return f"IdempotentCheckout/{path}"[:255]
