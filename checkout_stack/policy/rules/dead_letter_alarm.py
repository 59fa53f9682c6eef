"""An alarm rings when there are dead letters."""

from __future__ import annotations

from checkout_stack.policy.rules.alarms import judge_alarm, unplaced_alarm
from checkout_stack.policy.rules.judging import judge_each
from checkout_stack.policy.rules.queues import NO_DEAD_LETTERS, with_dead_letters
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.relations import RelatedResource
from checkout_stack.policy.workload.workload import Workload

METRIC = "ApproximateNumberOfMessagesVisible"


def check(workload: Workload) -> list[Judgement]:
    """Judge the dead-letter queue of each work queue."""
    hidden = unplaced_alarm(workload, METRIC)

    def judge(pair: tuple[Resource, RelatedResource]) -> Judgement:
        queue, dead_letters = pair
        if isinstance(dead_letters, Resource):
            return judge_alarm(workload, dead_letters, METRIC, hidden)
        return cannot_tell(
            queue,
            "RedrivePolicy",
            "deadLetterTargetArn",
            why="whether an alarm watches the dead-letter queue is not in this template",
        )

    return judge_each(with_dead_letters(workload), judge, otherwise=NO_DEAD_LETTERS)


RULE = Rule(
    id="dead-letter-alarm",
    title="An alarm rings when there are dead letters",
    severity=Severity.ERROR,
    why=(
        "Nothing retries a dead letter. Without an alarm on "
        "ApproximateNumberOfMessagesVisible an order whose buyer has neither a confirmation "
        "nor a refusal waits until its retention ends."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html",
    fix_cdk=(
        'cloudwatch.Alarm(self, "DeadLettersNotEmpty",\n'
        "    metric=dead_letters.metric_approximate_number_of_messages_visible(),\n"
        "    threshold=1, evaluation_periods=1)"
    ),
    fix_cloudformation=(
        "Type: AWS::CloudWatch::Alarm\n"
        "Properties:\n"
        "  Namespace: AWS/SQS\n"
        "  MetricName: ApproximateNumberOfMessagesVisible\n"
        "  Dimensions: [{Name: QueueName, Value: !GetAtt DeadLetters.QueueName}]\n"
        "  Statistic: Maximum\n"
        "  Period: 60\n"
        "  EvaluationPeriods: 1\n"
        "  Threshold: 1\n"
        "  ComparisonOperator: GreaterThanOrEqualToThreshold"
    ),
    check=check,
)
