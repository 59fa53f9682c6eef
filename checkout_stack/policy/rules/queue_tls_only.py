"""A queue refuses requests without TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.rules.judging import judge_each
from checkout_stack.policy.rules.queue_policies import (
    QueueStatement,
    is_everybody,
    queue_statements,
)
from checkout_stack.policy.rules.queues import NO_QUEUE
from checkout_stack.policy.rules.rule import (
    Judgement,
    Rule,
    Severity,
    cannot_tell,
    compliant,
    violated,
)
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Value, listed
from checkout_stack.policy.workload.statements import Statement
from checkout_stack.policy.workload.workload import Workload

_OF_MESSAGES = frozenset(("sqs:sendmessage", "sqs:receivemessage"))
"""The actions that carry what a message says."""
_TRANSPORT = "aws:securetransport"


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue and its dead-letter queue."""
    denials = list(queue_statements(workload, _denies_plain_http))
    return judge_each(workload.all_queues, lambda queue: _judge(queue, denials), otherwise=NO_QUEUE)


def _judge(queue: Resource, denials: list[QueueStatement]) -> Judgement:
    if any(each.is_about(queue) and each.policy.surely_exists_with(queue) for each in denials):
        return compliant(queue)
    for each in denials:
        if each.may_be_about(queue):
            why = f"whether {each.policy} denies it requests without TLS is not in this template"
            return cannot_tell(queue, why=why)
    return violated(
        queue,
        given="no queue policy denies requests where aws:SecureTransport is false",
        allowed="a policy that denies them",
        fix="add a queue policy with Effect: Deny, Principal: '*', Action: sqs:* and "
        'Condition: {Bool: {"aws:SecureTransport": "false"}}',
    )


def _denies_plain_http(statement: Statement, body: Mapping[str, Value]) -> bool:
    """Whether it denies everybody who comes without TLS all actions, or those on messages.

    A further condition would deny less.
    """
    actions = {str(action).lower() for action in statement.listed("Action")}
    return (
        body.get("Effect") == "Deny"
        and bool(actions & {"*", "sqs:*"} or actions >= _OF_MESSAGES)
        and is_everybody(body.get("Principal"))
        and list(_asked(body.get("Condition"))) == [_TRANSPORT]
    )


def _asked(condition: Value) -> Iterator[str]:
    """The keys that a condition asks about, if each asks for false; else something else."""
    for operator, keys in condition.items() if isinstance(condition, Mapping) else []:
        for key, value in keys.items() if isinstance(keys, Mapping) else [("", None)]:
            wanted = {str(each).lower() for each in listed(value)}
            plain = operator in ("Bool", "BoolIfExists") and wanted == {"false"}
            yield key.lower() if plain else f"{operator} {key}"


RULE = Rule(
    id="queue-tls-only",
    title="A queue refuses requests without TLS",
    severity=Severity.WARNING,
    why=(
        "SQS accepts plain HTTP. A queue policy that denies requests where "
        "aws:SecureTransport is false closes it; AWS lists it among its security practices."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
    fix_cdk='sqs.Queue(self, "Payments", fifo=True, enforce_ssl=True)',
    fix_cloudformation=(
        "Type: AWS::SQS::QueuePolicy\n"
        "Properties:\n"
        "  Queues: [!Ref Payments]\n"
        "  PolicyDocument:\n"
        "    Statement:\n"
        "      - Effect: Deny\n"
        '        Principal: "*"\n'
        "        Action: sqs:*\n"
        "        Resource: !GetAtt Payments.Arn\n"
        '        Condition: {Bool: {"aws:SecureTransport": "false"}}'
    ),
    check=check,
)
