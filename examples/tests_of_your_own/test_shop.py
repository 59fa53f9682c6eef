"""What to test of a stack that holds a checkout: ``pytest examples/tests_of_your_own``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Match, Template

from examples.tests_of_your_own.shop import build

TABLE = "AWS::DynamoDB::GlobalTable"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    """The app, as it is deployed."""
    return build(outdir=str(tmp_path_factory.mktemp("cdk.out")))


@pytest.fixture(scope="module")
def template(app: App) -> Template:
    """The template of its stack. Synthesis runs the policy, which fails it on a finding."""
    app.synth()
    stack = app.node.find_child("Shop")
    assert isinstance(stack, Stack)
    return Template.from_stack(stack)


def test_the_orders_stay_where_they_are(template: Template) -> None:
    """Another logical id is another table: pin yours, and moving the construct cannot lose it."""
    assert list(template.find_resources(TABLE)) == ["CheckoutOrdersTableBE782D26"]


def test_the_namespace_does_not_follow_the_name_of_the_stack(template: Template) -> None:
    """Another namespace makes a new order of a resubmission."""
    for environment in environments(template):
        assert environment.get("CHECKOUT_NAMESPACE", "shop/production") == "shop/production"


def test_every_alarm_of_the_checkout_calls_the_people_on_duty(template: Template) -> None:
    alarms = template.find_resources("AWS::CloudWatch::Alarm")
    assert alarms
    for alarm in alarms.values():
        assert alarm["Properties"]["AlarmActions"] == [{"Fn::ImportValue": "OnDutyTopicArn"}]


def test_the_receipts_may_read_an_order_and_do_nothing_else_to_it(template: Template) -> None:
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "Roles": [{"Ref": Match.string_like_regexp("^Receipts")}],
            "PolicyDocument": {
                "Statement": [Match.object_like({"Action": "dynamodb:GetItem", "Effect": "Allow"})]
            },
        },
    )


def environments(template: Template) -> Iterator[dict[str, Any]]:
    """The environment of each function that has one."""
    for function in template.find_resources("AWS::Lambda::Function").values():
        yield function["Properties"].get("Environment", {}).get("Variables", {})
