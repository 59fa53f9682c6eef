"""A queue is open to named accounts and services only."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network

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
from checkout_stack.policy.template.values import Unknown, Value, at, listed
from checkout_stack.policy.workload.statements import Statement
from checkout_stack.policy.workload.workload import Workload

_NARROWING = frozenset(
    f"aws:{name}"
    for name in (
        "principalaccount",
        "principalarn",
        "principalorgid",
        "principalorgpaths",
        "sourceaccount",
        "sourcearn",
        "sourceip",
        "sourceorgid",
        "sourceorgpaths",
        "sourceowner",
        "sourcevpc",
        "sourcevpce",
        "userid",
    )
)
"""What a condition may ask about so that not everybody is meant."""
_MATCHES = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike")
_LARGEST_RANGE_BITS = {4: 8, 6: 16}
"""By version of IP: what is shorter than such a prefix is no network of somebody's own."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue and its dead-letter queue."""
    opened = list(queue_statements(workload, _lets_everybody_in, all_without_resource=True))
    return judge_each(workload.all_queues, lambda queue: _judge(queue, opened), otherwise=NO_QUEUE)


def _judge(queue: Resource, opened: list[QueueStatement]) -> Judgement:
    for each in opened:
        if each.is_about(queue):
            return violated(
                each.policy,
                *each.statement.path,
                given=f"everybody may use {queue}: Principal is *, and no condition narrows it",
                allowed="accounts, roles or services by name, or a condition on who comes",
                fix="name a Principal, or add Condition: {StringEquals: {aws:SourceAccount: "
                "!Ref AWS::AccountId}}",
            )
    for each in opened:
        if each.may_be_about(queue):
            why = f"whom {each.policy} lets in is not in this template"
            return cannot_tell(queue, why=why)
    return compliant(queue)


def _lets_everybody_in(_statement: Statement, body: Mapping[str, Value]) -> bool:
    if body.get("Effect") != "Allow":
        return False
    principal = body.get("Principal")
    anybody = is_everybody(principal) or "*" in listed(at(principal, "Service"))
    everybody = anybody or "NotPrincipal" in body
    return everybody and not _is_narrowed(body.get("Condition"))


def _is_narrowed(condition: Value) -> bool:
    if isinstance(condition, Unknown):
        return True
    for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
        quantifier, _, plain = operator.rpartition(":")
        if quantifier == "ForAllValues":  # true as well where the key is absent
            continue
        if plain in (*_MATCHES, "IpAddress") and isinstance(keys, Mapping):
            for key in keys:
                values = [str(each) for each in listed(at(keys, key))]
                if key.lower() in _NARROWING and not any(map(_matches_everything, values)):
                    return True
    return False


def _matches_everything(value: str) -> bool:
    """Whether a value of a condition leaves nobody out: any account, or most of the Internet."""
    if "/" in value and not value.startswith("arn:"):
        try:
            network = ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen < _LARGEST_RANGE_BITS[network.version]
    parts = value.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return value.rstrip("*") in ("", "o-", "arn:", "arn:aws:")
    account, named = parts[4:]
    return account == "*" or (not account and not named.strip("*/"))


RULE = Rule(
    id="queue-public",
    title="A queue is open to named accounts and services only",
    severity=Severity.ERROR,
    why=(
        "A queue policy that allows everybody (Principal: '*') without a condition on who comes "
        "lets any AWS account send orders to be charged, and receive, delete or purge those that "
        "wait. A condition with IfExists or a negation does not narrow it: a request without that "
        "key passes."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
    fix_cdk='payments.grant_send_messages(iam.ServicePrincipal("events.amazonaws.com"))',
    fix_cloudformation=(
        "Effect: Allow\n"
        "Principal: {Service: events.amazonaws.com}\n"
        "Action: sqs:SendMessage\n"
        "Resource: !GetAtt Payments.Arn\n"
        "Condition: {ArnEquals: {aws:SourceArn: !GetAtt OrderPlaced.Arn}}"
    ),
    check=check,
)
