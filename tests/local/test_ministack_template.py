"""What is said differently for MiniStack means the same to AWS."""

from __future__ import annotations

from typing import Any

from checkout_stack.local.ministack_template import for_ministack

SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": {}}


def _policy(effect: str, actions: str | list[str], resource: object) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": actions, "Resource": resource}
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyDocument": {"Statement": [statement]}},
    }


def _statement(template: dict[str, Any]) -> dict[str, Any]:
    properties = template["Resources"]["Policy"]["Properties"]
    statement: dict[str, Any] = properties["PolicyDocument"]["Statement"][0]
    return statement


def test_a_secret_is_referred_to_by_its_arn() -> None:
    policy = _policy("Allow", "secretsmanager:GetSecretValue", {"Ref": "Secret"})
    template = {"Resources": {"Secret": SECRET, "Policy": policy}}

    statement = _statement(for_ministack(template))

    assert statement["Resource"] == {"Fn::GetAtt": ["Secret", "Id"]}
    assert statement["Action"] == ["secretsmanager:GetSecretValue"]


def test_other_references_stay() -> None:
    policy = _policy("Allow", "dynamodb:PutItem", {"Ref": "Table"})
    template = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}, "Policy": policy}}

    assert _statement(for_ministack(template))["Resource"] == {"Ref": "Table"}


def test_an_allowed_action_is_also_named_as_its_batch_call() -> None:
    policy = _policy("Allow", ["sqs:SendMessage", "sqs:GetQueueAttributes"], "*")

    actions = _statement(for_ministack({"Resources": {"Policy": policy}}))["Action"]

    assert actions == ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:SendMessageBatch"]


def test_no_action_is_added_where_its_single_call_is_not_allowed() -> None:
    for policy in (_policy("Allow", ["sqs:ReceiveMessage"], "*"), _policy("Deny", "sqs:*", "*")):
        template = {"Resources": {"Policy": policy}}

        assert _statement(for_ministack(template))["Action"] in (["sqs:ReceiveMessage"], "sqs:*")


def test_the_cors_settings_of_an_http_api_are_named_as_its_own_api_names_them() -> None:
    cors = {"AllowOrigins": ["*"], "ExposeHeaders": ["location"]}
    api = {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {"ProtocolType": "HTTP", "CorsConfiguration": cors},
    }

    said = for_ministack({"Resources": {"Api": api}})["Resources"]["Api"]["Properties"]

    assert said["CorsConfiguration"] == {"allowOrigins": ["*"], "exposeHeaders": ["location"]}


def test_who_may_look_at_a_bus_may_look_at_any() -> None:
    looks = {"Effect": "Allow", "Action": "events:DescribeEventBus", "Resource": "arn:bus"}
    puts = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "arn:bus"}

    said = for_ministack({"Resources": {}, "Statement": [looks, puts]})["Statement"]

    assert [each["Resource"] for each in said] == ["*", "arn:bus"]


def test_what_ministack_cannot_make_is_left_out_with_nothing_else() -> None:
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "shop"}}
    archive = {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": "arn"}}
    policy = {"Type": "AWS::Events::EventBusPolicy", "Properties": {"StatementId": "shop"}}
    template = {"Resources": {"Bus": bus, "Archive": archive, "Policy": policy}}

    assert for_ministack(template) == {"Resources": {"Bus": bus}}
    assert set(template["Resources"]) == {"Bus", "Archive", "Policy"}


def test_an_alarm_on_metric_math_is_one_on_its_first_metric() -> None:
    stat = {"Metric": {"MetricName": "Paid", "Namespace": "Shop"}, "Period": 60, "Stat": "Sum"}
    alarm = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1}
    metrics = [{"Expression": "paid / 2", "Id": "e"}, {"Id": "paid", "MetricStat": stat}]
    resource = {"Type": "AWS::CloudWatch::Alarm", "Properties": {**alarm, "Metrics": metrics}}

    said = for_ministack({"Resources": {"Alarm": resource}})["Resources"]["Alarm"]["Properties"]

    on = {"MetricName": "Paid", "Namespace": "Shop", "Period": 60, "Statistic": "Sum"}
    assert said == {**alarm, **on}
