"""An app's template gets local payments, local buyers and short times, and nothing else changes."""

from __future__ import annotations

import inspect
import json

import pytest

from checkout_stack import PaymentService
from checkout_stack.local.aws import ACCOUNT, REGION
from checkout_stack.local.local_checkout import FAULTS
from checkout_stack.local.own_app.local_template import (
    CONSUMER_TIMEOUT_SECONDS,
    LONGEST_SECONDS,
    REPLACED_URLS,
    VISIBILITY_SECONDS,
)
from tests.local.own_app.templates import PLACES, localized, template, variables


def test_the_local_payment_service_takes_the_place_of_the_real_one() -> None:
    local, _ = localized(template())

    consumer = variables(local, "Consumer")
    assert consumer["PAYMENT_SERVICE_URL"] == PLACES.charges_url
    assert consumer["PAYMENT_SERVICE_CANCEL_URL"] == f"{PLACES.charges_url}/cancel"


def test_money_goes_back_at_the_local_payment_service_too() -> None:
    given = template()
    variables(given, "Consumer")["PAYMENT_SERVICE_REFUND_URL"] = "https://payments.example.com/back"

    local, _ = localized(given)

    assert variables(local, "Consumer")["PAYMENT_SERVICE_REFUND_URL"].startswith(PLACES.charges_url)


def test_every_address_that_a_payment_service_may_have_is_replaced() -> None:
    parameters = inspect.signature(PaymentService.http).parameters
    addresses = {f"PAYMENT_SERVICE_{each.upper()}" for each in parameters if each.endswith("url")}

    assert addresses == REPLACED_URLS.keys()


def test_a_service_that_cannot_look_up_does_not_learn_to() -> None:
    local, _ = localized(template())

    assert "PAYMENT_SERVICE_LOOK_UP_URL" not in variables(local, "Consumer")


@pytest.mark.parametrize("kind", ["stripe", "custom"])
def test_another_kind_is_left_as_it_is_and_a_line_says_what_to_do(kind: str) -> None:
    local, said = localized(template(kind))

    url = variables(local, "Consumer")["PAYMENT_SERVICE_URL"]
    assert url == "https://payments.example.com/charges"
    [line] = [each for each in said if kind in each]
    assert "PaymentService.http" in line


def test_times_are_shortened_and_never_lengthened() -> None:
    local, _ = localized(template())

    consumer = variables(local, "Consumer")
    assert consumer["LEASE_SECONDS"] == str(LONGEST_SECONDS["LEASE_SECONDS"])
    assert consumer["FIRST_RETRY_SECONDS"] == str(LONGEST_SECONDS["FIRST_RETRY_SECONDS"])
    assert consumer["LONGEST_RETRY_SECONDS"] == "2"
    resources = local["Resources"]
    assert resources["Consumer"]["Properties"]["Timeout"] == CONSUMER_TIMEOUT_SECONDS
    assert resources["PlaceOrder"]["Properties"]["Timeout"] == 30
    assert resources["Queue"]["Properties"]["VisibilityTimeout"] == VISIBILITY_SECONDS


def test_the_short_times_agree_with_each_other_as_the_construct_asks() -> None:
    payment = LONGEST_SECONDS["PAYMENT_SERVICE_TIMEOUT_SECONDS"]
    assert payment == FAULTS.payment_timeout_seconds
    assert 2 * payment + 8 <= CONSUMER_TIMEOUT_SECONDS
    assert LONGEST_SECONDS["LEASE_SECONDS"] > CONSUMER_TIMEOUT_SECONDS
    assert VISIBILITY_SECONDS >= 6 * CONSUMER_TIMEOUT_SECONDS
    assert LONGEST_SECONDS["LEASE_SECONDS"] < VISIBILITY_SECONDS
    assert LONGEST_SECONDS["RECONCILE_AFTER_SECONDS"] > VISIBILITY_SECONDS


def test_tokens_of_local_buyers_are_taken_and_a_line_says_so() -> None:
    local, said = localized(template())

    authorizer = local["Resources"]["Authorizer"]["Properties"]
    assert authorizer["JwtConfiguration"] == {"Issuer": PLACES.issuer, "Audience": ["client"]}
    assert any("https://login.example.com/" in line for line in said)


def test_a_claim_that_local_tokens_lack_is_no_part_of_whose_a_key_is() -> None:
    local, said = localized(template())

    assert json.loads(variables(local, "PlaceOrder")["SCOPE_FROM"]) == [["jwt", "claims", "sub"]]
    assert any("shop_id" in line for line in said)


def test_a_buyer_is_somebody_even_if_local_tokens_have_none_of_the_claims() -> None:
    given = template()
    variables(given, "PlaceOrder")["SCOPE_FROM"] = json.dumps([["jwt", "claims", "tenant"]])

    local, _ = localized(given)

    assert ["jwt", "claims", "sub"] in json.loads(variables(local, "PlaceOrder")["SCOPE_FROM"])


def test_an_authorizer_that_is_a_function_stays() -> None:
    given = template()
    given["Resources"]["Authorizer"]["Properties"] = {"AuthorizerType": "REQUEST"}

    local, said = localized(given)

    assert local["Resources"]["Authorizer"]["Properties"] == {"AuthorizerType": "REQUEST"}
    assert any("stays as it is" in line for line in said)


def test_network_and_boundary_are_left_out_with_a_line_each() -> None:
    given = template()
    given["Resources"]["Consumer"]["Properties"]["VpcConfig"] = {"SubnetIds": []}
    given["Resources"]["Role"]["Properties"]["PermissionsBoundary"] = "arn:of-a-boundary"

    local, said = localized(given)

    assert "VpcConfig" not in local["Resources"]["Consumer"]["Properties"]
    assert "PermissionsBoundary" not in local["Resources"]["Role"]["Properties"]
    assert any("VPC" in line for line in said)
    assert any("boundary" in line for line in said)


def test_the_apps_account_and_region_become_the_local_ones() -> None:
    given = template()
    arn = "arn:aws:sqs:eu-west-1:111122223333:orders"
    variables(given, "Consumer")["ARN"] = arn

    local, _ = localized(given, "aws://111122223333/eu-west-1")

    assert variables(local, "Consumer")["ARN"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"


def test_nothing_asks_for_a_bootstrapped_account_or_outlives_the_run() -> None:
    local, said = localized(template())

    assert not local["Parameters"]
    assert "Rules" not in local
    assert "DeletionPolicy" not in local["Resources"]["Table"]
    assert not any("Bootstrap" in line for line in said)


def test_a_parameter_of_ssm_has_a_placeholder_and_a_line() -> None:
    given = template()
    given["Parameters"]["Zone"] = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/z"}

    local, said = localized(given)

    assert local["Parameters"]["Zone"] == {"Type": "String", "Default": "left-out"}
    assert any("Zone" in line for line in said)
