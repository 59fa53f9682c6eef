"""What a function's role may do, from every place where a template can say it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkout_stack.policy.rules.statements import Statement, listed, statements
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value

ROLE = "AWS::IAM::Role"
ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
_BROAD = re.compile(r"(?:^|/)(\w*FullAccess(?:_v2)?|AdministratorAccess|PowerUserAccess)$")
"""Managed policies of AWS that give everything of a service, or of all."""


def granted(function: Resource) -> list[Statement] | Unknown:
    """Every statement that the function's role has, or why the template does not say."""
    role = _role(function)
    if isinstance(role, Unknown):
        return role
    if role is None:
        return [each for index, _ in _sam_policies(function) for each in _inline(function, index)]
    inline = [each for index, _ in _policies(role) for each in _document(role, "Policies", index)]
    return inline + [each for policy in _attached(role) for each in _document(policy)]


def broad_policies(function: Resource) -> Iterator[tuple[Resource, tuple[str | int, ...], Value]]:
    """The managed policies that give too much: resource, path and name."""
    role = _role(function)
    if isinstance(role, Resource):
        for name in listed(role.prop("ManagedPolicyArns")):
            if _BROAD.search(str(name)):
                yield role, ("ManagedPolicyArns",), name
    elif role is None:
        for _, name in _sam_policies(function):
            if isinstance(name, str) and _BROAD.search(name):
                yield function, ("Policies",), name


def _role(function: Resource) -> Resource | Unknown | None:
    """``None`` where SAM makes the role of the function's own ``Policies``."""
    value = function.prop("Role")
    if value is None:
        made_by_sam = function.raw_properties.keys() & {"Policies", "CodeUri", "InlineCode"}
        return None if made_by_sam else Unknown("the function names no role")
    return function.template.resolve_resource(value, ROLE)


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


def _attached(role: Resource) -> Iterator[Resource]:
    for policy in role.template.of_type(*ATTACHED):
        named = [*listed(policy.prop("Roles")), *listed(policy.prop("RoleName"))]
        if any(role.template.resolve_resource(each, ROLE) is role for each in named):
            yield policy
