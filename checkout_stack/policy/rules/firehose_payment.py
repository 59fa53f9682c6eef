"""Orders are not handed to the payment service through Firehose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.rules.judging import NO_CHARGE, judge_each
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, violated
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Value, possibilities
from checkout_stack.policy.workload.relations import FUNCTION, related_function
from checkout_stack.policy.workload.vocabulary import speaks_of_payment, words
from checkout_stack.policy.workload.workload import Workload

STREAM = "AWS::KinesisFirehose::DeliveryStream"
_ENDPOINT = ("HttpEndpointDestinationConfiguration", "EndpointConfiguration")


def check(workload: Workload) -> list[Judgement]:
    """Judge each delivery stream that ends at a payment service or passes a charging function."""

    def judge(stream: Resource) -> Judgement | None:
        if _ends_at_payment(stream):
            return _refused(stream, *_ENDPOINT, given="it delivers to a payment service")
        for function in _transformers(stream):
            if workload.charges(function):
                return _refused(stream, given=f"its transformation is {function}, which charges")
        return None

    return judge_each(workload.of_type(STREAM), judge, otherwise=NO_CHARGE)


def _ends_at_payment(stream: Resource) -> bool:
    if stream.prop(*_ENDPOINT) is None:
        return False
    endpoint = (stream.prop(*_ENDPOINT, name) for name in ("Name", "Url"))
    name = stream.prop("DeliveryStreamName")
    return speaks_of_payment(words(stream.logical_id, name, *endpoint))


def _transformers(stream: Resource) -> Iterator[Resource]:
    """The functions that records pass on their way, whatever the destination."""
    for configuration in stream.properties.values():
        for processor in _items(configuration, "ProcessingConfiguration", "Processors"):
            for parameter in _items(processor, "Parameters"):
                if isinstance(parameter, Mapping):
                    arn = parameter.get("ParameterValue")
                    function = related_function(stream, arn)
                    if isinstance(function, Resource) and function.type == FUNCTION:
                        yield function


def _items(value: Value, *path: str) -> list[Value]:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return [each for branch in possibilities(value) if isinstance(branch, list) for each in branch]


def _refused(stream: Resource, *path: str | int, given: str) -> Judgement:
    return violated(
        stream,
        *path,
        given=given,
        allowed="a FIFO queue whose consumer stores an answer for each order",
        fix="send the order's number to a FIFO queue and charge from a function that it triggers",
    )


RULE = Rule(
    id="firehose-payment",
    title="Orders are not handed to the payment service through Firehose",
    severity=Severity.ADVICE,
    why=(
        "It tempts because it is durable and needs no code. But Firehose buffers orders into "
        "one request of many, delivers at least once (a delivery that timed out is sent "
        "again, and may already have been charged), gives up after its retry duration and "
        "puts the rest into a bucket, and has no way to hand one order back or to store one "
        "order's answer. Nothing ties one order to one charge."
    ),
    source="https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html",
    fix_cdk=(
        'payments = sqs.Queue(self, "Payments", fifo=True, content_based_deduplication=True)\n'
        "charge.add_event_source(SqsEventSource(payments, report_batch_item_failures=True))"
    ),
    fix_cloudformation=(
        "# instead of the delivery stream\n"
        "Payments:\n"
        "  Type: AWS::SQS::Queue\n"
        "  Properties: {FifoQueue: true, ContentBasedDeduplication: true}\n"
        "ChargeMapping:\n"
        "  Type: AWS::Lambda::EventSourceMapping\n"
        "  Properties:\n"
        "    EventSourceArn: !GetAtt Payments.Arn\n"
        "    FunctionName: !Ref Charge\n"
        "    FunctionResponseTypes: [ReportBatchItemFailures]"
    ),
    check=check,
)
