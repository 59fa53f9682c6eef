"""A payment service is reached over TLS, read with one permission, and fits the consumer."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import CheckoutMisconfiguredError, CheckoutTiming, PaymentService
from tests.checkout_stack.synthesized import Synthesized, checkout, payment_service, synthesize

seconds = cdk.Duration.seconds


def violated(stack: cdk.Stack, timing: CheckoutTiming | None = None, **changes: Any) -> list[str]:
    service = payment_service(stack, **changes)
    rows = service.requirements(timing or CheckoutTiming())
    return [each.property for each in rows if not each.holds]


def of_consumer(stack: cdk.Stack, **changes: Any) -> tuple[Synthesized, dict[str, Any]]:
    checkout(stack, payment_service=payment_service(stack, **changes))
    template = synthesize(stack)
    return template, template.environment("CheckoutConsumer")


@pytest.mark.parametrize(
    "url",
    [
        "https://pay.example.com/charges",
        "https://pay.example.com:8443",
        "http://127.0.0.1:9000/charges",
        "http://localhost:9000",
        "http://[::1]:9000",
    ],
)
def test_https_anywhere_and_http_on_loopback_are_accepted(stack: cdk.Stack, url: str) -> None:
    assert violated(stack, url=url, look_up_url=url) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pay.example.com",
        "http://pay.example.com/charges",
        "http://127.0.0.1.example.com/",
        "ftp://pay.example.com",
        "https://",
        "https://user:password@pay.example.com/",
        "https://pay.example.com/#charges",
        "https://pay.example.com/?key=1",
        "https://[::1",
        "https:///charges",
        "https://:8443/",
        "https://@pay.example.com/",
        "https://pay.example.com:99999/",
        "https://pay.example.com:0/",
        "https://pay.example.com:port/",
        "https://pay.example.com:/",
        "https://pay example.com/",
        "https://pay.example.com/a charge",
        " https://pay.example.com/",
        "https://pay.example.com/\n",
        "https://pay.exam\tple.com/",
        "https://käse.example/",
        "https://pay.example.com/käse",
        "https://pay.example.com\\@evil.example/",
        "https://pay..example.com/",
        "https://-pay.example.com/",
        "https://[nonsense::x]/",
        "https://pay.example.com/?",
        "https://pay.example.com/#",
    ],
)
def test_any_other_address_is_refused(stack: cdk.Stack, url: str) -> None:
    assert violated(stack, url=url) == ["payment_service.url"]
    assert violated(stack, look_up_url=url) == ["payment_service.look_up_url"]


def test_an_address_known_only_at_deployment_is_let_through(stack: cdk.Stack) -> None:
    url = cdk.CfnParameter(stack, "Url").value_as_string
    assert violated(stack, url=url, look_up_url=url) == []
    _, environment = of_consumer(stack, url=url)
    assert environment["PAYMENT_SERVICE_URL"] == {"Ref": "Url"}


def test_a_look_up_and_a_charge_fit_one_turn_of_the_consumer(stack: cdk.Stack) -> None:
    fits = CheckoutTiming(consumer_timeout=seconds(2 * 20 + 8))
    too_short = CheckoutTiming(consumer_timeout=seconds(2 * 20 + 7))
    assert violated(stack, fits, timeout=seconds(20)) == []
    assert violated(stack, too_short, timeout=seconds(20)) == ["timing.consumer_timeout"]


@pytest.mark.parametrize("timeout", [cdk.Duration.millis(500), cdk.Duration.millis(1500)])
def test_a_timeout_is_in_whole_seconds(stack: cdk.Stack, timeout: cdk.Duration) -> None:
    assert violated(stack, timeout=timeout) == ["payment_service.timeout"]


def test_key_retention_is_in_whole_seconds(stack: cdk.Stack) -> None:
    kept = cdk.Duration.millis(86_400_500)
    assert violated(stack, key_retention=kept) == ["payment_service.key_retention"]
    with pytest.raises(CheckoutMisconfiguredError, match="key_retention is 1 day 500 millis"):
        checkout(stack, payment_service=payment_service(stack, key_retention=kept))


def test_keys_are_kept_for_longer_than_the_first_try_can_take(stack: cdk.Stack) -> None:
    timing = CheckoutTiming(tolerated_outage=seconds(1), customer_action_timeout=seconds(60))
    first_try = timing.lease.to_seconds() + 10
    assert violated(stack, timing, key_retention=seconds(first_try + 60)) == []
    assert violated(stack, timing, key_retention=seconds(first_try)) == [
        "payment_service.key_retention"
    ]


def test_a_buyer_acts_while_what_they_did_can_still_be_learned(stack: cdk.Stack) -> None:
    kept = cdk.Duration.hours(2)
    longest = kept.to_seconds() - CheckoutTiming().lease.to_seconds() - 10
    fits = CheckoutTiming(customer_action_timeout=seconds(longest))
    too_long = CheckoutTiming(customer_action_timeout=seconds(longest + 1))
    url = "https://pay.example.com/look-up"
    assert violated(stack, fits, key_retention=kept) == []
    assert violated(stack, too_long, key_retention=kept) == ["timing.customer_action_timeout"]
    assert violated(stack, too_long, key_retention=kept, look_up_url=url) == []


def test_an_outage_ends_while_a_request_may_still_be_repeated(stack: cdk.Stack) -> None:
    kept = cdk.Duration.hours(2)
    longest = kept.to_seconds() - CheckoutTiming().lease.to_seconds() - 10
    fits = CheckoutTiming(tolerated_outage=seconds(longest))
    too_long = CheckoutTiming(tolerated_outage=seconds(longest + 1))
    assert violated(stack, fits, key_retention=kept) == []
    assert violated(stack, too_long, key_retention=kept) == ["timing.tolerated_outage"]
    assert violated(stack, too_long, key_retention=None) == []


@pytest.mark.parametrize("method", [PaymentService.http, PaymentService.custom])
def test_key_retention_left_out_is_refused_with_what_each_choice_means(
    method: Callable[..., PaymentService],
) -> None:
    with pytest.raises(CheckoutMisconfiguredError) as refused:
        method(url="https://pay.example.com/charges", secret=None)
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"{method.__qualname__}: key_retention is missing; allowed: a Duration")
    assert "also after it answered 4xx or 5xx" in line
    assert "None, where it forgets failed requests, publishes no time, or honours no keys" in line
    assert "; fix: " in line


@pytest.mark.parametrize("name", ["a", "acme-live", "http:pay.example.com/charges", "!~" * 32])
def test_a_name_reaches_those_who_charge(name: str, stack: cdk.Stack) -> None:
    template, _ = of_consumer(stack, name=name, list_url="https://pay.example.com/list")
    for function in ("CheckoutConsumer", "CheckoutReconciler"):
        assert template.environment(function)["PAYMENT_SERVICE_NAME"] == name
    assert "PAYMENT_SERVICE_NAME" not in template.environment("CheckoutChargeAudit")


def test_without_a_name_none_is_told(stack: cdk.Stack) -> None:
    _, environment = of_consumer(stack)
    assert "PAYMENT_SERVICE_NAME" not in environment


@pytest.mark.parametrize("name", ["", "a b", "a\n", "caf\u00e9", "a" * 65])
def test_a_name_that_an_order_cannot_store_is_refused(name: str, stack: cdk.Stack) -> None:
    assert violated(stack, name=name) == ["payment_service.name"]


def test_a_password_in_an_address_is_not_repeated(stack: cdk.Stack) -> None:
    service = payment_service(stack, url="https://shop:hunter2@pay.example.com/charges")
    [row] = [row for row in service.requirements(CheckoutTiming()) if not row.holds]
    assert row.given == "'https://***@pay.example.com/charges', which holds a user name"


@pytest.mark.parametrize(
    "url", ["https://shop:hunter2/x@pay.example.com/", "https://pay.example.com/?key=hunter2"]
)
def test_no_error_quotes_a_secret_of_a_url(stack: cdk.Stack, url: str) -> None:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        checkout(stack, payment_service=payment_service(stack, url=url))
    assert "hunter2" not in str(misconfigured.value)


def test_a_host_in_another_script_is_to_be_given_in_punycode(stack: cdk.Stack) -> None:
    url = "https://käse.example/charges"
    with pytest.raises(CheckoutMisconfiguredError, match="write a host name in punycode"):
        checkout(stack, payment_service=payment_service(stack, url=url))
    assert violated(stack, url="https://xn--kse-qla.example/charges") == []


def test_a_service_that_does_not_honour_keys_is_told_apart_by_zero(stack: cdk.Stack) -> None:
    assert violated(stack, key_retention=None) == []
    _, environment = of_consumer(stack, key_retention=None)
    assert environment["PAYMENT_KEY_RETENTION_SECONDS"] == "0"


def test_without_a_look_up_the_function_has_no_look_up_address(stack: cdk.Stack) -> None:
    _, environment = of_consumer(stack)
    assert "PAYMENT_SERVICE_LOOK_UP_URL" not in environment


def test_durations_reach_the_function_in_seconds(stack: cdk.Stack) -> None:
    _, environment = of_consumer(stack, timeout=seconds(7), key_retention=cdk.Duration.days(30))
    assert environment["PAYMENT_SERVICE_TIMEOUT_SECONDS"] == "7"
    assert environment["PAYMENT_KEY_RETENTION_SECONDS"] == str(30 * 24 * 3600)


def test_durations_known_only_at_deployment_are_let_through(stack: cdk.Stack) -> None:
    days = cdk.CfnParameter(stack, "Kept", type="Number").value_as_number
    _, environment = of_consumer(stack, timeout=seconds(days), key_retention=seconds(days))
    assert environment["PAYMENT_SERVICE_TIMEOUT_SECONDS"] == {"Ref": "Kept"}
    assert environment["PAYMENT_KEY_RETENTION_SECONDS"] == {"Ref": "Kept"}


def test_a_secret_imported_by_name_is_readable_whatever_suffix_it_got(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Named", "payment")
    template, _ = of_consumer(stack, secret=secret)
    readable = [
        resource
        for action, resource in template.permissions("CheckoutConsumer")
        if action == "secretsmanager:GetSecretValue"
    ]
    assert len(readable) == 1
    assert readable[0].endswith(":secret:payment-??????")


def test_a_secret_under_a_key_of_ones_own_can_be_decrypted_through_secrets_manager_only(
    stack: cdk.Stack,
) -> None:
    key = kms.Key(stack, "Key")
    template, _ = of_consumer(stack, secret=secretsmanager.Secret(stack, "Own", encryption_key=key))
    consumer = template.logical_id("AWS::IAM::Role", "CheckoutConsumer")
    statements = template.one("AWS::KMS::Key", "Key")["KeyPolicy"]["Statement"]
    (decrypt,) = (
        each
        for each in statements
        if each["Principal"] == {"AWS": {"Fn::GetAtt": [consumer, "Arn"]}}
    )
    assert decrypt["Action"] == "kms:Decrypt"
    assert "kms:ViaService" in decrypt["Condition"]["StringEquals"]


def test_a_service_that_can_give_an_attempt_up_is_told_where(stack: cdk.Stack) -> None:
    _, environment = of_consumer(stack, cancel_url="https://pay.example.com/cancel")
    assert environment["PAYMENT_SERVICE_CANCEL_URL"] == "https://pay.example.com/cancel"
    assert violated(stack, cancel_url="http://pay.example.com") == ["payment_service.cancel_url"]


@pytest.mark.parametrize("name", ["cancel_url", "refund_url", "capture_url"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_what_is_no_charge_is_not_asked_for_where_charges_are_made(
    name: str, slash: str, stack: cdk.Stack
) -> None:
    # The address is all that tells two requests by POST apart.
    charges = "https://pay.example.com/charges"
    taken: dict[str, Any] = {"url": charges, name: f"{charges}{slash}"}
    assert violated(stack, **taken) == [f"payment_service.{name}"]
    of_their_own: dict[str, Any] = {name: f"{charges}/{name}"}
    assert violated(stack, url=charges, look_up_url=charges, **of_their_own) == []
