"""Only the source queue may use the dead-letter queue."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, includes, judged, settled, stated
from checkout_stack.policy.rules.queues import judge_dead_letters
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import listed
from checkout_stack.policy.workload.relations import QUEUE
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue together with its dead-letter queue."""
    return judge_dead_letters(workload, _judge, unseen="who may use the dead-letter queue")


def _judge(queue: Resource, dead_letters: Resource) -> Judgement:
    permission = dead_letters.prop("RedriveAllowPolicy", "redrivePermission")
    verdict = settled(permission, lambda each: each == "byQueue")
    given = stated("RedriveAllowPolicy.redrivePermission", permission)
    if verdict is True:
        verdict = _names_source(dead_letters, queue)
        given = "RedriveAllowPolicy.sourceQueueArns does not name the source"
    return judged(
        verdict,
        dead_letters,
        "RedriveAllowPolicy",
        given=given + (", which lets every queue in" if permission is None else ""),
        allowed=f"byQueue with the ARN of {queue}",
        fix="set RedriveAllowPolicy to byQueue with the source's ARN, made of its QueueName: "
        "a reference in both directions is circular",
    )


def _names_source(dead_letters: Resource, source: Resource) -> Verdict:
    arns = listed(dead_letters.prop("RedriveAllowPolicy", "sourceQueueArns"))
    return includes([dead_letters.related(arn, QUEUE) for arn in arns], source)


RULE = Rule(
    id="dead-letter-redrive",
    title="Only the source queue may use the dead-letter queue",
    severity=Severity.WARNING,
    why=(
        "The default of RedriveAllowPolicy is allowAll: every queue of the account and Region"
        " may name this one as its dead-letter queue. Strange messages among the dead letters"
        " hide orders, and a redrive can send them to the wrong queue. denyAll would cut off "
        "the source as well."
    ),
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html",
    fix_cdk=(
        "source = sqs.Queue.from_queue_arn(\n"
        '    self, "Source", self.format_arn(service="sqs", resource="payments.fifo"))\n'
        'sqs.Queue(self, "DeadLetters", fifo=True, redrive_allow_policy=sqs.RedriveAllowPolicy(\n'
        "    redrive_permission=sqs.RedrivePermission.BY_QUEUE, source_queues=[source]))"
    ),
    fix_cloudformation=(
        "DeadLetters:\n"
        "  Properties:\n"
        "    RedriveAllowPolicy:\n"
        "      redrivePermission: byQueue\n"
        "      sourceQueueArns:\n"
        '        - !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:payments.fifo"'
    ),
    check=check,
)
