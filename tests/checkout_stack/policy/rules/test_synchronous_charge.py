"""A charge behind an API ends before the API gives up."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.synchronous_charge import RULE
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    shop,
    violation,
)

URI = {
    "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "${ChargeFunction.Arn}/invocations"
}
APIS: dict[str, dict[str, Any]] = {
    "rest": {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {"Integration": {"Type": "AWS_PROXY", "Uri": URI}},
    },
    "http": {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {"IntegrationUri": {"Fn::GetAtt": ["ChargeFunction", "Arn"]}},
    },
    "rest-by-document": {
        "Type": "AWS::ApiGateway::RestApi",
        "Properties": {"Body": {"paths": {"/": {"x-amazon-apigateway-integration": {"uri": URI}}}}},
    },
    "http-by-uri": {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {"IntegrationUri": URI},
    },
}


def behind(api: str, timeout: object = None) -> Resources:
    """The shop whose charging function an API calls as well."""
    resources = {**shop(), "Api": APIS[api]}
    if timeout is not None:
        resources["ChargeFunction"]["Properties"]["Timeout"] = timeout
    return resources


@pytest.mark.parametrize(("method", "is_judged"), [("GET", False), ("POST", True), ("ANY", True)])
def test_a_method_that_only_reads_charges_nothing(method: str, is_judged: bool) -> None:
    resources = behind("rest", 60)
    properties = {**resources["Api"]["Properties"], "HttpMethod": method}
    resources["Api"] = {**resources["Api"], "Properties": properties}
    expected = Outcome.VIOLATED if is_judged else Outcome.NOT_APPLICABLE
    assert [*outcomes(RULE, resources).values()] == [expected]
    event = {"Type": "Api", "Properties": {"Path": "/", "Method": method.lower()}}
    resources["Api"] = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"FunctionName": "charge", "Timeout": 60, "Events": {"Call": event}},
    }
    assert [*outcomes(RULE, resources).values()] == [expected]


def waiting(milliseconds: object) -> Resources:
    """A REST API with a timeout of its own before a function of a minute."""
    resources = behind("rest", 60)
    integration = {"Uri": URI, "TimeoutInMillis": milliseconds}
    method = {"Type": "AWS::ApiGateway::Method", "Properties": {"Integration": integration}}
    return {**resources, "Api": method}


@pytest.mark.parametrize("api", APIS)
def test_a_function_that_ends_first_is_compliant(api: str) -> None:
    assert outcomes(RULE, behind(api, 20)) == {"ChargeFunction": Outcome.COMPLIANT}


@pytest.mark.parametrize("api", APIS)
def test_a_function_that_runs_on_is_violated(api: str) -> None:
    found = violation(RULE, behind(api, 31))
    assert says(found, "Timeout is 31, and Api waits", "ends before", "from a FIFO queue")


def test_the_limits_of_both_kinds_of_api_are_known() -> None:
    assert outcomes(RULE, behind("rest", 30)) == {"ChargeFunction": Outcome.VIOLATED}
    assert outcomes(RULE, behind("http", 30)) == {"ChargeFunction": Outcome.COMPLIANT}


def test_a_limit_of_the_integration_counts() -> None:
    assert outcomes(RULE, waiting(60_000)) == {"ChargeFunction": Outcome.COMPLIANT}
    assert outcomes(RULE, waiting(50_000)) == {"ChargeFunction": Outcome.VIOLATED}


@pytest.mark.parametrize(("kind", "outcome"), [("Api", Outcome.VIOLATED), ("SQS", None)])
def test_an_event_of_sam_is_an_api(kind: str, outcome: Outcome | None) -> None:
    events = {"Pay": {"Type": kind, "Properties": {"Path": "/pay", "Method": "post"}}}
    properties = {"CodeUri": "src/", "Handler": "pay.handler", "Timeout": 60, "Events": events}
    resources: Resources = {"Pay": {"Type": "AWS::Serverless::Function", "Properties": properties}}
    found = outcomes(RULE, resources)
    assert found == ({"Pay": outcome} if outcome else {"": Outcome.NOT_APPLICABLE})


def test_a_timeout_from_elsewhere_cannot_be_told() -> None:
    assert outcomes(RULE, behind("rest", UNKNOWN)) == {"ChargeFunction": Outcome.CANNOT_TELL}
    assert outcomes(RULE, waiting(UNKNOWN)) == {"ChargeFunction": Outcome.CANNOT_TELL}


def test_a_function_that_charges_nothing_is_not_judged() -> None:
    api = {"Fn::GetAtt": ["RelayFunction", "Arn"]}
    resources = behind("http", 20)
    resources["Api"] = {**APIS["http"], "Properties": {"IntegrationUri": api}}
    resources["RelayFunction"]["Properties"]["Timeout"] = 900
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
