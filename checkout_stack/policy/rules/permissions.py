"""What a function's role may do, and what of it is more than a consumer needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkout_stack.policy.rules.judging import shown
from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, listed
from checkout_stack.policy.workload.permissions import role_of, sam_policies
from checkout_stack.policy.workload.statements import Statement

_BROAD = re.compile(r"(?:^|/)(\w*FullAccess(?:_v2)?|AdministratorAccess|PowerUserAccess)$")
"""Managed policies of AWS that give everything of a service, or of all."""
_SERVICES = ("sqs:", "dynamodb:")
_WITHOUT_RESOURCE = frozenset({"sqs:listqueues", "dynamodb:liststreams", "dynamodb:listtables"})
"""Actions that IAM only takes on every resource."""
DESTRUCTIVE = frozenset(
    (
        "sqs:addpermission",
        "sqs:deletequeue",
        "sqs:purgequeue",
        "sqs:setqueueattributes",
        "sqs:startmessagemovetask",
        "dynamodb:deletetable",
        "dynamodb:updatetable",
        "dynamodb:updatetimetolive",
    )
)
"""Actions that lose orders or open the queue, and that no consumer of messages calls."""
_ONE_FAMILY = re.compile(
    r"sqs:(?:changemessagevisibility|deletemessage|receivemessage|sendmessage|get|list)\*"
    r"|dynamodb:(?:batchget|describe|get|list|query)\*"
)
"""Actions that a wildcard may stand for: one on messages with its batch, or those that read."""
_EVERYTHING = re.compile(r"(arn:.*:(sqs|dynamodb):.*:(table/)?)?\*\Z")


def broad_policies(function: Resource) -> Iterator[tuple[Resource, PropertyPath, Value]]:
    """The managed policies that give too much: resource, path and name."""
    role = role_of(function)
    if isinstance(role, Resource):
        for name in listed(role.prop("ManagedPolicyArns")):
            if _BROAD.search(str(name)):
                yield role, ("ManagedPolicyArns",), name
    elif role is None:
        for _, name in sam_policies(function):
            if isinstance(name, str) and _BROAD.search(name):
                yield function, ("Policies",), name


def too_wide(statement: Statement) -> str | Unknown | None:
    """What is too wide, as the first part of a message; ``None`` if nothing."""
    body = statement.body
    if isinstance(body, Unknown):
        return body
    if body.get("Effect") != "Allow":
        return None
    if "NotAction" in body:
        return "the statement allows every action but some, by NotAction"
    actions = [str(action).lower() for action in statement.listed("Action")]
    if "*" in actions:
        return "the statement allows every action"
    ours = [action for action in actions if action.startswith(_SERVICES)]
    for action in ours:
        if ("*" in action or "?" in action) and not _ONE_FAMILY.fullmatch(action):
            return f"the statement allows {action}"
        if action in DESTRUCTIVE:
            return f"the statement allows {action}, which a consumer never calls"
    return _too_many_resources(statement, [each for each in ours if each not in _WITHOUT_RESOURCE])


def _too_many_resources(statement: Statement, actions: list[str]) -> str | Unknown | None:
    assert not isinstance(statement.body, Unknown)
    if not actions:
        return None
    if "NotResource" in statement.body:
        return f"the statement allows {actions[0]} on all but some resources, by NotResource"
    for resource in statement.listed("Resource"):
        if isinstance(resource, Unknown):
            return resource
        if _EVERYTHING.match(str(resource)):
            return f"the statement allows {actions[0]} on {shown(resource)}"
    return None
