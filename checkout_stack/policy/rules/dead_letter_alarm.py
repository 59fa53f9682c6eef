"""An alarm rings when there are dead letters."""

from __future__ import annotations

from checkout_stack.policy.rules.alarm_series import AGE, VISIBLE, Watch
from checkout_stack.policy.rules.alarms import judge_alarm, unplaced_alarm
from checkout_stack.policy.rules.queues import judge_dead_letters
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge the dead-letter queue of each work queue."""
    hidden = unplaced_alarm(workload, VISIBLE)

    def judge(_queue: Resource, dead_letters: Resource) -> Judgement:
        watches = [Watch(dead_letters, metric, is_idle=True) for metric in (VISIBLE, AGE)]
        return judge_alarm(workload, dead_letters, watches, hidden)

    return judge_dead_letters(
        workload, judge, unseen="whether an alarm watches the dead-letter queue"
    )


RULE = Rule(
    id="dead-letter-alarm",
    title="An alarm rings when there are dead letters",
    severity=Severity.ERROR,
    why=(
        "Nothing retries a dead letter. Without an alarm on "
        "ApproximateNumberOfMessagesVisible an order whose buyer has neither a confirmation "
        "nor a refusal waits until its retention ends. An alarm counts if it rings within six "
        "hours at one message, and only then: SQS does not count a redrive as sent "
        "(NumberOfMessagesSent), and a threshold of 10 leaves nine orders alone."
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
