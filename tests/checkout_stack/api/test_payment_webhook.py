"""A webhook has a route and a function of its own, and takes nothing from who charges."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from checkout_stack import (
    OPEN_ACCESS,
    CheckoutApi,
    FunctionSettings,
    IdempotentCheckout,
    Observability,
    PaymentService,
    PaymentWebhook,
)
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import (
    ALARM,
    FUNCTION,
    METRIC_FILTER,
    Synthesized,
    checkout,
    payment_service,
    root_of,
    synthesize,
    unchecked_app,
)

ROUTE = "AWS::ApiGatewayV2::Route"
STAGE = "AWS::ApiGatewayV2::Stage"
RUNBOOKS = Path(__file__).parents[3] / "docs" / "operate" / "runbooks"
WARNING = "idempotent-checkout:webhook-without-look-up"


def secret(stack: cdk.Stack, name: str = "WebhookSecret") -> secretsmanager.ISecret:
    arn = f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}-AbCdEf"
    return secretsmanager.Secret.from_secret_complete_arn(stack, name, arn)


def asked(stack: cdk.Stack, **changes: Any) -> IdempotentCheckout:
    """A checkout whose payment service can be asked; ``changes`` go to ``IdempotentCheckout``."""
    service = payment_service(stack, look_up_url="https://pay.example.com/charges")
    return checkout(stack, **{"payment_service": service, **changes})


def webhook_of(stack: cdk.Stack, **changes: Any) -> Synthesized:
    made = changes.pop("checkout", None) or asked(stack)
    PaymentWebhook(stack, "Webhook", checkout=made, secret=secret(stack), **changes)
    return synthesize(stack)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """A checkout and its webhook, as they are by default."""
    app = unchecked_app(tmp_path_factory.mktemp("cdk.out"))
    return webhook_of(cdk.Stack(app, "Shop"))


def test_a_webhook_has_an_api_with_one_route_that_asks_for_no_token(template: Synthesized) -> None:
    ((_, route),) = template.of_type(ROUTE).items()
    assert (route["RouteKey"], route["AuthorizationType"]) == ("POST /payment-events", "NONE")
    function = template.one(FUNCTION, "WebhookReceiver")
    assert function["Handler"] == "checkout_runtime.handlers.receive_webhook.handler"
    assert function["Timeout"] < 30, "the function and not the gateway gives up"


def test_what_comes_faster_is_refused_at_the_route_and_never_takes_the_consumers_concurrency(
    stack: cdk.Stack,
) -> None:
    template = webhook_of(stack, concurrency=4)
    assert template.one(FUNCTION, "WebhookReceiver")["ReservedConcurrentExecutions"] == 4
    assert "ReservedConcurrentExecutions" not in template.one(FUNCTION, "CheckoutConsumer")
    stage_id = template.logical_id(STAGE, "WebhookStage")
    assert template.resources[stage_id]["Properties"]["RouteSettings"] == {
        "POST /payment-events": {"ThrottlingRateLimit": 40, "ThrottlingBurstLimit": 80}
    }
    assert template.logical_id(ROUTE, "WebhookRoute") in template.resources[stage_id]["DependsOn"]


def test_an_account_with_little_concurrency_reserves_none_and_functions_may_differ(
    stack: cdk.Stack,
) -> None:
    settings = FunctionSettings(memory_mebibytes=1024)
    template = webhook_of(stack, concurrency=None, functions=settings)
    assert template.one(FUNCTION, "WebhookReceiver")["MemorySize"] == 1024
    assert "ReservedConcurrentExecutions" not in template.one(FUNCTION, "WebhookReceiver")
    assert "RouteSettings" not in template.one(STAGE, "WebhookStage")


def test_the_function_may_look_up_and_store_and_nothing_else(template: Synthesized) -> None:
    own_secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:WebhookSecret-AbCdEf"
    (payment,) = {
        resource
        for action, resource in template.permissions("CheckoutConsumer")
        if action == "secretsmanager:GetSecretValue"
    }
    assert template.permissions("WebhookReceiver") == {
        ("logs:CreateLogStream", "WebhookReceiverLogs.Arn"),
        ("logs:PutLogEvents", "WebhookReceiverLogs.Arn"),
        ("dynamodb:GetItem", "CheckoutOrdersTable.Arn"),
        ("dynamodb:UpdateItem", "CheckoutOrdersTable.Arn"),
        ("secretsmanager:GetSecretValue", payment),
        ("secretsmanager:GetSecretValue", own_secret),
    }


def test_the_function_knows_what_the_reconciler_knows_but_for_the_queue_and_the_schedule(
    template: Synthesized,
) -> None:
    reconciler = template.environment("CheckoutReconciler")
    others = {"PAYMENT_QUEUE_URL", "RECONCILE_AFTER_SECONDS"}
    assert template.environment("WebhookReceiver") == {
        **{name: value for name, value in reconciler.items() if name not in others},
        "WEBHOOK_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:"
        "WebhookSecret-AbCdEf",
    }


def test_the_rest_of_a_checkout_is_as_it_is_without_a_webhook(stack: cdk.Stack) -> None:
    api = CheckoutApi(stack, "Api", checkout=asked(stack), authorizer=OPEN_ACCESS)
    before = dict(synthesize(stack).resources)
    PaymentWebhook(stack, "Webhook", checkout=api.checkout, secret=secret(stack))
    after = Synthesized(_template_again(stack)).resources
    changed = {name for name, each in before.items() if after.get(name) != each}
    assert changed == set()


def _template_again(stack: cdk.Stack) -> dict[str, Any]:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    artifact = app.synth(force=True).get_stack_artifact(stack.artifact_id)
    template: dict[str, Any] = json.loads(Path(artifact.template_full_path).read_text())
    return template


def test_a_given_api_gets_the_route(stack: cdk.Stack) -> None:
    api = CheckoutApi(stack, "Api", checkout=asked(stack), authorizer=OPEN_ACCESS)
    webhook = PaymentWebhook(stack, "Webhook", checkout=api.checkout, secret=secret(stack), api=api)
    template = synthesize(stack)
    assert len(template.of_type("AWS::ApiGatewayV2::Api")) == 1
    assert "POST /payment-events" in {each["RouteKey"] for each in template.of_type(ROUTE).values()}
    stage = template.one(STAGE, "ApiStage")
    assert list(stage["RouteSettings"]) == ["POST /payment-events"]
    assert stack.resolve(webhook.url) == _joined(stack.resolve(api.url), "payment-events")


def _joined(url: dict[str, Any], path: str) -> dict[str, Any]:
    separator, parts = url["Fn::Join"]
    return {"Fn::Join": [separator, [*parts[:-1], f"{parts[-1]}{path}"]]}


def test_a_module_of_ones_own_may_verify_its_webhooks(stack: cdk.Stack) -> None:
    source = Path(__file__).parents[3] / "examples" / "own_payment_service" / "payments"
    service = PaymentService.custom(
        source=source,
        factory="acme_payments:make_payment_service",
        key_retention=cdk.Duration.hours(24),
        environment={"ACME_URL": "https://acme.example"},
    )
    PaymentWebhook(stack, "Webhook", checkout=checkout(stack, payment_service=service))
    environment = synthesize(stack).environment("WebhookReceiver")
    assert environment["WEBHOOK_BY_MODULE"] == "true"
    assert "WEBHOOK_SECRET_ARN" not in environment


def test_outcomes_that_webhooks_bring_count_and_ring_like_all_others(template: Synthesized) -> None:
    log_group = template.logical_id("AWS::Logs::LogGroup", "WebhookReceiverLogs")
    counted = {
        re.findall(r'"(\w+)"', each["FilterPattern"])[0]
        for each in template.of_type(METRIC_FILTER).values()
        if each["LogGroupName"] == {"Ref": log_group}
    }
    assert {"payment_disputed", "webhook_refused", "answer_without_word"} <= counted


@pytest.mark.parametrize(
    ("observability", "alarms"),
    [
        (Observability.minimal(), {"PaymentDisputed"}),
        (
            Observability.standard(),
            {"PaymentDisputed", "WebhooksRefused", "WebhookErrors", "WebhookThrottled"},
        ),
    ],
    ids=["minimal", "standard"],
)
def test_the_alarms_say_what_they_mean_and_name_a_runbook_that_is_there(
    observability: Observability, alarms: set[str], stack: cdk.Stack
) -> None:
    template = webhook_of(stack, checkout=asked(stack, observability=observability))
    found = {
        logical_id.removeprefix("Webhook")[:-8]: each
        for logical_id, each in template.of_type(ALARM).items()
        if logical_id.startswith("Webhook")
    }
    assert set(found) == alarms
    for each in found.values():
        said = re.fullmatch(
            r".{30,}\. Runbook: docs/operate/runbooks/(.+)\.md", each["AlarmDescription"]
        )
        assert said
        assert (RUNBOOKS / f"{said[1]}.md").exists()
        assert each["TreatMissingData"] == "notBreaching"


def refused(scope: Construct, **given: Any) -> list[str]:
    with pytest.raises(CheckoutMisconfiguredError) as problem:
        PaymentWebhook(scope, "Webhook", **given)
    return [each.property for each in problem.value.violations]


def test_all_violations_are_reported_at_once(stack: cdk.Stack) -> None:
    slow = payment_service(stack, timeout=cdk.Duration.seconds(11))
    mine = checkout(
        stack,
        payment_service=slow,
    )
    other = CheckoutApi(
        cdk.Stack(root_of(stack), "Elsewhere"),
        "Api",
        checkout=checkout(stack, "Other"),
        authorizer=OPEN_ACCESS,
    )
    assert refused(stack, checkout=mine, api=other, concurrency=0) == [
        *("secret", "api", "api", "checkout", "concurrency"),
    ]


def test_the_secret_with_which_charges_are_made_signs_no_webhooks(stack: cdk.Stack) -> None:
    charging = secret(stack, "Charging")
    made = asked(stack, payment_service=payment_service(stack, secret=charging))
    assert refused(stack, checkout=made, secret=charging) == ["secret"]


def test_the_secret_of_another_checkout_or_of_carts_signs_no_webhooks(stack: cdk.Stack) -> None:
    carts = secret(stack, "Carts")
    CheckoutApi(
        stack, "Api", checkout=checkout(stack, "Other"), authorizer=OPEN_ACCESS, cart_secret=carts
    )
    charging, mine = secret(stack, "Charging"), asked(stack)
    checkout(stack, "One", payment_service=payment_service(stack, secret=charging))
    for number, signing in enumerate((carts, charging)):
        beside = Construct(stack, f"Try{number}")
        assert refused(beside, checkout=mine, secret=signing) == ["secret"]


def test_the_secret_of_a_webhook_neither_charges_nor_signs_carts(stack: cdk.Stack) -> None:
    signing = secret(stack)
    made = asked(stack)
    PaymentWebhook(stack, "First", checkout=made, secret=signing)
    with pytest.raises(CheckoutMisconfiguredError, match="secret of the webhook Shop/First, too"):
        CheckoutApi(stack, "Api", checkout=made, authorizer=OPEN_ACCESS, cart_secret=signing)
    with pytest.raises(CheckoutMisconfiguredError, match="webhook secret of Shop/First, too"):
        checkout(stack, "Second", payment_service=payment_service(stack, secret=signing))


def test_an_api_has_one_webhook(stack: cdk.Stack) -> None:
    made = asked(stack)
    api = CheckoutApi(stack, "Api", checkout=made, authorizer=OPEN_ACCESS)
    PaymentWebhook(stack, "First", checkout=made, secret=secret(stack), api=api)
    assert refused(stack, checkout=made, api=api, secret=secret(stack, "Another")) == ["api"]


def test_what_has_no_such_type_is_refused_before_anything_else(stack: cdk.Stack) -> None:
    given: Any = {"checkout": asked(stack), "secret": "whsec_AAAA", "functions": {}}
    assert refused(stack, **given) == ["secret", "functions"]


def test_a_payment_service_that_cannot_be_asked_is_warned_of(stack: cdk.Stack) -> None:
    PaymentWebhook(stack, "Webhook", checkout=checkout(stack), secret=secret(stack))
    warnings = [each.data for each in stack.node.find_child("Webhook").node.metadata]
    assert any(WARNING in str(each) for each in warnings)
