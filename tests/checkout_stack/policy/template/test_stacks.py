"""Stacks of one run see one another's exports, nested stacks and names."""

from __future__ import annotations

import pytest

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.template import Template, joined
from checkout_stack.policy.template.values import Either, Unknown
from tests.checkout_stack.policy.small_rules import template

QUEUES = """
Resources:
  Payments: {Type: AWS::SQS::Queue, Properties: {QueueName: pay.fifo}}
  Named: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AWS::StackName}-work"}}
Outputs:
  Arn: {Value: !GetAtt Payments.Arn, Export: {Name: payments-arn}}
  Url: {Value: !Ref Payments, Export: {Name: !Sub "${AWS::StackName}-payments-url"}}
"""
ASKING = """
Parameters: {{Queues: {{Type: String}}, Known: {{Type: String, Default: shop}}}}
Resources:
  Mapping: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{EventSourceArn: {value}}}}}
"""


def run(*texts: str, files: tuple[str, ...] = ()) -> tuple[Template, ...]:
    """Templates that are checked together."""
    names = files or tuple(f"{number}.yaml" for number in range(len(texts)))
    return joined(template(text, file) for text, file in zip(texts, names, strict=True))


def named_by(value: str, *others: str) -> Resource | Unknown | None:
    """What the mapping of a stack beside others reads."""
    asking, *_ = run(ASKING.format(value=value), *(others or (QUEUES,)))
    mapping = asking.resources["Mapping"]
    return mapping.related(mapping.prop("EventSourceArn"), "AWS::SQS::Queue")


@pytest.mark.parametrize(
    "value",
    [
        "!ImportValue payments-arn",
        '!ImportValue {"Fn::Sub": "${Queues}-payments-url"}',
        '!ImportValue {"Fn::Sub": "${Known}-payments-url"}',
        "!ImportValue live-shop-payments-url",
        "arn:aws:sqs:eu-west-1:111122223333:pay.fifo",
        '!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:pay.fifo"',
        "pay.fifo",
    ],
)
def test_an_import_an_arn_or_a_name_finds_the_queue_of_another_stack(value: str) -> None:
    found = named_by(value)
    assert isinstance(found, Resource)
    assert found.logical_id == "Payments"


@pytest.mark.parametrize(
    "value",
    ["!ImportValue other-arn", '!Sub "${AWS::StackName}-work"', "!Ref Payments", "other.fifo"],
)
def test_what_no_stack_of_the_run_makes_stays_unknown(value: str) -> None:
    assert isinstance(named_by(value), Unknown)


def test_a_name_that_two_other_stacks_have_is_nobodys() -> None:
    assert isinstance(named_by("pay.fifo", QUEUES, QUEUES), Unknown)
    assert isinstance(named_by("!ImportValue payments-arn", QUEUES, QUEUES), Unknown)


def test_a_name_is_first_of_the_own_stack() -> None:
    asking = (
        ASKING.format(value="pay.fifo")
        + "  Own: {Type: AWS::SQS::Queue, "
        + ("Properties: {QueueName: pay.fifo}}\n")
    )
    first, _ = run(asking, QUEUES)
    mapping = first.resources["Mapping"]
    found = mapping.related(mapping.prop("EventSourceArn"), "AWS::SQS::Queue")
    assert found is first.resources["Own"]


PARENT = """
Resources:
  Payments: {Type: AWS::SQS::Queue}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Sub "https://s3.${AWS::Region}.amazonaws.com/bucket/inner.yaml"
      Parameters: {Source: !GetAtt Payments.Arn}
  Back: {Type: AWS::SQS::Queue, Properties: {Asked: !GetAtt Inner.Outputs.Same}}
  Charge: {Type: AWS::SQS::Queue, Properties: {Asked: !GetAtt Inner.Outputs.Function}}
"""
INNER = """
Parameters: {Source: {Type: String}}
Resources:
  Charge: {Type: AWS::Lambda::Function}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !Ref Source}}
Outputs:
  Same: {Value: !Ref Source}
  Function: {Value: !GetAtt Charge.Arn}
"""


def test_a_hidden_parameter_stays_a_secret_whatever_is_given_for_it() -> None:
    child = INNER.replace("{Type: String}", "{Type: String, NoEcho: true}")
    _, inner = run(PARENT, child, files=("parent.yaml", "stacks/inner.yaml"))
    found = inner.resources["Mapping"].prop("EventSourceArn")
    assert isinstance(found, Unknown)
    assert found.is_secret


def test_parameters_and_outputs_of_a_nested_stack_are_followed() -> None:
    parent, inner = run(PARENT, INNER, files=("parent.yaml", "stacks/inner.yaml"))
    mapping = inner.resources["Mapping"]
    assert mapping.related(mapping.prop("EventSourceArn")) is parent.resources["Payments"]
    back, charge = parent.resources["Back"], parent.resources["Charge"]
    assert back.related(back.prop("Asked")) is parent.resources["Payments"]
    assert charge.related(charge.prop("Asked")) is inner.resources["Charge"]
    assert list(parent.unexpanded_parts) == []


def test_a_template_that_is_nested_twice_may_get_either_value() -> None:
    second = PARENT.replace("Source: !GetAtt Payments.Arn", "Source: !GetAtt Back.Arn")
    *_, inner = run(PARENT, second, INNER, files=("a.yaml", "b.yaml", "inner.yaml"))
    value = inner.resources["Mapping"].prop("EventSourceArn")
    assert isinstance(value, Either)
    assert len(value.values) == 2


def test_a_nested_stack_that_is_not_given_is_not_read() -> None:
    [parent] = run(PARENT)
    [part] = parent.unexpanded_parts
    assert part.path == ("Resources", "Inner")
    assert "check it together with this" in part.why


def test_stacks_that_refer_to_one_another_in_a_circle_end() -> None:
    circle = INNER.replace("!GetAtt Charge.Arn", "!Ref Source")
    parent = PARENT.replace("Source: !GetAtt Payments.Arn", "Source: !GetAtt Inner.Outputs.Same")
    _, inner = run(parent, circle, files=("parent.yaml", "inner.yaml"))
    value = inner.resources["Mapping"].prop("EventSourceArn")
    assert isinstance(value, Unknown)
    assert "circle" in value.why


def chain(length: int, output: str) -> tuple[Template, ...]:
    """Stacks each of which nests the next one."""
    texts = []
    for number in range(length):
        following = f"{number + 1}.yaml"
        texts.append(
            f"""
Resources:
  A: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {following}}}}}
  Asked: {{Type: AWS::SQS::Queue, Properties: {{Asked: !GetAtt A.Outputs.Value}}}}
Outputs:
  Value: {{Value: {output}}}
"""
        )
    return run(*texts, "Resources: {}\nOutputs: {Value: {Value: end}}")


def test_a_value_is_followed_through_many_stacks_but_not_without_end() -> None:
    assert chain(10, "!GetAtt A.Outputs.Value")[0].resources["Asked"].prop("Asked") == "end"
    far = chain(300, "!GetAtt A.Outputs.Value")[0].resources["Asked"].prop("Asked")
    assert isinstance(far, Unknown)
    assert "over more than" in far.why


def test_values_that_double_from_stack_to_stack_are_resolved_once_in_each() -> None:
    twice = '!Sub "${A.Outputs.Value}${A.Outputs.Value}"'
    doubled = chain(15, twice)[0].resources["Asked"].prop("Asked")
    assert doubled == "end" * 2**14
