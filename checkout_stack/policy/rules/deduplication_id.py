"""A deduplication id tells orders apart, and is the same when one is sent again."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled, shown
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.rules.senders import FRESH, NO_SENDER, fifo_senders, is_constant
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.senders import Sender
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge what sends to a FIFO work queue with an id of its own."""
    senders = [each for each in fifo_senders(workload) if each.deduplication is not None]
    return judge_each(senders, _judge, otherwise=NO_SENDER)


def _judge(sender: Sender) -> Judgement:
    return judged(
        settled(sender.deduplication, _names_an_order),
        sender.resource,
        *sender.path,
        given=f"MessageDeduplicationId is {shown(sender.deduplication)}, "
        f"{'always' if is_constant(sender.deduplication) else 'new at each request'}",
        allowed="an id made of the order and the attempt",
        fix="take the order's number from the request or event",
    )


def _names_an_order(written: Value) -> Verdict:
    constant = is_constant(written)
    if isinstance(constant, Unknown):
        return constant
    return not constant and not FRESH.search(str(written))


RULE = Rule(
    id="deduplication-id",
    title="A deduplication id tells orders apart, and is the same when one is sent again",
    severity=Severity.ERROR,
    why=(
        "An explicit deduplication id takes the place of the content's hash. An id that is new "
        "at each request, such as API Gateway's $context.requestId, never matches, so a buyer "
        "who sends the order again is charged again, whatever ContentBasedDeduplication says. "
        "With a constant id SQS drops every other order for five minutes."
    ),
    source=(
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
        "using-messagededuplicationid-property.html"
    ),
    fix_cdk=(
        'template = ("Action=SendMessage&MessageBody=$input.body"\n'
        "    \"&MessageGroupId=$input.path('$.orderId')\"\n"
        "    \"&MessageDeduplicationId=$input.path('$.orderId')\")"
    ),
    fix_cloudformation=(
        "RequestTemplates:\n"
        '  application/json: "Action=SendMessage&MessageBody=$input.body&MessageGroupId='
        "$input.path('$.orderId')&MessageDeduplicationId=$input.path('$.orderId')\""
    ),
    check=check,
)
