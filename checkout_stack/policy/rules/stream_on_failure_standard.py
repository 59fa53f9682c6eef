"""What a stream mapping gives up on goes to a standard queue or topic."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled_flag, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.relations import QUEUE, Trigger
from checkout_stack.policy.workload.workload import Workload

_FIFO = {QUEUE: "FifoQueue", "AWS::SNS::Topic": "FifoTopic"}


def check(workload: Workload) -> list[Judgement]:
    """Judge each stream of orders whose destination for failures is in the templates."""
    return judge_each(
        workload.order_streams, _judge, otherwise="no stream of orders sends failures anywhere here"
    )


def _judge(trigger: Trigger) -> Judgement | None:
    destination = trigger.failures
    if not isinstance(destination, Resource) or destination.type not in _FIFO:
        return None
    name = _FIFO[destination.type]
    fifo: Verdict = settled_flag(destination.prop(name))
    return judged(
        not fifo if isinstance(fifo, bool) else fifo,
        trigger.resource,
        "DestinationConfig",
        given=f"{stated(name, destination.prop(name))} on {destination}",
        allowed="a standard queue or topic",
        fix="make a standard queue for the records that were given up",
    )


RULE = Rule(
    id="stream-on-failure-standard",
    title="What a stream mapping gives up on goes to a standard queue or topic",
    severity=Severity.ERROR,
    why=(
        "Lambda does not send records that it gave up on to a FIFO queue or a FIFO topic. Such a "
        "mapping cannot be deployed, or the orders that it gives up on are lost. The order of "
        "failures carries no meaning, so a standard queue loses nothing."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html",
    fix_cdk='relay_failures = sqs.Queue(self, "RelayFailures", retention_period=Duration.days(14))',
    fix_cloudformation=(
        "RelayFailures:\n  Type: AWS::SQS::Queue\n  Properties: {MessageRetentionPeriod: 1209600}"
    ),
    check=check,
)
