"""Which queues carry work to be done once."""

from __future__ import annotations

import pytest

from checkout_stack.policy.workload.vocabulary import words
from checkout_stack.policy.workload.workload import Workload
from tests.checkout_stack.policy.small_rules import template


def recognised(resources: str, *named: str) -> dict[str, str]:
    return dict(Workload(template(f"Resources:\n{resources}"), named).recognised)


def queue(logical_id: str, properties: str = "") -> str:
    return f"  {logical_id}: {{Type: AWS::SQS::Queue, Properties: {{{properties}}}}}\n"


def consumer(source: str, logical_id: str, properties: str = "") -> str:
    return f"""\
  {logical_id}: {{Type: AWS::Lambda::Function, Properties: {{{properties}}}}}
  {logical_id}Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !GetAtt {source}.Arn, FunctionName: !Ref {logical_id}}}
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PaymentQueue", {"payment", "queue"}),
        ("chargeOrders2", {"charge", "order"}),
        ("shop-pay.fifo", {"shop", "pay", "fifo"}),
        ("SQSPayments", {"sq", "payment"}),
        ("ORDER_TABLE", {"order", "table"}),
        ("display", {"display"}),
    ],
)
def test_names_are_read_word_by_word(text: str, found: set[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    "resources",
    [
        queue("PaymentQueue"),
        queue("Work", "QueueName: shop-charges"),
        queue("OrderQueue"),
        queue("Work") + consumer("Work", "ChargeOrders"),
        queue("Work") + consumer("Work", "Worker", "Handler: shop.pay"),
        queue("Work") + consumer("Work", "Worker", "FunctionName: checkout"),
        queue("Work")
        + consumer("Work", "Worker", "Environment: {Variables: {PAYMENT_URL: https://pay}}"),
        queue("OrderQueue") + consumer("OrderQueue", "Worker"),
        queue("Jobs") + consumer("Jobs", "Charge", "Handler: index.handler"),
        queue("Jobs") + consumer("Jobs", "Charge", "Handler: dist/index.main"),
    ],
)
def test_a_queue_is_recognised_by_its_words_or_its_consumers(resources: str) -> None:
    assert len(recognised(resources)) == 1


@pytest.mark.parametrize(
    "resources",
    [
        queue("Jobs"),
        queue("Readings", "FifoQueue: true"),
        queue("PaymentMails"),
        queue("OrderConfirmations"),
        queue("Work") + consumer("Work", "SendReceipts", "Handler: payment.handler"),
        queue("OrderQueue") + consumer("OrderQueue", "OrderMailer"),
        queue("Jobs") + consumer("Jobs", "Charges", "Handler: src/charge_index.main"),
        queue("Displays") + consumer("Displays", "Repay1er"),
        queue("Jobs", "RedrivePolicy: {deadLetterTargetArn: !GetAtt PaymentDead.Arn}")
        + queue("PaymentDead"),
    ],
)
def test_an_unrelated_queue_is_left_alone(resources: str) -> None:
    assert recognised(resources) == {}


def test_a_dead_letter_queue_is_judged_with_its_source_and_not_by_its_name() -> None:
    text = queue("PaymentQueue", "RedrivePolicy: {deadLetterTargetArn: !GetAtt PaymentDead.Arn}")
    assert [*recognised(text + queue("PaymentDead"))] == ["PaymentQueue"]


def test_a_queue_is_recognised_by_the_name_that_a_person_gives() -> None:
    text = queue("Jobs", "QueueName: jobs.fifo") + queue("Other")
    assert recognised(text, "Jobs") == {"Jobs": "--queue"}
    assert recognised(text, "jobs.fifo") == {"Jobs": "--queue"}


@pytest.mark.parametrize(
    "marked",
    [
        "Metadata: {CheckoutPolicy: {work-once: true}}",
        "Properties: {Tags: [{Key: checkout-policy, Value: work-once}]}",
    ],
)
def test_a_mark_recognises_a_queue_whatever_its_name(marked: str) -> None:
    assert recognised(f"  Mails: {{Type: AWS::SQS::Queue, {marked}}}") == {"Mails": "its mark"}


@pytest.mark.parametrize(
    "marked",
    [
        "Metadata: {CheckoutPolicy: {work-once: false}}",
        "Properties: {Tags: [{Key: checkout-policy, Value: not-work-once}]}",
    ],
)
def test_a_mark_leaves_a_queue_alone_whatever_its_name(marked: str) -> None:
    assert recognised(f"  Payments: {{Type: AWS::SQS::Queue, {marked}}}") == {}
