"""Repeated sends are recognised by content, or by declared ids."""

from __future__ import annotations

from checkout_stack.policy.rules.content_deduplication import RULE
from checkout_stack.policy.rules.rule import Outcome
from tests.checkout_stack.policy.rules.shop import (
    NO_CHECKOUT,
    UNKNOWN,
    changed,
    outcomes,
    says,
    shop,
    violation,
    with_property,
    without_property,
)

OFF = without_property("PaymentQueue", "ContentBasedDeduplication")


def test_deduplication_by_content_is_compliant() -> None:
    assert outcomes(RULE, shop()) == {"PaymentQueue": Outcome.COMPLIANT}


def test_a_fifo_queue_without_it_is_violated() -> None:
    found = violation(RULE, OFF)
    assert says(found, "ContentBasedDeduplication is absent", "explicit ids", "order and attempt")


def test_explicit_ids_that_are_declared_are_compliant() -> None:
    metadata = {"CheckoutPolicy": {"deduplication": "explicit-ids"}}
    body = {**OFF["PaymentQueue"], "Metadata": metadata}
    assert outcomes(RULE, {**OFF, "PaymentQueue": body}) == {"PaymentQueue": Outcome.COMPLIANT}


def test_a_standard_queue_is_not_judged() -> None:
    resources = without_property("PaymentQueue", "FifoQueue")
    assert outcomes(RULE, resources) == {"": Outcome.NOT_APPLICABLE}


def test_a_value_from_elsewhere_cannot_be_told() -> None:
    resources = with_property("PaymentQueue", "ContentBasedDeduplication", value=UNKNOWN)
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_queue_that_may_be_fifo_and_has_it_off_cannot_be_told() -> None:
    resources = changed(shop(), "PaymentQueue", "FifoQueue", value=UNKNOWN)
    del resources["PaymentQueue"]["Properties"]["ContentBasedDeduplication"]
    assert outcomes(RULE, resources) == {"PaymentQueue": Outcome.CANNOT_TELL}


def test_a_template_without_such_work_is_not_judged() -> None:
    assert outcomes(RULE, NO_CHECKOUT) == {"": Outcome.NOT_APPLICABLE}


def test_ids_that_an_api_gives_are_explicit_without_being_declared() -> None:
    uri = "arn:aws:apigateway:eu-west-1:sqs:path/111122223333/payments-live.fifo"
    for request, outcome in (
        ("MessageDeduplicationId=$input.path('$.id')", Outcome.COMPLIANT),
        ("MessageGroupId=all", Outcome.VIOLATED),
    ):
        integration = {"Uri": uri, "RequestTemplates": {"application/json": request}}
        api = {"Type": "AWS::ApiGateway::Method", "Properties": {"Integration": integration}}
        assert outcomes(RULE, {**OFF, "Api": api}) == {"PaymentQueue": outcome}
