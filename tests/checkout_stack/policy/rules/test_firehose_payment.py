"""Firehose is no way to hand orders to a payment service."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.firehose_payment import RULE
from checkout_stack.policy.rules.rule import Outcome, Severity
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    violation,
)


def to_endpoint(name: str, url: object) -> Resources:
    """A delivery stream of orders to an HTTP endpoint."""
    endpoint = {"EndpointConfiguration": {"Name": name, "Url": url}}
    properties = {"HttpEndpointDestinationConfiguration": endpoint}
    return {"Orders": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": properties}}


def through(function: str) -> Resources:
    """A delivery stream into a bucket whose records pass a function."""
    parameter = {"ParameterName": "LambdaArn", "ParameterValue": {"Fn::GetAtt": [function, "Arn"]}}
    processing = {"Processors": [{"Type": "Lambda", "Parameters": [parameter]}]}
    destination = {"ExtendedS3DestinationConfiguration": {"ProcessingConfiguration": processing}}
    return {
        "Orders": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": destination},
        function: {"Type": "AWS::Lambda::Function", "Properties": {}},
    }


def test_a_stream_that_ends_at_a_payment_service_is_advised_against() -> None:
    found = violation(RULE, to_endpoint("Provider", "https://pay.example.com/charges"))
    assert found.rule.severity is Severity.ADVICE
    assert says(found, "it delivers to a payment service", "a FIFO queue", "order's number")


def test_a_stream_whose_transformation_charges_is_advised_against() -> None:
    assert "its transformation is ChargeCard" in violation(RULE, through("ChargeCard")).message


@pytest.mark.parametrize(
    "resources",
    [
        to_endpoint("LogVendor", "https://intake.example.com/v1"),
        to_endpoint("PaymentLogs", "https://logs.example.com/payments"),
        to_endpoint("Vendor", UNKNOWN),
        through("MaskFields"),
        NO_CHECKOUT,
    ],
)
def test_other_streams_are_not_judged(resources: Resources) -> None:
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}
