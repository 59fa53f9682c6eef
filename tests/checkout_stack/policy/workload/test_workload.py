"""The graph of a checkout: mapping, function, queue, dead-letter queue, alarm and table."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.template import joined
from checkout_stack.policy.workload.workload import Workload
from tests.checkout_stack.policy.small_rules import template

SHOP = """
Resources:
  Payments:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: pay.fifo
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead:
    Type: AWS::SQS::Queue
  Charge:
    Type: AWS::Lambda::Function
    Properties: {Environment: {Variables: {TABLE: !Ref Ledger}}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Charge, Name: live}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Payments.Arn, FunctionName: !Ref Live}
  Imported:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !ImportValue somewhere, FunctionName: !ImportValue something}
  Orders:
    Type: AWS::DynamoDB::Table
  Ledger:
    Type: AWS::DynamoDB::Table
  Sessions:
    Type: AWS::DynamoDB::Table
  Relay:
    Type: AWS::Lambda::Function
  Stream:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Orders.StreamArn
      FunctionName: !Ref Relay
      DestinationConfig: {OnFailure: {Destination: !GetAtt OrderFailures.Arn}}
  OrderFailures:
    Type: AWS::SQS::Queue
  Old:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateAgeOfOldestMessage
      Dimensions: [{Name: QueueName, Value: pay.fifo}]
  Both:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics:
        - {Id: sum, Expression: a + b}
        - Id: a
          MetricStat:
            Metric:
              Namespace: AWS/SQS
              MetricName: ApproximateAgeOfOldestMessage
              Dimensions: [{Name: QueueName, Value: !GetAtt Payments.QueueName}]
"""


@pytest.fixture
def shop() -> Workload:
    return Workload(joined([template(SHOP)]))


def ids(resources: Iterable[Resource]) -> list[str]:
    return [resource.logical_id for resource in resources]


def test_a_work_queue_has_its_dead_letter_queue_beside_it(shop: Workload) -> None:
    [(payments, dead)] = shop.dead_letter_pairs
    assert (str(payments), str(dead)) == ("Payments", "Dead")
    assert ids(shop.all_queues) == ["Payments", "Dead"]


def test_a_work_queue_has_a_consumer_through_an_alias(shop: Workload) -> None:
    [payments] = shop.queues
    assert ids(shop.consumers_of(payments)) == ids(shop.consumers) == ["Charge"]
    assert ids(each.resource for each in shop.queue_triggers) == ["Mapping"]


def test_only_a_charging_function_reads_the_queue_of_another_stack(shop: Workload) -> None:
    assert shop.imported_queue_triggers == ()
    elsewhere = Workload(
        joined([template(SHOP.replace("!GetAtt Payments.Arn", "!ImportValue payments"))])
    )
    assert ids(each.resource for each in elsewhere.imported_queue_triggers) == ["Mapping"]


def test_order_tables_are_those_called_so_and_those_that_a_consumer_is_given(
    shop: Workload,
) -> None:
    assert ids(shop.order_tables) == ["Orders", "Ledger"]
    assert ids(each.resource for each in shop.order_streams) == ["Stream"]


def test_a_template_without_a_work_queue_has_no_order_table() -> None:
    assert (
        Workload(
            joined([template("Resources: {Orders: {Type: AWS::DynamoDB::Table}}")])
        ).order_tables
        == ()
    )


@pytest.mark.parametrize("name", ["!ImportValue dead-name", "dead.fifo"])
def test_an_alarm_of_a_second_stack_watches_the_queue_of_the_first(name: str) -> None:
    queues = """
Resources:
  Payments:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead.fifo}}
Outputs:
  Name: {Value: !GetAtt Dead.QueueName, Export: {Name: dead-name}}
"""
    alarms = f"""
Resources:
  NotEmpty:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{{Name: QueueName, Value: {name}}}]
