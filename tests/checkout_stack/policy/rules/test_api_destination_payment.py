"""EventBridge does not charge by itself."""

from __future__ import annotations

import pytest

from checkout_stack.policy.rules.api_destination_payment import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    Resources,
    outcomes,
    says,
    violation,
)


def sent_to(endpoint: object, *, by: str = "AWS::Events::Rule") -> Resources:
    """An API destination that events go to."""
    arn = {"Fn::GetAtt": ["Destination", "Arn"]}
    properties = {"Target": arn} if by == "AWS::Pipes::Pipe" else {"Targets": [{"Arn": arn}]}
    destination = {"InvocationEndpoint": endpoint, "HttpMethod": "POST"}
    return {
        "Destination": {"Type": "AWS::Events::ApiDestination", "Properties": destination},
        "Source": {"Type": by, "Properties": properties},
    }


@pytest.mark.parametrize("by", ["AWS::Events::Rule", "AWS::Pipes::Pipe"])
@pytest.mark.parametrize(
    "endpoint", ["https://api.stripe.com/v1", "https://pay.example.com/charge"]
)
def test_a_payment_service_as_destination_is_violated(endpoint: str, by: str) -> None:
    found = violation(RULE, sent_to(endpoint, by=by))
    assert says(found, f"call the payment service at {endpoint}", "FIFO queue", "charge from what")


def test_a_key_in_an_address_is_not_quoted() -> None:
    key = "sk_live_" + "51HxyzAbCdEfGhIjKl"
    found = violation(RULE, sent_to(f"https://api.stripe.com/v1/charges?key={key}"))
    assert says(
        found, "at https://api.stripe.com/v1/charges?key=***", "FIFO queue", "charge from what"
    )
    assert key not in found.message


def test_an_address_is_quoted_as_far_as_it_is_short_and_without_any_secret() -> None:
    endpoint = f"https://me:{'hunter2' * 20}@pay.example.com/charges"
    assert "hunter2" not in violation(RULE, sent_to(endpoint)).message
    given = violation(RULE, sent_to(f"https://pay.example.com/charges/{'a.' * 50_000}")).message
    assert len(given) < 300


def test_an_endpoint_from_elsewhere_cannot_be_told_where_it_is_meant_for_payments() -> None:
    endpoint = {"Fn::ImportValue": "PaymentServiceUrl"}
    assert outcomes(RULE, sent_to(endpoint)) == {"Destination": Outcome.CANNOT_TELL}
    assert outcomes(RULE, sent_to(UNKNOWN)) == {"": Outcome.NOT_APPLICABLE}


def test_another_service_and_an_unused_destination_are_not_judged() -> None:
    for endpoint in ("https://search.example.com/index", "https://api.stripe.com/v1/products"):
        assert outcomes(RULE, sent_to(endpoint)) == {"": Outcome.NOT_APPLICABLE}
    unused = {"Destination": sent_to("https://api.stripe.com/v1")["Destination"]}
    assert outcomes(RULE, unused) == {"": Outcome.NOT_APPLICABLE}


def test_a_destination_that_only_asks_is_not_judged() -> None:
    resources = sent_to("https://api.stripe.com/v1/charges")
    resources["Destination"]["Properties"]["HttpMethod"] = "GET"
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}
