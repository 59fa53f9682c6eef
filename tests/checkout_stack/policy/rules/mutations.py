"""Changes of the construct's template, each of which breaks one promise."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checkout_stack.policy.rules.mutation import ABSENT, Mutation, Path

QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
TABLE = "AWS::DynamoDB::GlobalTable"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
ALARM = "AWS::CloudWatch::Alarm"
POLICY = "AWS::IAM::Policy"
WORK = "CheckoutPaymentsQueue"
DEAD = "CheckoutPaymentsDeadLetters"
RELAY_MAPPING = "CheckoutRelayFunctionDynamoDB"
CONSUMER_MAPPING = "CheckoutConsumerFunctionSqs"
ORDERS = "CheckoutOrdersTable"
CONSUMER = "CheckoutConsumerFunction"
CONSUMER_ROLE = "CheckoutConsumerRoleDefaultPolicy"
_VARIABLES = ("Environment", "Variables")
_CONDITION = ("PolicyDocument", "Statement", 0, "Condition", "Bool", "aws:SecureTransport")
_ALARMS = (
    "DeadLettersNotEmpty",
    "RelayFailuresNotEmpty",
    "OldestPaymentTooOld",
    "StreamLag",
    "RelayErrors",
    "ConsumerErrors",
    "ConsumerThrottled",
    "OrdersNeedReview",
)


def mutations() -> Iterator[Mutation]:
    """Every mutation."""
    yield from _of_the_queue()
    yield from _of_dead_letters()
    yield from _of_mappings()
    yield from _of_the_table()
    yield from _of_alarms()
    yield from _of_the_consumer()


def _of_the_queue() -> Iterator[Mutation]:
    yield Mutation(QUEUE, WORK, ("FifoQueue",), ABSENT, "fifo-queue")
    yield Mutation(QUEUE, WORK, ("FifoQueue",), False, "fifo-queue")
    for off in (ABSENT, False, "false"):
        yield Mutation(QUEUE, WORK, ("ContentBasedDeduplication",), off, "content-deduplication")
    for seconds in (30, 179, "30", ABSENT, {"Fn::ImportValue": "Visibility"}):
        yield Mutation(QUEUE, WORK, ("VisibilityTimeout",), seconds, "visibility-timeout")
    yield Mutation(QUEUE, WORK, ("RedrivePolicy",), ABSENT, "dead-letter-queue")
    for receives in (1, 4, 1001, 100_000, ABSENT):
        path = ("RedrivePolicy", "maxReceiveCount")
        yield Mutation(QUEUE, WORK, path, receives, "max-receive-count")
    for limit in (ABSENT, "perQueue"):
        yield Mutation(QUEUE, WORK, ("FifoThroughputLimit",), limit, "high-throughput-pair")
    for scope in (ABSENT, "queue"):
        yield Mutation(QUEUE, WORK, ("DeduplicationScope",), scope, "high-throughput-pair")
    yield Mutation(QUEUE, WORK, ("SqsManagedSseEnabled",), False, "queue-encryption")
    yield Mutation(QUEUE, WORK, ("MessageRetentionPeriod",), 1_209_600, "dead-letter-retention")
    policy = "CheckoutPaymentsQueuePolicy"
    yield Mutation(QUEUE_POLICY, policy, _CONDITION, "true", "queue-tls-only")
    effect = ("PolicyDocument", "Statement", 0, "Effect")
    yield Mutation(QUEUE_POLICY, policy, effect, "Allow", "queue-tls-only")
    action = ("PolicyDocument", "Statement", 0, "Action")
    yield Mutation(QUEUE_POLICY, policy, action, "sqs:SendMessage", "queue-tls-only")
    principal = ("PolicyDocument", "Statement", 0, "Principal")
    somebody = {"AWS": "111122223333"}
    yield Mutation(QUEUE_POLICY, policy, principal, somebody, "queue-tls-only")
    yield Mutation(QUEUE_POLICY, policy, ("Queues",), [], "queue-tls-only")


def _of_dead_letters() -> Iterator[Mutation]:
    for value in (ABSENT, False):
        yield Mutation(QUEUE, DEAD, ("FifoQueue",), value, "dead-letter-queue-fifo")
    for seconds in (60, 345_600, ABSENT):
        yield Mutation(QUEUE, DEAD, ("MessageRetentionPeriod",), seconds, "dead-letter-retention")
    yield Mutation(QUEUE, DEAD, ("RedriveAllowPolicy",), ABSENT, "dead-letter-redrive")
    for permission in ("allowAll", "denyAll"):
        path = ("RedriveAllowPolicy", "redrivePermission")
        yield Mutation(QUEUE, DEAD, path, permission, "dead-letter-redrive")
    sources = ("RedriveAllowPolicy", "sourceQueueArns")
    yield Mutation(QUEUE, DEAD, sources, [], "dead-letter-redrive")
    yield Mutation(QUEUE, DEAD, ("SqsManagedSseEnabled",), False, "queue-encryption")
    policy = "CheckoutPaymentsDeadLettersPolicy"
    yield Mutation(QUEUE_POLICY, policy, _CONDITION, "true", "queue-tls-only")


def _of_mappings() -> Iterator[Mutation]:
    response: Path = ("FunctionResponseTypes",)
    yield Mutation(MAPPING, CONSUMER_MAPPING, response, ABSENT, "partial-batch-response")
    yield Mutation(MAPPING, CONSUMER_MAPPING, response, [], "partial-batch-response")
    yield Mutation(MAPPING, CONSUMER_MAPPING, ("BatchSize",), 11, "batch-size")
    yield Mutation(MAPPING, CONSUMER_MAPPING, ("Enabled",), False, "mapping-reads-all")
    criteria = {"Filters": [{"Pattern": '{"body": {"express": [true]}}'}]}
    yield Mutation(MAPPING, CONSUMER_MAPPING, ("FilterCriteria",), criteria, "mapping-reads-all")
    reserved = ("ReservedConcurrentExecutions",)
    yield Mutation(FUNCTION, CONSUMER, reserved, 0, "mapping-reads-all")
    yield Mutation(FUNCTION, CONSUMER, reserved, 1, "mapping-concurrency")
    begin = ("StartingPosition",)
    yield Mutation(MAPPING, RELAY_MAPPING, begin, "LATEST", "stream-starting-position")
    failures = "CheckoutRelayFailures"
    yield Mutation(QUEUE, failures, ("FifoQueue",), True, "failure-destination-standard")
    for attempts in (-1, ABSENT):
        yield Mutation(
            MAPPING, RELAY_MAPPING, ("MaximumRetryAttempts",), attempts, "stream-retries"
        )
    yield Mutation(MAPPING, RELAY_MAPPING, ("DestinationConfig",), ABSENT, "stream-on-failure")
    bisect = ("BisectBatchOnFunctionError",)
    for value in (ABSENT, False):
        yield Mutation(MAPPING, RELAY_MAPPING, bisect, value, "stream-bisect")


def _of_the_table() -> Iterator[Mutation]:
    view = ("StreamSpecification", "StreamViewType")
    for kind in ("KEYS_ONLY", "OLD_IMAGE"):
        yield Mutation(TABLE, ORDERS, view, kind, "stream-view")
    expiry = {"AttributeName": "expires_at", "Enabled": True}
    yield Mutation(TABLE, ORDERS, ("TimeToLiveSpecification",), expiry, "order-table-ttl")
    recovery: Path = ("Replicas", 0, "PointInTimeRecoverySpecification")
    yield Mutation(TABLE, ORDERS, recovery, ABSENT, "order-table-backup")
    enabled: Path = (*recovery, "PointInTimeRecoveryEnabled")
    yield Mutation(TABLE, ORDERS, enabled, False, "order-table-backup")
    protection: Path = ("Replicas", 0, "DeletionProtectionEnabled")
    for value in (ABSENT, False):
        rule = "order-table-deletion-protection"
        yield Mutation(TABLE, ORDERS, protection, value, rule)
    replica = {
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    two = [{"Region": "eu-west-1", **replica}, {"Region": "eu-central-1", **replica}]
    yield Mutation(TABLE, ORDERS, ("Replicas",), two, "order-table-strong-consistency")


def _of_alarms() -> Iterator[Mutation]:
    for name in _ALARMS:
        alarm = f"CheckoutAlarms{name}"
        yield Mutation(ALARM, alarm, ("AlarmActions",), [], "alarm-action")
    yield Mutation(ALARM, "CheckoutAlarmsStreamLag", ("AlarmActions",), ABSENT, "alarm-action")
    yield Mutation(
        ALARM, "CheckoutAlarmsConsumerErrors", ("ActionsEnabled",), False, "alarm-action"
    )
    for name, rule in (
        ("DeadLettersNotEmpty", "dead-letter-alarm"),
        ("OldestPaymentTooOld", "message-age-alarm"),
    ):
        alarm = f"CheckoutAlarms{name}"
        yield Mutation(ALARM, alarm, ("MetricName",), "NumberOfMessagesSent", rule)
    url = {"Ref": "CheckoutPaymentsQueue62254EF3"}
    value = ("Dimensions", 0, "Value")
    yield Mutation(ALARM, "CheckoutAlarmsOldestPaymentTooOld", value, url, "alarm-dimension")
    arn = {"Fn::GetAtt": ["CheckoutRelayFailures305C4B73", "Arn"]}
    yield Mutation(ALARM, "CheckoutAlarmsRelayFailuresNotEmpty", value, arn, "alarm-dimension")
    dimension: Path = ("Dimensions", 0, "Name")
    relay = "CheckoutAlarmsRelayFailuresNotEmpty"
    yield Mutation(ALARM, relay, dimension, "Queue", "alarm-dimension")
    yield Mutation(ALARM, relay, value, "old-payments.fifo", "alarm-dimension")


def _of_the_consumer() -> Iterator[Mutation]:
    for index, actions in ((2, "sqs:*"), (3, "dynamodb:*"), (3, "*"), (2, "sqs:PurgeQueue")):
        path = ("PolicyDocument", "Statement", index, "Action")
        yield Mutation(POLICY, CONSUMER_ROLE, path, actions, "consumer-permissions")
    for index in (2, 3):
        path = ("PolicyDocument", "Statement", index, "Resource")
        yield Mutation(POLICY, CONSUMER_ROLE, path, "*", "consumer-permissions")
    role = {"Fn::ImportValue": "SharedRole"}
    yield Mutation(FUNCTION, CONSUMER, ("Role",), role, "consumer-permissions")
    yield Mutation(FUNCTION, CONSUMER, ("Timeout",), 31, "visibility-timeout")
    for name, value in (
        ("PAYMENT_API_KEY", "hunter2"),
        ("DB_PASSWORD", "hunter2"),
        ("EXTRA", "sk_live_not_a_real_key"),
        ("STRIPE_TOKEN", "{{resolve:ssm-secure:stripe}}"),
    ):
        variable: Path = (*_VARIABLES, name)
        yield Mutation(FUNCTION, CONSUMER, variable, value, "secret-in-environment")
        yield Mutation(FUNCTION, "CheckoutRelayFunction", variable, value, "secret-in-environment")
