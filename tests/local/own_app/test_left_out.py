"""What the local AWS cannot do is left out with a reason, and nothing refers to it any more."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.local.own_app.left_out import cannot_do, needed_by_checkouts, without
from checkout_stack.local.own_app.references import placeholder, referred_to
from tests.local.own_app.templates import template

SUPPORTED = {
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::GlobalTable",
    "AWS::EC2::Subnet",
    "AWS::Lambda::Function",
    "AWS::WAFv2::WebACL",
}


def resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (resource("AWS::EC2::Subnet"), "no network"),
        (resource("AWS::WAFv2::WebACL"), "block nothing"),
        (resource("Custom::Something"), "custom resources"),
        (resource("AWS::CloudWatch::Alarm", Metrics=[]), "metric math"),
        (resource("AWS::Lambda::Function", Code={"ImageUri": "here"}), "container images"),
        (resource("AWS::Events::Archive"), "does not know"),
        (resource("AWS::CloudWatch::CompositeAlarm"), "does not know"),
    ],
)
def test_each_has_its_reason(one: dict[str, Any], reason: str) -> None:
    assert reason in cannot_do({"Resources": {"One": one}}, SUPPORTED)["One"]


def test_what_it_can_do_stays() -> None:
    kept = {
        "Alarm": resource("AWS::CloudWatch::Alarm", MetricName="Errors"),
        "Function": resource("AWS::Lambda::Function", Code={"S3Key": "key"}),
        "Nested": resource("AWS::CloudFormation::Stack"),
    }
    assert not cannot_do({"Resources": kept}, SUPPORTED)


def test_the_metadata_of_the_cdk_goes_without_a_word() -> None:
    assert cannot_do({"Resources": {"M": resource("AWS::CDK::Metadata")}}, SUPPORTED) == {"M": ""}


def test_references_to_it_become_placeholders() -> None:
    other = resource(
        "AWS::Lambda::Function",
        Ref={"Ref": "Gone"},
        Arn={"Fn::GetAtt": ["Gone", "Arn"]},
        Old={"Fn::GetAtt": "Gone.Arn"},
        Text={"Fn::Sub": "${Gone.Arn} and ${Stays} and ${AWS::Region}"},
        List={"Fn::Join": ["", ["a", {"Ref": "Gone"}]]},
        Stays={"Ref": "Stays"},
    )
    given = {"Resources": {"Gone": resource("AWS::EC2::VPC"), "Other": other, "Stays": {}}}

    left = without(given, {"Gone"}, ())

    assert "Gone" not in left["Resources"]
    properties = left["Resources"]["Other"]["Properties"]
    arn = placeholder("Gone", "Arn")
    assert properties["Ref"] == placeholder("Gone")
    assert properties["Arn"] == properties["Old"] == arn
    assert arn.startswith("arn:aws:")
    assert properties["Text"] == {"Fn::Sub": f"{arn} and ${{Stays}} and ${{AWS::Region}}"}
    assert properties["Stays"] == {"Ref": "Stays"}
    assert "Gone" not in set(referred_to(left))


def test_nothing_waits_for_it() -> None:
    given = {
        "Resources": {
            "One": {**resource("A"), "DependsOn": ["Gone", "Two"]},
            "Two": {**resource("A"), "DependsOn": "Gone"},
        }
    }

    resources = without(given, {"Gone"}, ())["Resources"]

    assert resources["One"]["DependsOn"] == ["Two"]
    assert "DependsOn" not in resources["Two"]


def test_an_import_from_outside_the_app_is_a_placeholder_and_one_from_inside_stays() -> None:
    given = {
        "Resources": {
            "One": resource("A", Ours={"Fn::ImportValue": "Ours"}, X={"Fn::ImportValue": "XArn"})
        }
    }

    properties = without(given, (), {"Ours"})["Resources"]["One"]["Properties"]

    assert properties["Ours"] == {"Fn::ImportValue": "Ours"}
    assert properties["X"] == placeholder("XArn", "XArn")


def test_a_checkout_needs_its_functions_mappings_and_what_these_name() -> None:
    given = template()
    given["Resources"]["Alarm"] = resource("AWS::CloudWatch::Alarm")

    needed = needed_by_checkouts(given)

    assert {"Consumer", "PlaceOrder", "Mapping", "Queue", "Table", "Role"} <= needed
    assert "Alarm" not in needed
