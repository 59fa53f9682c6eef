"""What the roles of a run may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, at, listed
from checkout_stack.policy.workload.relations import FUNCTION, ROLE, TASK
from checkout_stack.policy.workload.statements import Statement, statements

MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
ATTACHED = ("AWS::IAM::Policy", MANAGED_POLICY, "AWS::IAM::RolePolicy")
_WRITES_ITEMS = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem")
_SAM_TEMPLATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "SQSPollerPolicy": ("QueueName", ("sqs:ReceiveMessage", "sqs:DeleteMessage")),
    "SQSSendMessagePolicy": ("QueueName", ("sqs:SendMessage",)),
    "SNSPublishMessagePolicy": ("TopicName", ("sns:Publish",)),
    "EventBridgePutEventsPolicy": ("EventBusName", ("events:PutEvents",)),
    "DynamoDBWritePolicy": ("TableName", _WRITES_ITEMS),
    "DynamoDBCrudPolicy": ("TableName", (*_WRITES_ITEMS, "dynamodb:GetItem", "dynamodb:Query")),
}
"""Policy templates of SAM: the parameter with the resource's name, and what they allow of it."""
QUEUE_POLICIES = ("AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy")
_PROFILE = "AWS::IAM::InstanceProfile"
_PROFILE_AT: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "AWS::EC2::Instance": (("IamInstanceProfile",),),
    "AWS::EC2::LaunchTemplate": tuple(
        ("LaunchTemplateData", "IamInstanceProfile", name) for name in ("Arn", "Name")
    ),
    "AWS::AutoScaling::LaunchConfiguration": (("IamInstanceProfile",),),
}
"""Where what starts instances names the profile with their role."""
_ROLE_AT: Mapping[str, tuple[str, ...]] = {
    FUNCTION: ("Role",),
    TASK: ("TaskRoleArn",),
    "AWS::AppRunner::Service": ("InstanceConfiguration", "InstanceRoleArn"),
    "AWS::Batch::JobDefinition": ("ContainerProperties", "JobRoleArn"),
}
POLLERS = (*_ROLE_AT, *_PROFILE_AT)
"""The types that run code, which may poll a queue."""
_READS_SECRETS = ("secretsmanager:getsecret", "ssm:getparameter")


def role_of(resource: Resource) -> Resource | Unknown | None:
    """The role of what runs code; ``None`` where SAM makes it of a function's policies."""
    if resource.type in _PROFILE_AT:
        named = (resource.prop(*path) for path in _PROFILE_AT[resource.type])
        profile = resource.related(next((each for each in named if each), None), _PROFILE)
        roles = listed(profile.prop("Roles")) if isinstance(profile, Resource) else []
        return resource.related(roles[0], ROLE) if roles else Unknown("the instance has no role")
    value = resource.prop(*_ROLE_AT.get(resource.type, ("Role",)))
    if value is None:
        made_by_sam = resource.raw_properties.keys() & {"Policies", "CodeUri", "InlineCode"}
        return None if made_by_sam else Unknown("the function names no role")
    return resource.related(value, ROLE)


def sam_policies(function: Resource) -> list[tuple[int, Value]]:
    """The policies that a SAM function lists: names, templates of SAM and documents."""
    return list(enumerate(listed(function.prop("Policies"))))


def statements_of_sam(function: Resource) -> Iterator[Statement]:
    """The statements of the documents and of the policy templates that a SAM function lists."""
    is_list = isinstance(function.prop("Policies"), list)
    for index, policy in sam_policies(function):
        path = ("Policies", index) if is_list else ("Policies",)
        if not isinstance(policy, str):
            yield from statements(function, *path)
        for name, given in policy.items() if isinstance(policy, Mapping) else ():
            if name in _SAM_TEMPLATES and isinstance(given, Mapping):
                parameter, actions = _SAM_TEMPLATES[name]
                allowed: list[Value] = [*actions]
                body = {"Effect": "Allow", "Action": allowed, "Resource": given.get(parameter)}
                yield Statement(function, path, body)


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


def statements_for_roles(policy: Resource) -> Iterator[tuple[Resource, Statement]]:
    """The roles of the run that the policy of a queue lets in, with what it allows them."""
    queues = [*listed(policy.prop("Queues")), *listed(policy.prop("Queue"))]
    for statement in statements(policy, "PolicyDocument"):
        if isinstance(statement.body, Unknown):
            continue
        body = {**statement.body, "Resource": queues}
        for principal in listed(at(body.get("Principal"), "AWS")):
            role = policy.related(principal, ROLE)
            if isinstance(role, Resource):
                yield role, Statement(policy, statement.path, body)


def managed_policies(role: Resource) -> Iterator[Resource]:
    """The policies of the run that a role names itself."""
    for arn in listed(role.prop("ManagedPolicyArns")):
        policy = role.related(arn, MANAGED_POLICY)
        if isinstance(policy, Resource):
            yield policy


def readable_secrets(granted: Iterable[Statement]) -> Iterator[Value]:
    """The secrets and parameters that statements let somebody read, as they are written."""
    for statement in granted:
        if any(each.startswith(_READS_SECRETS) for each in actions_of(statement)):
            yield from statement.listed("Resource")


def allowed_on(
    granted: Iterable[Statement], wanted: Callable[[str], bool], *types: str
) -> Iterator[Resource]:
    """The resources on which statements allow an action that is wanted; those named by ``*`` not.

    :param wanted: Asked of each action that is written, in small letters, wildcards included.
    """
    for statement in granted:
        body = statement.body
        if isinstance(body, Unknown) or body.get("Effect") != "Allow":
            continue
        if any(map(wanted, actions_of(statement))):
            for value in statement.listed("Resource"):
                found = statement.resource.related(value, *types)
                if isinstance(found, Resource):
                    yield found


def actions_of(statement: Statement) -> set[str]:
    """The actions that a statement names, in small letters, wildcards included."""
    return {str(each).lower() for each in statement.listed("Action")}
