"""Only the source queue may use the dead-letter queue."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import Verdict, judge_each, judged, settled, stated
from checkout_stack.policy.rules.queues import NO_DEAD_LETTERS, with_dead_letters
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell
from checkout_stack.policy.rules.statements import listed
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.relations import QUEUE, RelatedResource
from checkout_stack.policy.workload.workload import Workload

_PERMISSION = "RedriveAllowPolicy.redrivePermission"


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue together with its dead-letter queue."""
    return judge_each(with_dead_letters(workload), _judge, otherwise=NO_DEAD_LETTERS)


def _judge(pair: tuple[Resource, RelatedResource]) -> Judgement:
    queue, dead_letters = pair
    if not isinstance(dead_letters, Resource):
        return cannot_tell(
            queue,
            "RedrivePolicy",
            "deadLetterTargetArn",
            why="who may use the dead-letter queue is not in this template",
        )
    permission = dead_letters.prop("RedriveAllowPolicy", "redrivePermission")
    verdict = settled(permission, _is_by_queue)
    given = stated(_PERMISSION, permission)
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


def _is_by_queue(permission: Value) -> Verdict:
    return permission if isinstance(permission, Unknown) else permission == "byQueue"


def _names_source(dead_letters: Resource, source: Resource) -> Verdict:
    arns = listed(dead_letters.prop("RedriveAllowPolicy", "sourceQueueArns"))
    found = [dead_letters.template.resolve_resource(arn, QUEUE) for arn in arns]
    if source in found:
        return True
    unknown = [each for each in found if isinstance(each, Unknown)]
    return unknown[0] if unknown else False


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
