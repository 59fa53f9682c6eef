"""The consumer's role names its actions and resources."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.charging import consumers
from checkout_stack.policy.rules.judging import judge_each, shown
from checkout_stack.policy.rules.permissions import too_wide
from checkout_stack.policy.rules.roles import broad_policies, granted
from checkout_stack.policy.rules.rule import (
    Judgement,
    Rule,
    Severity,
    cannot_tell,
    compliant,
    violated,
)
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge the permissions of each function that receives from a work queue."""
    judgements = [each for function in consumers(workload) for each in _judgements(function)]
    return judge_each(
        judgements, lambda judgement: judgement, otherwise="no function consumes such work"
    )


def _judgements(function: Resource) -> Iterator[Judgement]:
    statements = granted(function)
    if isinstance(statements, Unknown):
        yield cannot_tell(function, "Role", why=statements.why)
        return
    clean = True
    for resource, path, name in broad_policies(function):
        clean = False
        yield _refused(resource, *path, given=f"the managed policy {shown(name)}")
    for statement in statements:
        reason = too_wide(statement)
        if isinstance(reason, Unknown):
            yield cannot_tell(statement.resource, *statement.path, why=reason.why)
        elif reason:
            yield _refused(statement.resource, *statement.path, given=reason)
        clean = clean and not reason
    if clean:
        yield compliant(function, "Role")


def _refused(resource: Resource, *path: str | int, given: str) -> Judgement:
    return violated(
        resource,
        *path,
        given=given,
        allowed="named SQS and DynamoDB actions on named queues and tables",
        fix="name the actions that the function calls, and the ARNs that it calls them on",
    )


RULE = Rule(
    id="consumer-permissions",
    title="The consumer's role names its actions and resources",
    severity=Severity.WARNING,
    why=(
        "The function that charges reads code, messages and answers from outside. With sqs:* "
        "or dynamodb:* or on every resource it can purge the queue, delete orders, or redrive"
        " dead letters, by a defect or by an attacker. It needs to receive and delete on one "
        "queue and to update one table."
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    fix_cdk=(
        'payments.grant_consume_messages(consumer)\norders.grant(consumer, "dynamodb:UpdateItem")'
    ),
    fix_cloudformation=(
        "Action: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes]\n"
        "Resource: !GetAtt Payments.Arn"
    ),
    check=check,
)
