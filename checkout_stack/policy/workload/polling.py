"""What the statements of a role say of the queues that somebody receives from by polling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, listed
from checkout_stack.policy.workload.permissions import (
    actions_of,
    allowed_on,
    role_of,
    sam_policies,
)
from checkout_stack.policy.workload.relations import QUEUE
from checkout_stack.policy.workload.statements import Statement

_RECEIVE = "sqs:receivemessage"
_RECEIVES = frozenset((_RECEIVE, "sqs:receive*"))
_MOVES = "sqs:startmessagemovetask"
_FOR_ANY_QUEUE = re.compile(
    r"(?:^|/)(?:AmazonSQSFullAccess|AWSLambdaSQSQueueExecutionRole|PowerUserAccess"
    r"|AdministratorAccess)\Z"
)
"""Policies of AWS that let their holder receive from every queue."""


def received_queues(granted: list[Statement]) -> Iterator[Resource]:
    """The queues that statements let somebody receive from, by name.

    Not where they move messages of a dead-letter queue back, which needs to receive as well, and
    not from the dead-letter queue of another of these queues: often both stand in one statement.
    """
    if any(_MOVES in actions_of(statement) for statement in granted):
        return
    found = dict.fromkeys(allowed_on(granted, _RECEIVES.__contains__, QUEUE))
    dead = {
        each.related(each.prop("RedrivePolicy", "deadLetterTargetArn"), QUEUE) for each in found
    }
    yield from (queue for queue in found if queue not in dead)


def receives_elsewhere(granted: Iterable[Statement]) -> bool:
    """Whether statements let somebody receive from a queue that is not in the run."""
    return any(
        isinstance(statement.resource.related(value, QUEUE), Unknown)
        for statement in granted
        if _lets_receive(statement) and _RECEIVES & actions_of(statement)
        for value in statement.listed("Resource")
        if value != "*"
    )


def may_poll_any_queue(reader: Resource, granted: Iterable[Statement]) -> bool:
    """Whether somebody may receive from every queue, so that nothing says from which it does."""
    role = role_of(reader)
    if isinstance(role, Resource):
        names = listed(role.prop("ManagedPolicyArns"))
    else:
        names = [name for _, name in sam_policies(reader)] if role is None else []
    return any(_FOR_ANY_QUEUE.search(str(name)) for name in names) or any(
        "*" in statement.listed("Resource") for statement in granted if _lets_receive(statement)
    )


def perhaps_received(granted: Iterable[Statement]) -> Iterator[Resource]:
    """The queues on which statements allow everything: to send perhaps, perhaps to receive."""
    yield from allowed_on(granted, _covers_receiving, QUEUE)


def _lets_receive(statement: Statement) -> bool:
    body = statement.body
    is_allowed = not isinstance(body, Unknown) and body.get("Effect") == "Allow"
    return is_allowed and any(map(_covers_receiving, actions_of(statement)))


def _covers_receiving(action: str) -> bool:
    return fnmatchcase(_RECEIVE, action)
