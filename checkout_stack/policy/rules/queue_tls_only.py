"""A queue refuses requests without TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.rules.judging import judge_each
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
from checkout_stack.policy.template.values import Unknown, Value, listed
from checkout_stack.policy.workload.relations import QUEUE
from checkout_stack.policy.workload.statements import Statement, statements
from checkout_stack.policy.workload.workload import Workload

POLICIES = ("AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy")
_TRANSPORT = "aws:securetransport"


@dataclass(frozen=True)
class Named:
    """The queues that a list names."""

    #: ``None`` for all queues.
    known: frozenset[Resource | None]
    #: Whether the template tells all that the list names.
    complete: bool = True

    def surely(self, queue: Resource) -> bool:
        """Whether the queue is among them."""
        return bool({queue, None} & self.known)

    def maybe(self, queue: Resource) -> bool:
        """Whether it is, or may be."""
        return self.surely(queue) or not self.complete


@dataclass(frozen=True)
class Denial:
    """A statement that denies requests without TLS, or may do."""

    policy: Resource
    #: The queues that the policy stands on.
    stands_on: Named
    #: The queues that the statement is about.
    covers: Named

    def protects(self, queue: Resource) -> bool:
        """Whether it surely denies plain HTTP to the queue."""
        named = self.stands_on.surely(queue) and self.covers.surely(queue)
        return named and self.policy.surely_exists_with(queue)

    def may_protect(self, queue: Resource) -> bool:
        """Whether it does in some deployments, or may do."""
        return self.stands_on.maybe(queue) and self.covers.maybe(queue)


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue and its dead-letter queue."""
    denials = list(_denials(workload))
    return judge_each(workload.all_queues, lambda queue: _judge(queue, denials), otherwise=NO_QUEUE)


def _judge(queue: Resource, denials: list[Denial]) -> Judgement:
    if any(denial.protects(queue) for denial in denials):
        return compliant(queue)
    for denial in denials:
        if denial.may_protect(queue):
            why = f"whether {denial.policy} denies it requests without TLS is not in this template"
            return cannot_tell(queue, why=why)
    return violated(
        queue,
        given="no queue policy denies requests where aws:SecureTransport is false",
        allowed="a policy that denies them",
        fix="add a queue policy with Effect: Deny, Principal: '*', Action: sqs:* and "
        'Condition: {Bool: {"aws:SecureTransport": "false"}}',
    )


def _denials(workload: Workload) -> Iterator[Denial]:
    for policy in workload.of_type(*POLICIES):
        stands_on = _named(policy, listed(policy.prop("Queues")) + listed(policy.prop("Queue")))
        for statement in statements(policy, "PolicyDocument"):
            if isinstance(statement.body, Unknown):
                yield Denial(policy, stands_on, Named(frozenset[Resource | None](), complete=False))
            elif _denies_plain_http(statement, statement.body):
                yield Denial(policy, stands_on, _named(policy, statement.listed("Resource")))


def _named(policy: Resource, values: list[Value]) -> Named:
    if "*" in values:
        return Named(frozenset([None]))
    found = [policy.related(each, QUEUE) for each in values]
    named = frozenset(each for each in found if isinstance(each, Resource))
    return Named(named, complete=not any(isinstance(each, Unknown) for each in found))


def _denies_plain_http(statement: Statement, body: Mapping[str, Value]) -> bool:
    """Whether it denies everything to everybody who comes without TLS; more would deny less."""
    actions = {str(action).lower() for action in statement.listed("Action")}
    return (
        body.get("Effect") == "Deny"
        and bool(actions & {"*", "sqs:*"})
        and _is_everybody(body.get("Principal"))
        and list(_asked(body.get("Condition"))) == [_TRANSPORT]
    )


def _is_everybody(principal: Value) -> bool:
    if isinstance(principal, Mapping):
        return "*" in listed(principal.get("AWS"))
    return principal == "*"


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
