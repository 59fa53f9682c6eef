"""What the roles of a run may do."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, listed
from checkout_stack.policy.workload.relations import QUEUE, ROLE, TASK
from checkout_stack.policy.workload.statements import Statement, statements

ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
_RECEIVES = frozenset(("sqs:receivemessage", "sqs:receive*"))
_MOVES = "sqs:startmessagemovetask"


def role_of(resource: Resource) -> Resource | Unknown | None:
    """The role of a function or task; ``None`` where SAM makes it of the function's policies."""
    value = resource.prop("TaskRoleArn" if resource.type == TASK else "Role")
    if value is None:
        made_by_sam = resource.raw_properties.keys() & {"Policies", "CodeUri", "InlineCode"}
        return None if made_by_sam else Unknown("the function names no role")
    return resource.related(value, ROLE)


def sam_policies(function: Resource) -> list[tuple[int, Value]]:
    """The policies that a SAM function lists: names, templates of SAM and documents."""
    return list(enumerate(listed(function.prop("Policies"))))


def statements_of_sam(function: Resource) -> Iterator[Statement]:
    """A SAM policy is a document itself, unless it is a name or a template of SAM."""
    is_list = isinstance(function.prop("Policies"), list)
    for index, _ in sam_policies(function):
        yield from statements(function, "Policies", *([index] if is_list else []))


def statements_of_role(role: Resource) -> Iterator[Statement]:
    """The statements that are written in a role itself."""
    for index, _ in enumerate(listed(role.prop("Policies"))):
        yield from statements(role, "Policies", index, "PolicyDocument")


def roles_of_policy(policy: Resource) -> Iterator[Resource]:
    """The roles that a policy of its own is attached to."""
    for each in [*listed(policy.prop("Roles")), *listed(policy.prop("RoleName"))]:
        role = policy.related(each, ROLE)
        if isinstance(role, Resource):
            yield role


def received_queues(granted: list[Statement]) -> Iterator[Resource]:
    """The queues that statements let somebody receive from, by name.

    Not where they move messages of a dead-letter queue back, which needs to receive as well.
    """
    actions = [{str(each).lower() for each in one.listed("Action")} for one in granted]
    if any(_MOVES in each for each in actions):
        return
    for statement, allowed in zip(granted, actions, strict=True):
        if not isinstance(statement.body, Unknown) and statement.body.get("Effect") == "Allow":
            for value in statement.listed("Resource") if allowed & _RECEIVES else []:
                queue = statement.resource.related(value, QUEUE)
                if isinstance(queue, Resource):
                    yield queue
