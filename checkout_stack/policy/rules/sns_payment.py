"""A payment is not fed from SNS directly or through a standard queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.rules.judging import NO_CHARGE, judge_each, settled_flag
from checkout_stack.policy.rules.queues import is_fifo
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, violated
from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.values import Reference, Value, listed
from checkout_stack.policy.workload.relations import QUEUE, related_function
from checkout_stack.policy.workload.vocabulary import speaks_of_payment, words
from checkout_stack.policy.workload.workload import Workload

_TOPIC = "AWS::SNS::Topic"
Subscribed = tuple[Resource, PropertyPath, Value, Value]
"""Where a subscription is written, its protocol and its endpoint."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each subscription by what it feeds."""

    def judge(found: Subscribed) -> Judgement | None:
        resource, path, protocol, endpoint = found
        fed = _payment_fed(workload, resource, protocol, endpoint)
        if fed is None:
            return None
        return violated(
            resource,
            *path,
            given=f"the topic feeds {fed}",
            allowed="a FIFO topic into a FIFO queue, or telling others after the payment",
            fix="send the order's number to a FIFO queue, and charge from what reads that queue",
        )

    return judge_each(_subscriptions(workload), judge, otherwise=NO_CHARGE)


def _subscriptions(workload: Workload) -> Iterator[Subscribed]:
    for one in workload.of_type("AWS::SNS::Subscription"):
        yield one, ("Endpoint",), one.prop("Protocol"), one.prop("Endpoint")
    for topic in workload.of_type(_TOPIC):
        for each_of_it in listed(topic.prop("Subscription")):
            if isinstance(each_of_it, Mapping):
                protocol, endpoint = each_of_it.get("Protocol"), each_of_it.get("Endpoint")
                yield topic, ("Subscription",), protocol, endpoint
    for function, path, event in workload.sam_events:
        if event.get("Type") == "SNS":
            yield function, path, "lambda", Reference(function.logical_id)


def _payment_fed(
    workload: Workload, resource: Resource, protocol: Value, endpoint: Value
) -> str | None:
    """What takes payments at the endpoint without a FIFO queue before it; ``None`` if nothing."""
    if protocol == "lambda":
        function = related_function(resource, endpoint)
        if isinstance(function, Resource) and workload.charges(function):
            return f"{function} directly"
    if protocol == "sqs":
        queue = resource.related(endpoint, QUEUE)
        if isinstance(queue, Resource) and queue in workload.queues and is_fifo(queue) is False:
            return f"the standard queue {queue}"
        if isinstance(queue, Resource) and queue in workload.queues and is_fifo(queue) is True:
            return _refused_by(queue, resource)
    if protocol in ("http", "https") and speaks_of_payment(words(endpoint)):
        return f"the payment service at {endpoint}"
    return None


def _refused_by(queue: Resource, subscription: Resource) -> str | None:
    """A FIFO queue takes no subscription to a standard topic: the deployment fails."""
    topic: RelatedResource = subscription
    if subscription.type != _TOPIC:
        topic = subscription.related(subscription.prop("TopicArn"), _TOPIC)
    if isinstance(topic, Resource) and settled_flag(topic.prop("FifoTopic")) is False:
        return f"the FIFO queue {queue}, which takes nothing from the standard topic {topic}"
    return None


RULE = Rule(
    id="sns-payment",
    title="A payment is not fed from SNS directly or through a standard queue",
    severity=Severity.ADVICE,
    why=(
        "It tempts because one topic serves the payment, the mail and the warehouse at once. "
        "But a standard topic delivers at least once and in any order; called directly, the "
        "function gets no message group, no deduplication and no queue to hand an order back "
        "to; through a standard queue the duplicates of topic and queue add up. Tell others "
        "by SNS after the payment. Where a topic has to come first, it is a FIFO topic into a"
        " FIFO queue."
    ),
    source="https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
    fix_cdk=(
        'topic = sns.Topic(self, "Orders", fifo=True, content_based_deduplication=True)\n'
        "topic.add_subscription(SqsSubscription(fifo_queue, raw_message_delivery=True))"
    ),
    fix_cloudformation=(
        "Orders:\n"
        "  Type: AWS::SNS::Topic\n"
        "  Properties: {FifoTopic: true, ContentBasedDeduplication: true}\n"
        "ToPayments:\n"
        "  Type: AWS::SNS::Subscription\n"
        "  Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Payments.Arn}\n"
        "Payments:\n"
        "  Type: AWS::SQS::Queue\n"
        "  Properties: {FifoQueue: true}"
    ),
    check=check,
)
