"""An order that was written is sent, whatever stops between."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.dual_write import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
    without,
)


def placing(resources: Resources, writes: object = "dynamodb:PutItem") -> Resources:
    """A shop whose intake writes orders, and sends their messages itself."""
    statements = [
        {"Effect": "Allow", "Action": writes, "Resource": {"Fn::GetAtt": ["OrderTable", "Arn"]}},
        {
            "Effect": "Allow",
            "Action": ["sqs:GetQueueUrl", "sqs:SendMessage"],
            "Resource": {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
        },
    ]
    policy = {"PolicyName": "place", "PolicyDocument": {"Statement": statements}}
    role = {"Fn::GetAtt": ["PlaceRole", "Arn"]}
    variables = {"TABLE": {"Ref": "OrderTable"}, "QUEUE": {"Ref": "PaymentQueue"}}
    properties = {"Handler": "place.handler", "Role": role, "Environment": {"Variables": variables}}
    return {
        **resources,
        "PlaceRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
        "Place": {"Type": "AWS::Lambda::Function", "Properties": properties},
    }


def test_an_intake_whose_table_has_a_relay_is_compliant() -> None:
    assert outcomes(RULE, placing(shop())) == {"Place": Outcome.COMPLIANT}


@pytest.mark.parametrize(
    "writes",
    ["dynamodb:PutItem", ["dynamodb:Update*"], "dynamodb:BatchWriteItem", "dynamodb:*", "*"],
)
def test_two_writes_without_a_relay_are_violated(writes: object) -> None:
    found = violation(RULE, placing(without("RelayMapping"), writes))
    assert found.logical_id == "Place"
    given = "it writes OrderTable and sends to PaymentQueue, and nothing relays"
    assert says(found, given, "one write, and a relay", "reads the table's stream")


def test_policy_templates_of_sam_allow_the_two_writes_too() -> None:
    policies = [
        {"DynamoDBCrudPolicy": {"TableName": {"Ref": "OrderTable"}}},
        {"SQSSendMessagePolicy": {"QueueName": {"Fn::GetAtt": ["PaymentQueue", "QueueName"]}}},
    ]
    properties = {"CodeUri": "src/", "Handler": "place.handler", "Policies": policies}
    place = {"Type": "AWS::Serverless::Function", "Properties": properties}
    assert violation(RULE, {**without("RelayMapping"), "Place": place}).logical_id == "Place"


TOPIC = {"Topic": {"Type": "AWS::SNS::Topic"}}
BUS = {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}}}
CHARGE = {"Fn::GetAtt": ["ChargeFunction", "Arn"]}


def announcing(action: str, resource: object, listener: Resources) -> Resources:
    """The shop whose intake writes orders and announces them, without a relay."""
    resources = placing(without("RelayMapping"))
    [policy] = resources["PlaceRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"][1] |= {"Action": action, "Resource": resource}
    return {**resources, **TOPIC, **BUS, **listener}


def rule(**properties: object) -> Resources:
    """A rule that has the charging function called for each order."""
    targets = [{"Id": "a", "Arn": CHARGE}]
    properties = {"EventPattern": {"source": ["shop"]}, "Targets": targets, **properties}
    return {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}


def subscription(endpoint: object) -> Resources:
    """Something that hears of each order by the topic."""
    properties = {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": endpoint}
    return {"Subscribed": {"Type": "AWS::SNS::Subscription", "Properties": properties}}


QUEUE_ARN = {"Fn::GetAtt": ["PaymentQueue", "Arn"]}


@pytest.mark.parametrize(
    ("resources", "sent"),
    [
        (announcing("sns:Publish", {"Ref": "Topic"}, subscription(QUEUE_ARN)), "Topic"),
        (
            announcing("events:PutEvents", {"Ref": "Bus"}, rule(EventBusName={"Ref": "Bus"})),
            "Bus",
        ),
        (announcing("events:*", "*", rule()), "the default event bus"),
        (
            announcing("events:PutEvents", "arn:aws:events:a:1:event-bus/default", rule()),
            "the default event bus",
        ),
    ],
)
def test_an_announcement_that_is_charged_is_the_second_write(
    resources: Resources, sent: str
) -> None:
    assert f"sends to {sent}," in violation(RULE, resources).message


def test_events_that_another_stack_may_charge_by_cannot_be_told() -> None:
    resources = announcing("events:PutEvents", {"Fn::GetAtt": ["Bus", "Arn"]}, {})
    assert outcomes(RULE, resources) == {"Place": Outcome.CANNOT_TELL}


def test_announcements_to_others_are_not_judged() -> None:
    mails = announcing("sns:Publish", {"Ref": "Topic"}, subscription("arn:aws:sqs:a:1:mails"))
    assert outcomes(RULE, mails) == {"": Outcome.NOT_APPLICABLE}
    other = rule(EventBusName={"Ref": "Bus"}, Targets=[{"Id": "a", "Arn": "arn:aws:sqs:a:1:b"}])
    told = announcing("events:PutEvents", {"Ref": "Bus"}, other)
    assert outcomes(RULE, told) == {"": Outcome.NOT_APPLICABLE}


def test_connectors_of_sam_allow_the_two_writes_too() -> None:
    def connector(destination: object) -> dict[str, object]:
        return {"Properties": {"Destination": destination, "Permissions": ["Write"]}}

    properties = {"CodeUri": "src/", "Handler": "place.handler"}
    place = {
        "Type": "AWS::Serverless::Function",
        "Properties": properties,
        "Connectors": {"Orders": connector([{"Id": "OrderTable"}])},
    }
    apart = connector({"Id": "PaymentQueue"})
    apart["Properties"] |= {"Source": {"Id": "Place"}}  # type: ignore[operator]
    apart["Type"] = "AWS::Serverless::Connector"
    resources = {**without("RelayMapping"), "Place": place, "Apart": apart}
    assert violation(RULE, resources).logical_id == "Place"


def test_a_writer_and_sender_by_patterns_cannot_be_told() -> None:
    resources = placing(without("RelayMapping"))
    [policy] = resources["PlaceRole"]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        statement["Resource"] = "*"
    assert outcomes(RULE, resources) == {"Place": Outcome.CANNOT_TELL}


def test_a_role_from_elsewhere_cannot_be_told() -> None:
    resources = placing(without("RelayMapping"))
    resources["Place"]["Properties"]["Role"] = UNKNOWN
    assert outcomes(RULE, resources) == {"Place": Outcome.CANNOT_TELL}


@pytest.mark.parametrize("queue", ["*", "arn:aws:sqs:eu-west-1:111122223333:payment*"])
def test_a_sender_to_queues_by_a_pattern_cannot_be_told(queue: str) -> None:
    resources = placing(without("RelayMapping"))
    [policy] = resources["PlaceRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"][1]["Resource"] = queue
    assert outcomes(RULE, resources) == {"Place": Outcome.CANNOT_TELL}


@pytest.mark.parametrize(
    ("pattern", "outcomes_"),
    [
        ("payments*", {"Place": Outcome.CANNOT_TELL}),
        ("${Stage}-*", {"Place": Outcome.CANNOT_TELL}),
        ("mails-*", {"": Outcome.NOT_APPLICABLE}),
    ],
)
def test_a_pattern_is_compared_with_the_names_of_the_queues(
    pattern: str, outcomes_: dict[str, Outcome]
) -> None:
    resources = placing(without("RelayMapping"))
    resources["PaymentQueue"]["Properties"]["QueueName"] = "payments.fifo"
    [policy] = resources["PlaceRole"]["Properties"]["Policies"]
    named = {"Fn::Sub": f"arn:aws:sqs:eu-west-1:111122223333:{pattern}"}
    policy["PolicyDocument"]["Statement"][1]["Resource"] = named
    parameters = {"Stage": {"Type": "String"}}
    assert outcomes(RULE, resources, Parameters=parameters) == outcomes_


def test_a_function_that_only_reads_orders_and_the_consumer_are_not_judged() -> None:
    resources = placing(without("RelayMapping"), "dynamodb:GetItem")
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}
    assert outcomes(RULE, without("RelayMapping")) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