"""
    both = Workload(joined([template(queues, "queues.yaml"), template(alarms, "alarms.yaml")]))
    [(_, dead)] = both.dead_letter_pairs
    assert isinstance(dead, Resource)
    assert ids(both.alarms_on(dead, "ApproximateNumberOfMessagesVisible")) == ["NotEmpty"]


OUTBOX = """
Parameters: {PaymentQueueUrl: {Type: String}}
Resources:
  Orders: {Type: AWS::DynamoDB::Table}
  Relay:
    Type: AWS::Lambda::Function
    Properties: {Environment: {Variables: {TARGET: !Ref PaymentQueueUrl}}}
  Stream:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Orders.StreamArn, FunctionName: !Ref Relay}
"""


def test_an_order_table_whose_stream_is_sent_on_to_payments_elsewhere_is_one() -> None:
    assert ids(Workload(joined([template(OUTBOX)])).order_tables) == ["Orders"]
    mails = OUTBOX.replace("Relay", "SendMails")
    assert ids(Workload(joined([template(mails)])).order_tables) == []


def test_a_table_that_is_meant_to_expire_is_no_order_table(shop: Workload) -> None:
    [table] = [each for each in shop.order_tables if each.logical_id == "Ledger"]
    for before, after in (("Ledger", "IdempotencyRecords"), ("{TABLE:", "{IDEMPOTENCY_TABLE:")):
        changed = Workload(joined([template(SHOP.replace(before, after))]))
        assert ids(changed.order_tables) == ["Orders"], table


@pytest.mark.parametrize(
    ("name", "is_order"),
    [
        ("Tokens", False),
        ("FeatureFlags", False),
        ("LoginAttempts", False),
        ("ProcessedMessages", False),
        ("ProcessedPaymentEvents", False),
        ("OrderReadModel", False),
        ("OrderDrafts", False),
        ("BookingHolds", False),
        ("OrderSearch", False),
        ("Data", True),
        ("PaymentHolds", True),
        ("OrderEvents", True),
        ("OrderHistory", True),
        ("ProcessedOrders", True),
    ],
)
def test_a_table_given_to_a_consumer_keeps_orders_unless_its_name_says_otherwise(
    name: str, is_order: bool
) -> None:
    changed = Workload(joined([template(SHOP.replace("Ledger", name))]))
    assert (name in ids(changed.order_tables)) is is_order


def test_a_fifo_queue_that_nothing_recognised_is_named(shop: Workload) -> None:
    jobs = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Worker: {Type: AWS::Lambda::Function}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
"""
    assert ids(Workload(joined([template(jobs)])).unrecognised_fifo_queues) == ["Jobs"]
    assert shop.unrecognised_fifo_queues == ()


@pytest.mark.parametrize(
    "function",
    ["!Ref Charge.Alias", '!Sub "${Charge.Arn}:live"', '"123456789012:function:charge-card"'],
)
def test_a_consumer_is_known_behind_an_alias_of_sam_or_a_qualified_or_partial_arn(
    function: str,
) -> None:
    text = SHOP.replace("FunctionName: !Ref Live}", f"FunctionName: {function}}}").replace(
        "Charge:\n    Type: AWS::Lambda", "Charge:\n    Type: AWS::Serverless"
    )
    text = text.replace("{Environment:", "{FunctionName: charge-card, Environment:", 1)
    workload = Workload(joined([template(text)]))
    assert ids(workload.consumers) == ["Charge"]


def test_what_keeps_the_failures_of_a_stream_is_no_work_queue(shop: Workload) -> None:
    assert "OrderFailures" not in ids(shop.queues)


def test_alarms_are_found_by_name_by_reference_and_within_expressions(shop: Workload) -> None:
    [payments] = shop.queues
    assert ids(shop.alarms_on(payments, "ApproximateAgeOfOldestMessage")) == ["Old", "Both"]
    assert shop.alarms_on(payments, "NumberOfMessagesSent") == ()
    assert shop.alarms_on(shop.all_queues[1], "ApproximateAgeOfOldestMessage") == ()
