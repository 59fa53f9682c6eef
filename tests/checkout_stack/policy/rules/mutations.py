"""One-property changes of a clean checkout, each of which breaks one promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.checkout_stack.policy.rules.mutation import ABSENT, Mutation, Path

QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
TOPIC = "AWS::SNS::Topic"
SUBSCRIPTION = "AWS::SNS::Subscription"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
ALARM = "AWS::CloudWatch::Alarm"
ELSEWHERE = {"Fn::ImportValue": "Elsewhere"}
Change = tuple[str, Path, tuple[Any, ...]]
"""The rule that notices, the property, and the values that break it."""


@dataclass(frozen=True)
class Place:
    """A resource of a base, and where in its properties that which is changed begins."""

    kind: str
    #: How its logical id begins.
    name: str
    prefix: Path = ()

    def broken(self, *changes: Change) -> Iterator[Mutation]:
        """A mutation for each value of each change."""
        for rule, path, values in changes:
            for value in values:
                yield Mutation(self.kind, self.name, (*self.prefix, *path), value, rule)


@dataclass(frozen=True)
class Base:
    """A clean checkout: where its parts are."""

    queue: Place
    dead: Place
    #: The queue policy with the statement about TLS first.
    tls: Place
    table: Place
    #: Where a table keeps what a global table says by Region.
    replica: Place
    consumer: Place
    mapping: Place
    relay_mapping: Place
    failures: Place
    dead_alarm: Place
    age_alarm: Place
    #: Statements of the consumer: about the queue, and about the table.
    on_queue: Place
    on_table: Place
    #: What ``Ref`` of the queue is, and of its dead-letter queue.
    queue_url: dict[str, str]
    dead_arn: dict[str, list[str]]
    #: One second more than the visibility timeout allows.
    too_long_seconds: int


def mutations(base: Base) -> Iterator[Mutation]:
    """Every mutation that all bases share."""
    yield from _of_the_queue(base)
    yield from _of_policies(base)
    yield from _of_dead_letters(base)
    yield from _of_mappings(base)
    yield from _of_the_table(base)
    yield from _of_alarms(base)
    yield from _of_the_consumer(base)


def _of_the_queue(base: Base) -> Iterator[Mutation]:
    yield from base.queue.broken(
        ("fifo-queue", ("FifoQueue",), (ABSENT, False, "false")),
        ("content-deduplication", ("ContentBasedDeduplication",), (ABSENT, False, "false")),
        ("visibility-timeout", ("VisibilityTimeout",), (0, 30, "30", 100, ABSENT, ELSEWHERE)),
        ("dead-letter-queue", ("RedrivePolicy",), (ABSENT,)),
        ("queue-encryption", ("SqsManagedSseEnabled",), (False, "false")),
        ("dead-letter-retention", ("MessageRetentionPeriod",), (1_209_600, "1209600")),
        ("message-retention", ("MessageRetentionPeriod",), (3600, 7200, "43200")),
    )
    counts = (1, 2, "3", 4, 1001, 1200, ABSENT, ELSEWHERE)
    yield from base.queue.broken(
        ("max-receive-count", ("RedrivePolicy", "maxReceiveCount"), counts)
    )


def _of_policies(base: Base) -> Iterator[Mutation]:
    statement: Path = ("PolicyDocument", "Statement", 0)
    plain = {"Bool": {"aws:SecureTransport": "true"}}
    narrowed = {"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.1"}}
    other = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    yield from base.tls.broken(
        ("queue-tls-only", (*statement, "Condition"), (ABSENT, plain, narrowed, other)),
        ("queue-tls-only", (*statement, "Action"), ("sqs:SendMessage", ["sqs:ReceiveMessage"])),
        ("queue-tls-only", (*statement, "Principal"), ({"AWS": "111122223333"}, ELSEWHERE)),
        ("queue-tls-only", (*statement, "Resource"), ("arn:aws:sqs:us-east-1:1:other", [])),
        ("queue-tls-only", ("Queues",), ([],)),
    )
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    opened = (
        [deny, allow],
        [deny, {**allow, "Principal": {"AWS": "*"}, "Action": "sqs:*"}],
        [deny, {**allow, "Condition": {"StringLike": {"aws:SourceArn": "*"}}}],
        [deny, {**allow, "Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}}],
    )
    yield from base.tls.broken(("queue-public", ("PolicyDocument", "Statement"), opened))


def _of_dead_letters(base: Base) -> Iterator[Mutation]:
    permission = ("RedriveAllowPolicy", "redrivePermission")
    yield from base.dead.broken(
        ("dead-letter-queue-fifo", ("FifoQueue",), (ABSENT, False, "false", ELSEWHERE)),
        (
            "dead-letter-retention",
            ("MessageRetentionPeriod",),
            (60, 86_400, 345_600, ABSENT, ELSEWHERE),
        ),
        ("dead-letter-redrive", ("RedriveAllowPolicy",), (ABSENT, ELSEWHERE)),
        ("dead-letter-redrive", permission, ("allowAll", "denyAll")),
        ("dead-letter-redrive", ("RedriveAllowPolicy", "sourceQueueArns"), ([],)),
        ("queue-encryption", ("SqsManagedSseEnabled",), (False, "false")),
    )


def _of_mappings(base: Base) -> Iterator[Mutation]:
    criteria = {"Filters": [{"Pattern": '{"body": {"express": [true]}}'}]}
    yield from base.mapping.broken(
        ("partial-batch-response", ("FunctionResponseTypes",), (ABSENT, [], ELSEWHERE)),
        ("batch-size", ("BatchSize",), (11, 100, "1000", ELSEWHERE)),
        ("mapping-reads-all", ("Enabled",), (False, "false")),
        ("mapping-reads-all", ("FilterCriteria",), (criteria,)),
    )
    yield from base.relay_mapping.broken(
        ("stream-starting-position", ("StartingPosition",), ("LATEST",)),
        ("stream-retries", ("MaximumRetryAttempts",), (-1, ABSENT, ELSEWHERE)),
        ("stream-on-failure", ("DestinationConfig",), (ABSENT,)),
        ("stream-bisect", ("BisectBatchOnFunctionError",), (ABSENT, False, "false", ELSEWHERE)),
    )
    yield from base.failures.broken(
        ("failure-destination-standard", ("FifoQueue",), (True, "true"))
    )


def _of_the_table(base: Base) -> Iterator[Mutation]:
    expiry = {"AttributeName": "expires_at", "Enabled": True}
    recovery = "PointInTimeRecoverySpecification"
    yield from base.table.broken(
        ("stream-view", ("StreamSpecification", "StreamViewType"), ("KEYS_ONLY", "OLD_IMAGE")),
        ("order-table-ttl", ("TimeToLiveSpecification",), (expiry,)),
    )
    yield from base.replica.broken(
        ("order-table-backup", (recovery,), (ABSENT,)),
        ("order-table-backup", (recovery, "PointInTimeRecoveryEnabled"), (False, "false")),
        ("order-table-deletion-protection", ("DeletionProtectionEnabled",), (ABSENT, False)),
        ("order-table-deletion-protection", ("DeletionProtectionEnabled",), (ELSEWHERE,)),
    )


def _of_alarms(base: Base) -> Iterator[Mutation]:
    for alarm, rule, thresholds in (
        (base.dead_alarm, "dead-letter-alarm", (2, 10, "1000", ELSEWHERE)),
        (base.age_alarm, "message-age-alarm", (21_600, 999_999, "172800", ELSEWHERE)),
    ):
        yield from alarm.broken(
            ("alarm-action", ("AlarmActions",), ([], ABSENT)),
            ("alarm-action", ("ActionsEnabled",), (False, "false")),
            (rule, ("MetricName",), ("NumberOfMessagesSent", "NumberOfMessagesReceived")),
            (rule, ("Threshold",), thresholds),
            (rule, ("ComparisonOperator",), ("LessThanThreshold", "LessThanOrEqualToThreshold")),
            (rule, ("Period",), (21_600, 86_400)),
        )
    yield from base.dead_alarm.broken(
        ("dead-letter-alarm", ("Statistic",), ("SampleCount",)),
        ("dead-letter-alarm", ("TreatMissingData",), ("breaching",)),
    )
    value = ("Dimensions", 0, "Value")
    yield from base.age_alarm.broken(("alarm-dimension", value, (base.queue_url,)))


def _of_the_consumer(base: Base) -> Iterator[Mutation]:
    rule = "consumer-permissions"
    wide = ("sqs:*", "sqs:PurgeQueue", ["sqs:ReceiveMessage", "sqs:DeleteQueue"], "*")
    yield from base.on_queue.broken(
        (rule, ("Action",), wide), (rule, ("Resource",), ("*", "arn:aws:sqs:*:*:*"))
    )
    yield from base.on_table.broken(
        (rule, ("Action",), ("dynamodb:*", "dynamodb:DeleteTable", "*")),
        (rule, ("Resource",), ("*", ["*"])),
    )
    yield from base.consumer.broken(
        (rule, ("Role",), (ELSEWHERE,)),
        ("visibility-timeout", ("Timeout",), (base.too_long_seconds, 900, ELSEWHERE)),
        ("mapping-reads-all", ("ReservedConcurrentExecutions",), (0,)),
        ("failure-destination-standard", ("DeadLetterConfig",), ({"TargetArn": base.dead_arn},)),
    )
    told = ("Environment", "Variables")
    yield from base.consumer.broken(
        *(("secret-in-environment", (*told, name), (value,)) for name, value in SECRETS),
        *(("idempotency-expiry", (*told, name), (value,)) for name, value in EXPIRIES),
    )


SECRETS = (
    ("PAYMENT_API_KEY", "hunter2"),
    ("DB_PASSWORD", "hunter2"),
    ("EXTRA", "sk_live_not_a_real_key"),
    ("DATABASE_URL", "postgres://shop:hunter2@db.internal/orders"),
    ("STRIPE_TOKEN", "{{resolve:ssm-secure:stripe}}"),
    ("DATABASE", "{{resolve:secretsmanager:shop:SecretString:password}}"),
    ("HOOK", "whsec_hunter2"),
    ("PEM", "-----BEGIN PRIVATE KEY-----"),
)
EXPIRIES = (("IDEMPOTENCY_TTL_SECONDS", "3600"), ("IDEMPOTENCY_EXPIRY_HOURS", 1))
