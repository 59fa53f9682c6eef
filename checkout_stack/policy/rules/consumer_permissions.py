"""The consumer's role names its actions and resources."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.judging import shown
from checkout_stack.policy.rules.permissions import broad_policies, too_wide
from checkout_stack.policy.rules.rule import (
    Judgement,
    Rule,
    Severity,
    cannot_tell,
    compliant,
    not_applicable,
    violated,
)
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge the permissions of each function that receives from a work queue."""
    imported = [each.function for each in workload.imported_queue_triggers]
    consumers = [*workload.consumers, *(each for each in imported if isinstance(each, Resource))]
    judgements = [
        each for function in dict.fromkeys(consumers) for each in _judgements(workload, function)
    ]
    return judgements or [not_applicable("no function consumes such work")]


def _judgements(workload: Workload, function: Resource) -> Iterator[Judgement]:
    statements = workload.granted(function)
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
