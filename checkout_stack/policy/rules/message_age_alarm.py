"""An alarm rings when payments wait too long."""

from __future__ import annotations

from checkout_stack.policy.rules.alarm_series import AGE, Watch
from checkout_stack.policy.rules.alarms import judge_alarm, unplaced_alarm
from checkout_stack.policy.rules.judging import judge_each
from checkout_stack.policy.rules.queues import NO_QUEUE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.workload.workload import Workload


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue."""
    hidden = unplaced_alarm(workload, AGE)
    return judge_each(
        workload.queues,
        lambda queue: judge_alarm(workload, queue, [Watch(queue, AGE)], hidden),
        otherwise=NO_QUEUE,
    )


RULE = Rule(
    id="message-age-alarm",
    title="An alarm rings when payments wait too long",
    severity=Severity.WARNING,
    why=(
        "A stopped consumer, a throttled function or a slow payment service make no error "
        "that anybody sees: messages just grow old. ApproximateAgeOfOldestMessage is the one "
        "metric that shows it. An alarm counts if it rings within six hours, threshold and "
        "periods together: payment services often remember a payment key for only 24."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    fix_cdk=(
        'cloudwatch.Alarm(self, "PaymentsTooOld",\n'
        '    metric=payments.metric_approximate_age_of_oldest_message(statistic="Maximum"),\n'
        "    threshold=600, evaluation_periods=1)"
    ),
    fix_cloudformation=(
        "Type: AWS::CloudWatch::Alarm\n"
        "Properties:\n"
        "  Namespace: AWS/SQS\n"
        "  MetricName: ApproximateAgeOfOldestMessage\n"
        "  Dimensions: [{Name: QueueName, Value: !GetAtt Payments.QueueName}]\n"
        "  Statistic: Maximum\n"
        "  Period: 60\n"
        "  EvaluationPeriods: 1\n"
        "  Threshold: 600\n"
        "  ComparisonOperator: GreaterThanThreshold"
    ),
    check=check,
)
