"""What intrinsic functions are worth before a deployment."""

from __future__ import annotations

import pytest

from checkout_stack.policy.template.values import Either, Reference, Text, Unknown, Value
from tests.checkout_stack.policy.small_rules import resolved, template

ORDERS_ARN = Reference("Orders", "Arn")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Stage", "staging"),
        ("!Ref Zones", ["a", "b"]),
        ("!Ref Orders", Reference("Orders")),
        ("!Ref AWS::Region", Reference("AWS::Region")),
        ("!GetAtt Orders.Arn", ORDERS_ARN),
        ('{"Fn::GetAtt": Orders.Arn}', ORDERS_ARN),
        ('!Sub "shop-${Stage}"', "shop-staging"),
        ('!Sub ["${a}-${Stage}", {a: !Ref Orders}]', Text((Reference("Orders"), "-staging"))),
        ('!Sub "${Orders.Arn}"', ORDERS_ARN),
        ('!Sub "${!Stage}"', "${Stage}"),
        ("!Join ['-', [a, 1, true, !Ref Stage]]", "a-1-true-staging"),
        ("!Join ['', [a, !Ref Orders, b, c]]", Text(("a", Reference("Orders"), "bc"))),
        ("!Join ['', !Ref Zones]", "ab"),
        ("!FindInMap [Seconds, !Ref Stage, timeout]", 30),
        ("!FindInMap [Seconds, !Ref AWS::Region, timeout]", 30),
        ("!FindInMap [Ends, !Ref Size, timeout]", Either((1, 2))),
        ("!FindInMap [Seconds, live, timeout, {DefaultValue: 7}]", 7),
        ("!FindInMap [Seconds, staging, timeout, {DefaultValue: 7}]", 30),
        ("!FindInMap [Seconds, !Ref Name, timeout, {DefaultValue: 7}]", Either((30, 7))),
        ("!Ref Size", Either(("small", "large"))),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Ref Zones]", "a"),
        ("!Split [',', 'a,b']", ["a", "b"]),
        ("!Select [5, !Split [':', !GetAtt Orders.Arn]]", Reference("Orders")),
        ("!ToJsonString {a: !Ref Stage}", '{"a": "staging"}'),
        ("{a: !Ref 'AWS::NoValue', b: 1}", {"b": 1}),
        ("[1, !Ref 'AWS::NoValue']", [1]),
    ],
)
def test_what_a_template_says_is_resolved(written: str, value: Value) -> None:
    assert resolved(written) == value


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("!Ref Name", "parameter Name has no default"),
        ("!Ref Image", "Systems Manager"),
        ("!Ref Absent", "neither a resource nor a parameter"),
        ("!GetAtt Absent.Arn", "not a resource here"),
        ("!ImportValue orders", "only known once it is deployed"),
        ('"{{resolve:ssm:/a}}"', "dynamic reference"),
        ("!FindInMap [Seconds, live, timeout]", "no Seconds live timeout"),
        ("!Select [9, [a]]", "no item 9"),
        ("!Select [a, [b]]", "no item a"),
        ("!Select [0, !Ref Name]", "only known once"),
        ("!Split [',', !Ref Name]", "only known once"),
        ("!ToJsonString [!Ref Orders]", "only known once"),
        ("!Join ['', [[a], b]]", "not text"),
        ("!Ref [a]", "malformed"),
        ("!GetAtt Orders", "malformed"),
        ("!Sub [a]", "malformed"),
        ("!Join a", "malformed"),
        ("!If [a]", "malformed"),
        ("!Select a", "malformed"),
        ("!Split a", "malformed"),
        ("!FindInMap a", "malformed"),
    ],
)
def test_what_a_template_does_not_say_is_unknown_with_the_reason(written: str, why: str) -> None:
    value = resolved(written)
    assert isinstance(value, Unknown)
    assert why in value.why


def test_a_text_with_an_unknown_part_is_still_equal_to_itself() -> None:
    assert str(resolved('!Sub "${Name}-x"')) == str(resolved("!Join ['-', [!Ref Name, x]]"))
    assert str(resolved('!Sub "${Name}-x"')) != str(resolved('!Sub "${Image}-x"'))

    imported = "!Join ['', [!ImportValue shop, x]]"
    assert str(resolved(imported)) == str(resolved(imported))
    assert str(resolved(imported)) != str(resolved(imported.replace("shop", "other")))


def test_a_property_is_found_through_a_condition() -> None:
    text = """
    Conditions: {Live: !Equals [!Ref "AWS::Region", eu-west-1]}
    Resources:
      Orders:
        Type: AWS::SQS::Queue
        Properties:
          RedrivePolicy: !If [Live, {maxReceiveCount: 5}, !Ref "AWS::NoValue"]
          Tags: [{Key: a}]
          Name: text
    """
    orders = template(text).resources["Orders"]
    assert orders.prop("RedrivePolicy", "maxReceiveCount") == Either((5, None))
    assert orders.prop("Tags", 0, "Key") == "a"
    assert orders.prop("Tags", 1, "Key") is None
    assert orders.prop("Absent", "maxReceiveCount") is None
    assert orders.prop("Name", "maxReceiveCount") == Unknown(
        "text stands where a mapping with 'maxReceiveCount' is expected"
    )


def test_a_small_template_cannot_ask_for_terabytes() -> None:
    item = ", ".join(["!Ref Long"] * 200)
    text = f"""
Parameters: {{Long: {{Type: String, Default: {"x" * 4000}}}}}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      Asked: [{", ".join([f"!Join ['', [{item}]]"] * 60)}]
"""
    asked = template(text).resources["Orders"].prop("Asked")
    assert isinstance(asked, list)
    assert isinstance(asked[0], str)
    assert isinstance(asked[-1], Unknown)
    assert "more text than any deployment" in asked[-1].why
