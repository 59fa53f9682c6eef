"""A payment is not started from CloudTrail events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.rules.judging import NO_CHARGE, judge_each
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, violated
from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Value, listed
from checkout_stack.policy.workload.relations import FUNCTION, QUEUE, related_function
from checkout_stack.policy.workload.vocabulary import speaks_of_payment, words
from checkout_stack.policy.workload.workload import Workload

RULE_TYPE = "AWS::Events::Rule"
DETAIL_TYPE = "AWS API Call via CloudTrail"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_SAM_EVENTS = ("EventBridgeRule", "CloudWatchEvent")


def check(workload: Workload) -> list[Judgement]:
    """Judge each rule on CloudTrail events by what it starts."""

    def judge(found: tuple[Resource, PropertyPath, Resource]) -> Judgement | None:
        source, path, target = found
        if not _pays(workload, target):
            return None
        return violated(
            source,
            *path,
            given=f"the detail-type {DETAIL_TYPE!r} starts {target}",
            allowed="the order table's stream, or a message that names the order",
            fix="read the table's stream by a mapping, and send the order's number to a FIFO queue",
        )

    return judge_each(_started(workload), judge, otherwise=NO_CHARGE)


def _started(workload: Workload) -> Iterator[tuple[Resource, PropertyPath, Resource]]:
    for rule in workload.of_type(RULE_TYPE):
        if _is_trail(rule.prop("EventPattern")):
            for target in listed(rule.prop("Targets")):
                arn = target.get("Arn") if isinstance(target, Mapping) else None
                found = rule.related(arn)
                if not isinstance(found, Resource) or found.type.startswith("AWS::Lambda::"):
                    found = related_function(rule, arn)
                if isinstance(found, Resource):
                    yield rule, ("EventPattern",), found
    for function, path, event in workload.sam_events:
        given = event.get("Properties")
        pattern = given.get("Pattern") if isinstance(given, Mapping) else None
        if event.get("Type") in _SAM_EVENTS and _is_trail(pattern):
            yield function, path, function


def _is_trail(pattern: Value) -> bool:
    return isinstance(pattern, Mapping) and DETAIL_TYPE in listed(pattern.get("detail-type"))


def _pays(workload: Workload, target: Resource) -> bool:
    if target.type == FUNCTION:
        return workload.charges(target)
    if target.type == QUEUE:
        return target in workload.queues
    return target.type == STATE_MACHINE and speaks_of_payment(words(target.logical_id))


RULE = Rule(
    id="cloudtrail-payment",
    title="A payment is not started from CloudTrail events",
    severity=Severity.ADVICE,
    why=(
        "It tempts because every write to the order table is on record already. But services "
        "deliver events to CloudTrail on a best-effort basis, so an order can be missed "
        "without a trace; they come late and in no order, EventBridge delivers at least once,"
        " so an order can be charged twice; and a refused or repeated call is on the trail as"
        " well as a successful one. A trail is for auditors. The table's own stream is the "
        "record of what was written."
    ),
    source="https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-cloudtrail.html",
    fix_cdk=(
        "relay.add_event_source(DynamoEventSource(orders, "
        "starting_position=lambda_.StartingPosition.TRIM_HORIZON))"
    ),
    fix_cloudformation=(
        "# instead of the rule; Relay sends to a FIFO queue\n"
        "RelayMapping:\n"
        "  Type: AWS::Lambda::EventSourceMapping\n"
        "  Properties:\n"
        "    EventSourceArn: !GetAtt Orders.StreamArn\n"
        "    FunctionName: !Ref Relay\n"
        "    StartingPosition: TRIM_HORIZON\n"
        "    MaximumRetryAttempts: 10"
    ),
    check=check,
)
