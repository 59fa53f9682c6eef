"""A payment service is not called by an API destination."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.judging import NO_CHARGE, ONLY_READS, judge_each, shown
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell, violated
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, at, listed
from checkout_stack.policy.workload.relations import PIPE
from checkout_stack.policy.workload.vocabulary import speaks_of_payment, words
from checkout_stack.policy.workload.workload import Workload

DESTINATION = "AWS::Events::ApiDestination"
_ENDPOINT = "InvocationEndpoint"
_ABOUT_NO_CHARGE = frozenset(("catalog", "catalogue", "customer", "price", "product"))
"""What else payment services store, and what may be sent twice."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each API destination that a rule or a pipe sends to."""
    used = dict.fromkeys(_used(workload))
    return judge_each(used, _judge, otherwise=NO_CHARGE)


def _judge(destination: Resource) -> Judgement | None:
    if destination.prop("HttpMethod") in ONLY_READS:
        return None
    endpoint = destination.prop(_ENDPOINT)
    called = words(destination.logical_id, destination.prop("Name"), str(endpoint))
    if not speaks_of_payment(called) or called & _ABOUT_NO_CHARGE:
        return None
    if not isinstance(endpoint, Unknown):
        return violated(
            destination,
            _ENDPOINT,
            given=f"events call the payment service at {shown(endpoint)}",
            allowed="a FIFO queue whose consumer charges under an idempotency key",
            fix="send the order's number to a FIFO queue, and charge from what reads that queue",
        )
    return cannot_tell(destination, _ENDPOINT, why=endpoint.why)


def _used(workload: Workload) -> Iterator[Resource]:
    for source in workload.of_type("AWS::Events::Rule", PIPE):
        for arn in _targets(source):
            found = source.related(arn)
            if isinstance(found, Resource) and found.type == DESTINATION:
                yield found


def _targets(source: Resource) -> Iterator[Value]:
    if source.type == PIPE:
        yield from (source.prop("Target"), source.prop("Enrichment"))
    for target in listed(source.prop("Targets")):
        yield at(target, "Arn")


RULE = Rule(
    id="api-destination-payment",
    title="A payment service is not called by an API destination",
    severity=Severity.ERROR,
    why=(
        "EventBridge delivers an event at least once and repeats a call that failed or took more "
        "than five seconds for up to 24 hours. It sends no idempotency key made of the order, so "
        "each repetition of a charge that went through may charge again, and nothing stores what "
        "the payment service answered."
    ),
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html",
    fix_cdk=(
        'payments = sqs.Queue(self, "Payments", fifo=True, content_based_deduplication=True)\n'
        "charge.add_event_source(SqsEventSource(payments))"
    ),
    fix_cloudformation=(
        "ChargeMapping:\n"
        "  Type: AWS::Lambda::EventSourceMapping\n"
        "  Properties: {EventSourceArn: !GetAtt Payments.Arn, FunctionName: !Ref Charge}"
    ),
    check=check,
)
