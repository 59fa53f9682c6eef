"""Which resource a value names, by reference, ARN, URL or plain name."""

from __future__ import annotations

import pytest

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown
from tests.checkout_stack.policy.small_rules import template

SHOP = """
Parameters:
  Name: {Type: String}
  Short: {Type: String, Default: pay}
Conditions: {Live: !Equals [!Ref "AWS::Region", eu-west-1]}
Resources:
  Pay: {Type: AWS::SQS::Queue, Properties: {QueueName: pay.fifo}}
  Stacked: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AWS::StackName}-pay"}}
  Named: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}
  Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: charge}}
  Orders: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: pay.fifo}}
"""


def resolved_resource(value: str, *types: str) -> Resource | Unknown | None:
    shop = template(f"{SHOP}  Asking: {{Type: Custom::It, Properties: {{Asked: {value}}}}}\n")
    return shop.resolve_resource(shop.resources["Asking"].prop("Asked"), *types)


@pytest.mark.parametrize(
    ("value", "logical_id"),
    [
        ("!Ref Pay", "Pay"),
        ("!GetAtt Pay.Arn", "Pay"),
        ("!GetAtt Pay.QueueName", "Pay"),
        ("!GetAtt Orders.StreamArn", "Orders"),
        ("arn:aws:sqs:eu-west-1:111122223333:pay.fifo", "Pay"),
        ("arn:aws:sns:eu-west-1:111122223333:pay.fifo", "Topic"),
        ('!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:pay.fifo"', "Pay"),
        ('!Sub "arn:${AWS::Partition}:sqs:*:*:${Short}.fifo"', "Pay"),
        ('!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}-pay"', "Stacked"),
        ('!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Name}"', "Named"),
        ('!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Pay.QueueName}"', "Pay"),
        (
            '!Join [":", [arn, aws, sqs, !Ref "AWS::Region", !Ref "AWS::AccountId", pay.fifo]]',
            "Pay",
        ),
        ('!Select [5, !Split [":", !GetAtt Pay.Arn]]', "Pay"),
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/pay.fifo", "Pay"),
        ('!Sub "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/${Short}.fifo"', "Pay"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:charge", "Function"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:charge:live", "Function"),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026", "Orders"),
        ("!If [Live, !GetAtt Pay.Arn, 'arn:aws:sqs:eu-west-1:111122223333:pay.fifo']", "Pay"),
    ],
)
def test_a_reference_an_arn_and_a_url_name_a_resource(value: str, logical_id: str) -> None:
    found = resolved_resource(value)
    assert isinstance(found, Resource), found
    assert found.logical_id == logical_id


@pytest.mark.parametrize(
    "value",
    [
        "!ImportValue dead-letters",
        "arn:aws:sqs:eu-west-1:111122223333:other.fifo",
        "arn:aws:lambda:eu-west-1:111122223333:layer:charge",
        '!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Other}"',
        "!If [Live, !Ref Pay, !Ref Stacked]",
        "pay.fifo",
        "[a]",
        "7",
    ],
)
def test_what_names_nothing_here_is_unknown(value: str) -> None:
    assert isinstance(resolved_resource(value), Unknown)


def test_what_is_absent_names_nothing() -> None:
    assert resolved_resource('!Ref "AWS::NoValue"') is None


def test_a_plain_name_is_looked_up_among_the_types_that_are_asked_for() -> None:
    queue = resolved_resource("pay.fifo", "AWS::SQS::Queue")
    topic = resolved_resource("pay.fifo", "AWS::SNS::Topic")
    assert (str(queue), str(topic)) == ("Pay", "Topic")


def test_a_resource_of_another_type_is_not_the_one_that_is_asked_for() -> None:
    assert resolved_resource("!Ref Pay", "AWS::SNS::Topic") == Unknown(
        "Pay is AWS::SQS::Queue, not AWS::SNS::Topic"
    )
