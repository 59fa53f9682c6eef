"""What could not be processed goes to a standard queue or topic."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled_flag, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, violated
from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Reference, Value, at, listed
from checkout_stack.policy.workload.invocations import EVENT_INVOKE_CONFIG
from checkout_stack.policy.workload.relations import QUEUE, related_function
from checkout_stack.policy.workload.workload import Workload

_FIFO = {QUEUE: "FifoQueue", "AWS::SNS::Topic": "FifoTopic"}
_ON_FAILURE = ("DestinationConfig", "OnFailure", "Destination")
_OF_FUNCTIONS = (("DeadLetterConfig", "TargetArn"), ("EventInvokeConfig", *_ON_FAILURE))
Destination = tuple[Resource, PropertyPath, Value]
"""Which resource names it, in which property, and how."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each destination for failures of streams, of charging functions, and of rules."""
    return judge_each(
        _destinations(workload), _judge, otherwise="no failures of such work go anywhere here"
    )


def _destinations(workload: Workload) -> Iterator[Destination]:
    charging = frozenset(workload.payment_functions)
    for trigger in workload.order_streams:
        yield trigger.resource, _ON_FAILURE[:1], trigger.resource.prop(*_ON_FAILURE)
    for function in workload.payment_functions:
        for path in _OF_FUNCTIONS:
            yield function, path[:1], function.prop(*path)
    for config in workload.of_type(EVENT_INVOKE_CONFIG):
        if related_function(config, config.prop("FunctionName")) in charging:
            yield config, _ON_FAILURE[:1], config.prop(*_ON_FAILURE)
    for rule in workload.of_type("AWS::Events::Rule"):
        for target in listed(rule.prop("Targets")):
            arn = at(target, "Arn")
            queue, called = rule.related(arn, QUEUE), related_function(rule, arn)
            if queue in workload.recognised or called in charging:
                yield rule, ("Targets",), at(target, "DeadLetterConfig", "Arn")


def _judge(found: Destination) -> Judgement | None:
    resource, path, named = found
    destination = resource.related(named)
    if not isinstance(destination, Resource) or destination.type not in _FIFO:
        return None
    if destination.type == QUEUE and isinstance(named, Reference) and named.attribute is None:
        return violated(
            resource,
            *path,
            given=f"the URL of {destination} stands where its ARN is expected",
            allowed="the ARN of a standard queue or topic",
            fix=f"write !GetAtt {destination}.Arn",
        )
    name = _FIFO[destination.type]
    fifo: Verdict = settled_flag(destination.prop(name))
    return judged(
        not fifo if isinstance(fifo, bool) else fifo,
        resource,
        *path,
        given=f"{stated(name, destination.prop(name))} on {destination}",
        allowed="a standard queue or topic",
        fix="make a standard queue for what could not be processed",
    )


RULE = Rule(
    id="failure-destination-standard",
    title="What could not be processed goes to a standard queue or topic",
    severity=Severity.ERROR,
    why=(
        "Lambda and EventBridge do not send what they gave up on to a FIFO queue or a FIFO topic; "
        "only SQS itself does, as the dead-letter queue of a FIFO queue. Such a mapping or "
        "function cannot be deployed, or the orders that it gives up on are lost. The sequence of "
        "failures carries no meaning, so a standard queue loses nothing."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    fix_cdk='relay_failures = sqs.Queue(self, "RelayFailures", retention_period=Duration.days(14))',
    fix_cloudformation=(
        "RelayFailures:\n  Type: AWS::SQS::Queue\n  Properties: {MessageRetentionPeriod: 1209600}"
    ),
    check=check,
)
