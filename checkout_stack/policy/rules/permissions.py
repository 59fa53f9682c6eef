"""What a function's role may do, and what of it is more than a consumer needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkout_stack.policy.rules.judging import shown
from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, listed
from checkout_stack.policy.workload.statements import Statement, statements
from checkout_stack.policy.workload.workload import Workload

ROLE = "AWS::IAM::Role"
ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
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
_EVERYTHING = re.compile(r"(arn:.*:(sqs|dynamodb):.*:(table/)?)?\*\Z")


def granted(workload: Workload, function: Resource) -> list[Statement] | Unknown:
    """Every statement that the function's role has, or why the template does not say."""
    role = _role(workload, function)
    if isinstance(role, Unknown):
        return role
    if role is None:
        return [each for index, _ in _sam_policies(function) for each in _inline(function, index)]
    inline = [each for index, _ in _policies(role) for each in _document(role, "Policies", index)]
    return inline + [each for policy in _attached(workload, role) for each in _document(policy)]


def broad_policies(
    workload: Workload, function: Resource
) -> Iterator[tuple[Resource, PropertyPath, Value]]:
    """The managed policies that give too much: resource, path and name."""
    role = _role(workload, function)
    if isinstance(role, Resource):
        for name in listed(role.prop("ManagedPolicyArns")):
            if _BROAD.search(str(name)):
                yield role, ("ManagedPolicyArns",), name
    elif role is None:
        for _, name in _sam_policies(function):
            if isinstance(name, str) and _BROAD.search(name):
                yield function, ("Policies",), name


def _role(workload: Workload, function: Resource) -> Resource | Unknown | None:
    """``None`` where SAM makes the role of the function's own ``Policies``."""
    value = function.prop("Role")
    if value is None:
        made_by_sam = function.raw_properties.keys() & {"Policies", "CodeUri", "InlineCode"}
        return None if made_by_sam else Unknown("the function names no role")
    return workload.resolve_resource(value, ROLE)


def _sam_policies(function: Resource) -> list[tuple[int, Value]]:
    return list(enumerate(listed(function.prop("Policies"))))


def _policies(role: Resource) -> list[tuple[int, Value]]:
    return list(enumerate(listed(role.prop("Policies"))))


def _inline(function: Resource, index: int) -> Iterator[Statement]:
    """A SAM policy is a document itself, unless it is a name or a template of SAM."""
    policies = function.prop("Policies")
    yield from statements(function, "Policies", *([index] if isinstance(policies, list) else []))


def _document(resource: Resource, *path: str | int) -> Iterator[Statement]:
    yield from statements(resource, *path, "PolicyDocument")


def _attached(workload: Workload, role: Resource) -> Iterator[Resource]:
    for policy in workload.of_type(*ATTACHED):
        named = [*listed(policy.prop("Roles")), *listed(policy.prop("RoleName"))]
        if any(workload.resolve_resource(each, ROLE) is role for each in named):
            yield policy


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
