"""Orders are sent in groups of their own."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled, shown
from checkout_stack.policy.rules.queues import is_fifo
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, violated
from checkout_stack.policy.rules.senders import NO_SENDER, fifo_senders, is_constant
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.senders import Sender
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge what sends to a FIFO work queue, under a group or without one."""
    return judge_each(fifo_senders(workload), _judge, otherwise=NO_SENDER)


def _judge(sender: Sender) -> Judgement | None:
    if sender.group is None:
        return _judge_without(sender)
    return judged(
        settled(sender.group, _varies),
        sender.resource,
        *sender.path,
        given=f"every message has the MessageGroupId {shown(sender.group)}",
        allowed="a group for each order or buyer",
        fix="take the order's number from the request or event; where the sender takes only a "
        "constant, let a function send",
    )


def _judge_without(sender: Sender) -> Judgement | None:
    assert isinstance(sender.queue, Resource)
    if is_fifo(sender.queue) is not True:
        return None
    return violated(
        sender.resource,
        *sender.path,
        given=f"no MessageGroupId is given, and {sender.queue} refuses such messages",
        allowed="a group for each order or buyer",
        fix="take the order's number from the request or event as MessageGroupId",
    )


def _varies(written: Value) -> Verdict:
    constant = is_constant(written)
    return constant if isinstance(constant, Unknown) else not constant


RULE = Rule(
    id="message-group",
    title="Orders are sent in groups of their own",
    severity=Severity.WARNING,
    why=(
        "A FIFO queue delivers the messages of a group one after another. Under one constant "
        "group, which is all that an EventBridge rule can give, one order that fails holds up "
        "every order behind it until it is a dead letter, and only one batch is charged at a time."
    ),
    source=(
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
        "using-messagegroupid-property.html"
    ),
    fix_cdk="template = \"Action=SendMessage&MessageGroupId=$input.path('$.orderId')\"",
    fix_cloudformation=(
        "TargetParameters:\n  SqsQueueParameters: {MessageGroupId: $.dynamodb.Keys.order_id.S}"
    ),
    check=check,
)
