"""Whether charges take the money or hold it, and what a service needs to hold it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import CheckoutTiming, PaymentService
from tests.checkout_stack.synthesized import checkout, payment_service, synthesize

URLS = {f"{name}_url": f"https://pay.example.com/{name}" for name in ("look_up", "cancel")}
HOLDS: dict[str, Any] = {
    **URLS,
    "capture": "later",
    "capture_url": "https://pay.example.com/captures",
}


def violated(service: PaymentService) -> list[tuple[str, object, str]]:
    rows = service.requirements(CheckoutTiming())
    return [(each.property, each.given, each.fix) for each in rows if not each.holds]


def stripe(stack: cdk.Stack, **changes: Any) -> PaymentService:
    number = len(stack.node.children)
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:stripe-AbCdEf"
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, f"Stripe{number}", arn)
    layer = "arn:aws:lambda:us-east-1:111122223333:layer:stripe:1"
    sdk_layer = lambda_.LayerVersion.from_layer_version_arn(stack, f"Sdk{number}", layer)
    return PaymentService.stripe(secret=secret, sdk_layer=sdk_layer, **changes)


def custom(directory: Path, **changes: Any) -> PaymentService:
    (directory / "acme.py").write_text("def make(setup):\n    return setup\n")
    kept = cdk.Duration.days(1)
    return PaymentService.custom(
        source=directory, factory="acme:make", key_retention=kept, **changes
    )


def test_who_charges_is_told_to_hold_the_money_and_where_to_capture(stack: cdk.Stack) -> None:
    checkout(stack, payment_service=payment_service(stack, **HOLDS))
    template = synthesize(stack)
    for caller in ("CheckoutConsumer", "CheckoutReconciler"):
        told = template.environment(caller)
        assert told["CAPTURE"] == "later"
        assert told["PAYMENT_SERVICE_CAPTURE_URL"] == "https://pay.example.com/captures"


@pytest.mark.parametrize("given", [{}, {**HOLDS, "capture": "now"}], ids=["left out", "now"])
def test_nobody_is_told_to_hold_the_money_unless_it_is_asked_for(
    given: dict[str, Any], stack: cdk.Stack
) -> None:
    service = payment_service(stack, **given)
    assert not service.captures_later
    checkout(stack, payment_service=service)
    told = synthesize(stack).environment("CheckoutConsumer")
    assert "CAPTURE" not in told
    assert told.get("PAYMENT_SERVICE_CAPTURE_URL") == given.get("capture_url")


BACK: dict[str, Any] = {**HOLDS, "capture": "now", "captures_holds": True}


def test_who_went_back_takes_the_money_at_once_and_still_captures_holds(stack: cdk.Stack) -> None:
    service = payment_service(stack, **BACK)
    assert (service.captures_later, service.has_holds) == (False, True)
    orders = checkout(stack, payment_service=service)
    template = synthesize(stack)
    assert template.environment("CheckoutConsumer")["CAPTURE"] == "now"
    assert orders.intake_environment["CAPTURE"] == "now"
    assert "HoldsLapsing" in json.dumps(template.template)


def test_holds_of_before_that_could_not_be_ended_are_refused(stack: cdk.Stack) -> None:
    assert violated(payment_service(stack, **BACK)) == []
    [(name, given, fix)] = violated(payment_service(stack, **{**BACK, "capture_url": None}))
    assert (name, given) == ("payment_service.captures_holds", "True, without capture_url")
    assert fix == "give capture_url too, or leave captures_holds out"


def test_every_kind_can_go_back(stack: cdk.Stack, tmp_path: Path) -> None:
    assert stripe(stack, captures_holds=True).has_holds
    assert custom(tmp_path, captures_holds=True, can_cancel=True).has_holds


@pytest.mark.parametrize("missing", ["capture_url", "look_up_url", "cancel_url"])
def test_a_hold_that_could_not_be_ended_is_refused(missing: str, stack: cdk.Stack) -> None:
    assert violated(payment_service(stack, **HOLDS)) == []
    [(name, given, fix)] = violated(payment_service(stack, **{**HOLDS, missing: None}))
    assert name == "payment_service.capture"
    assert given == f'"later", without {missing}'
    assert fix == f'give {missing} too, or capture="now"'


def test_everything_that_is_missing_is_told_at_once(stack: cdk.Stack) -> None:
    [(_, given, _)] = violated(payment_service(stack, capture="later"))
    assert given == '"later", without capture_url and look_up_url and cancel_url'


@pytest.mark.parametrize("word", ["Later", "", "manual"])
def test_any_other_word_is_refused(word: str, stack: cdk.Stack) -> None:
    [(name, given, _)] = violated(payment_service(stack, capture=word))
    assert (name, given) == ("payment_service.capture", repr(word))


def test_a_flag_is_no_word(stack: cdk.Stack) -> None:
    [(name, _, _)] = violated(payment_service(stack, capture=True))
    assert name == "payment_service.capture"


def test_a_capture_goes_over_tls(stack: cdk.Stack) -> None:
    unsafe = {**HOLDS, "capture_url": "http://pay.example.com/captures"}
    [(name, _, _)] = violated(payment_service(stack, **unsafe))
    assert name == "payment_service.capture_url"


def test_stripe_needs_nothing_else_to_hold_money(stack: cdk.Stack) -> None:
    service = stripe(stack, capture="later")
    assert violated(service) == []
    checkout(stack, payment_service=service)
    assert synthesize(stack).environment("CheckoutConsumer")["CAPTURE"] == "later"


def test_stripes_charges_are_audited_once_no_hold_of_their_day_can_be_captured_any_more(
    stack: cdk.Stack,
) -> None:
    now = stripe(stack, charge_within=cdk.Duration.hours(2))
    later = stripe(stack, charge_within=cdk.Duration.hours(2), capture="later")
    assert now.captured_after_listed.to_hours() == 2
    assert later.captured_after_listed.to_hours() == 2 + 7 * 24


def test_a_module_needs_look_ups_and_cancellations_to_hold_money(tmp_path: Path) -> None:
    assert violated(custom(tmp_path, capture="later", can_cancel=True)) == []
    [(_, given, _)] = violated(custom(tmp_path, capture="later", can_look_up=False))
    assert given == '"later", without can_look_up=True and can_cancel=True'
