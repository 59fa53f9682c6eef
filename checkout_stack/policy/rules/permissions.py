"""What of a statement is more than a consumer needs."""

from __future__ import annotations

import re

from checkout_stack.policy.rules.judging import shown
from checkout_stack.policy.rules.statements import Statement
from checkout_stack.policy.template.values import Unknown

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
_EVERYTHING = re.compile(r"(arn:.*:(sqs|dynamodb):.*:(table/)?)?\*\Z")


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
        if "*" in action or "?" in action:
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
