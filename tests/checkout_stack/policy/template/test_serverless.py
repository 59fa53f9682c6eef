"""SAM templates are read as what its transform makes of them."""

from __future__ import annotations

from checkout_stack.policy.template.template import Template
from checkout_stack.policy.workload.relations import MAPPING, trigger_of
from tests.checkout_stack.policy.small_rules import template


def shop() -> Template:
    return template(
        """
Globals:
  Function: {Timeout: 20, Environment: {Variables: {LEVEL: info, A: "1"}}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Charge:
    Type: AWS::Serverless::Function
    Condition: Live
    Properties:
      Environment: {Variables: {A: "2"}}
      Events:
        Payments:
          Type: SQS
          Properties:
            Queue: !GetAtt Queue.Arn
            BatchSize: 10
        Web: {Type: Api}
        Odd: []
  Refund:
    Type: AWS::Serverless::Function
    Properties: {Timeout: 5}
  Table: {Type: AWS::Serverless::SimpleTable}
"""
    )


def test_functions_take_what_globals_say_and_they_do_not_say_themselves() -> None:
    charge, refund = shop().of_type("AWS::Lambda::Function")
    assert charge.prop("Timeout") == 20
    assert refund.prop("Timeout") == 5
    assert charge.prop("Environment", "Variables") == {"LEVEL": "info", "A": "2"}


def test_an_event_of_a_queue_is_a_mapping_placed_where_the_event_is_written() -> None:
    [trigger] = map(trigger_of, shop().of_type(MAPPING))
    assert (str(trigger.source), str(trigger.function)) == ("Queue", "Charge")
    assert trigger.resource.logical_id == "ChargePayments"
    assert trigger.resource.condition == "Live"
    assert trigger.resource.prop("BatchSize") == 10
    assert trigger.resource.location("BatchSize").line == 16


def test_a_simple_table_is_a_table() -> None:
    assert [str(each) for each in shop().of_type("AWS::DynamoDB::Table")] == ["Table"]
