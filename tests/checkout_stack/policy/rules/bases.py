"""The clean checkouts that mutations break: made by CDK, written for SAM, written by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checkout_stack.policy.rules.mutation import ABSENT, Mutation
from tests.checkout_stack.policy.rules.mutations import (
    ALARM,
    ELSEWHERE,
    FUNCTION,
    MAPPING,
    QUEUE,
    QUEUE_POLICY,
    SECRETS,
    SUBSCRIPTION,
    TOPIC,
    Base,
    Place,
    mutations,
)

SAM_FUNCTION = "AWS::Serverless::Function"
TABLE = "AWS::DynamoDB::Table"
GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
POLICY = "AWS::IAM::Policy"
ROLE = "AWS::IAM::Role"
_VARIABLES = ("Environment", "Variables")
_ON_QUEUE = ("PolicyDocument", "Statement", 1)
_ON_TABLE = ("PolicyDocument", "Statement", 2)

CDK = Base(
    queue=Place(QUEUE, "CheckoutPaymentsQueue"),
    dead=Place(QUEUE, "CheckoutPaymentsDeadLetters"),
    tls=Place(QUEUE_POLICY, "CheckoutPaymentsQueuePolicy"),
    table=Place(GLOBAL_TABLE, "CheckoutOrdersTable"),
    replica=Place(GLOBAL_TABLE, "CheckoutOrdersTable", ("Replicas", 0)),
    consumer=Place(FUNCTION, "CheckoutConsumerFunction"),
    mapping=Place(MAPPING, "CheckoutConsumerFunctionSqs"),
    relay_mapping=Place(MAPPING, "CheckoutRelayFunctionDynamoDB"),
    failures=Place(QUEUE, "CheckoutRelayFailures"),
    dead_alarm=Place(ALARM, "CheckoutAlarmsDeadLettersNotEmpty"),
    age_alarm=Place(ALARM, "CheckoutAlarmsOldestPaymentTooOld"),
    on_queue=Place(POLICY, "CheckoutConsumerRoleDefaultPolicy", _ON_QUEUE),
    on_table=Place(POLICY, "CheckoutConsumerRoleDefaultPolicy", _ON_TABLE),
    queue_url={"Ref": "CheckoutPaymentsQueue62254EF3"},
    dead_arn={"Fn::GetAtt": ["CheckoutPaymentsDeadLettersC05BD934", "Arn"]},
    too_long_seconds=31,
)
_POLL = ("Events", "Payments", "Properties")
_STREAM = ("Events", "Orders", "Properties")
SAM = Base(
    queue=Place(QUEUE, "PaymentQueue"),
    dead=Place(QUEUE, "PaymentDlq"),
    tls=Place(QUEUE_POLICY, "OnlyTls"),
    table=Place(TABLE, "Orders"),
    replica=Place(TABLE, "Orders"),
    consumer=Place(SAM_FUNCTION, "ChargeOrders"),
    mapping=Place(SAM_FUNCTION, "ChargeOrders", _POLL),
    relay_mapping=Place(SAM_FUNCTION, "SendOrders", _STREAM),
    failures=Place(QUEUE, "Unsent"),
    dead_alarm=Place(ALARM, "DeadLetters"),
    age_alarm=Place(ALARM, "Waiting"),
    on_queue=Place(SAM_FUNCTION, "ChargeOrders", ("Policies", 0, "Statement", 1)),
    on_table=Place(SAM_FUNCTION, "ChargeOrders", ("Policies", 0, "Statement", 0)),
    queue_url={"Ref": "PaymentQueue"},
    dead_arn={"Fn::GetAtt": ["PaymentDlq", "Arn"]},
    too_long_seconds=21,
)
_OF_ROLE = ("Policies", 0, "PolicyDocument", "Statement")
HANDWRITTEN = Base(
    queue=Place(QUEUE, "PaymentQueue"),
    dead=Place(QUEUE, "PaymentDeadLetters"),
    tls=Place(QUEUE_POLICY, "TlsOnly"),
    table=Place(TABLE, "OrderTable"),
    replica=Place(TABLE, "OrderTable"),
    consumer=Place(FUNCTION, "ChargeFunction"),
    mapping=Place(MAPPING, "ChargeMapping"),
    relay_mapping=Place(MAPPING, "RelayMapping"),
    failures=Place(QUEUE, "RelayFailures"),
    dead_alarm=Place(ALARM, "DeadLettersNotEmpty"),
    age_alarm=Place(ALARM, "PaymentsTooOld"),
    on_queue=Place(ROLE, "ChargeRole", (*_OF_ROLE, 0)),
    on_table=Place(ROLE, "ChargeRole", (*_OF_ROLE, 1)),
    queue_url={"Ref": "PaymentQueue"},
    dead_arn={"Fn::GetAtt": ["PaymentDeadLetters", "Arn"]},
    too_long_seconds=31,
)


def of_cdk() -> Iterator[Mutation]:
    """What breaks the construct's own template."""
    yield from mutations(CDK)
    for limit in (ABSENT, "perQueue"):
        yield from CDK.queue.broken(("high-throughput-pair", ("FifoThroughputLimit",), (limit,)))
    yield from CDK.queue.broken(
        ("high-throughput-pair", ("DeduplicationScope",), (ABSENT, "queue"))
    )
    yield from CDK.consumer.broken(("mapping-concurrency", ("ReservedConcurrentExecutions",), (1,)))
    for name in ("RelayFailuresNotEmpty", "StreamLag", "RelayErrors", "ConsumerErrors"):
        alarm = Place(ALARM, f"CheckoutAlarms{name}")
        yield from alarm.broken(("alarm-action", ("AlarmActions",), ([],)))
    for name in ("ConsumerThrottled", "OrdersNeedReview"):
        alarm = Place(ALARM, f"CheckoutAlarms{name}")
        yield from alarm.broken(("alarm-action", ("ActionsEnabled",), (False,)))
    relay = Place(ALARM, "CheckoutAlarmsRelayFailuresNotEmpty", ("Dimensions", 0))
    arn = {"Fn::GetAtt": ["CheckoutRelayFailures305C4B73", "Arn"]}
    yield from relay.broken(
        ("alarm-dimension", ("Value",), (arn, "old-payments.fifo")),
        ("alarm-dimension", ("Name",), ("Queue",)),
    )
    replica = {
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    two = [{"Region": "eu-west-1", **replica}, {"Region": "eu-central-1", **replica}]
    yield from CDK.table.broken(("order-table-strong-consistency", ("Replicas",), (two,)))
    told = Place(FUNCTION, "CheckoutRelayFunction", _VARIABLES)
    yield from told.broken(
        *(("secret-in-environment", (name,), (value,)) for name, value in SECRETS[:3])
    )
    yield Mutation(SUBSCRIPTION, "OnCall", ("TopicArn",), "arn:x", "alarm-subscription")


def of_sam() -> Iterator[Mutation]:
    """What breaks the template for SAM."""
    yield from mutations(SAM)
    yield from _of_plain_queues(SAM)
    yield Mutation(SUBSCRIPTION, "PagerMail", ("TopicArn",), ELSEWHERE, "alarm-subscription")
    yield from SAM.consumer.broken(("asynchronous-charge", ("Events", "Placed"), (_EVENT,)))
    yield from Place(SAM_FUNCTION, "SendOrders").broken(
        ("secret-in-environment", (*_VARIABLES, "API_KEY"), ("hunter2",)),
    )


_EVENT = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["shop"]}}}


def of_handwritten() -> Iterator[Mutation]:
    """What breaks the template that was written by hand."""
    yield from mutations(HANDWRITTEN)
    yield from _of_plain_queues(HANDWRITTEN)
    topic = Place(TOPIC, "OnCall")
    yield from topic.broken(("alarm-subscription", ("Subscription",), (ABSENT, [], ELSEWHERE)))
    everything = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    role = Place(ROLE, "ChargeRole")
    yield from role.broken(("consumer-permissions", ("ManagedPolicyArns",), ([everything],)))


def _of_plain_queues(base: Base) -> Iterator[Mutation]:
    """What breaks queues of the usual throughput, and alarms that need all their periods."""
    rule = "high-throughput-pair"
    yield from base.queue.broken(
        (rule, ("FifoThroughputLimit",), ("perMessageGroupId",)),
        (rule, ("DeduplicationScope",), ("messageGroup",)),
    )
    for alarm, late in (
        (base.dead_alarm, "dead-letter-alarm"),
        (base.age_alarm, "message-age-alarm"),
    ):
        yield from alarm.broken((late, ("EvaluationPeriods",), (360, 1440)))
