"""The simulated deployment is the one that the construct makes."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.refund import RefundStatus
from checkout_stack import CheckoutTiming, PaymentService
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.pipeline.order_relay import OrderRelay
from checkout_stack.pipeline.order_table import OrderTable
from checkout_stack.pipeline.payment_queue import PaymentQueue
from simulator.cases import DAY, MAX_RECEIVES, SECOND, SERVICES
from simulator.deployment import (
    FUNCTION_TIMEOUTS_MS,
    PAYMENT_TIMEOUT_MS,
    VISIBILITY_MS,
    owes,
    settings_for,
    wants_a_message,
)
from tests.checkout_stack.synthesized import (
    FUNCTION,
    MAPPING,
    QUEUE,
    Synthesized,
    checkout,
    payment_service,
    unchecked_app,
)
from tests.checkout_stack.synthesized import synthesize as synthesized

REFUND_URL = "https://pay.example.com/refunds"
OF_THE_AUDIT = {"AUDIT_PATIENCE_SECONDS"}
"""Told only where charges are listed."""
ITS_OWN = {
    "CHECKOUT_NAMESPACE",
    "MAX_PAYMENT_ATTEMPTS",
    "ORDER_TABLE_NAME",
    "PAYMENT_QUEUE_URL",
    "PAYMENT_SERVICE_SECRET_ARN",
    "PAYMENT_SERVICE_URL",
    "PAYMENT_SERVICE_LIST_URL",
    "PAYMENT_SERVICE_LOOK_UP_URL",
    "PAYMENT_SERVICE_CANCEL_URL",
    "QUARANTINE_BEFORE_MS",
    "SCOPE_FROM",
    "UNSETTLED_SHARDS",
    "WEBHOOK_SECRET_ARN",
}
"""Names of things, what only the HTTP API is told, and one shard of the index, not several."""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    stack = an_app(tmp_path_factory)
    checkout(stack)
    return synthesized(stack)


@pytest.fixture(scope="module")
def charging_at_stripe(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    stack = an_app(tmp_path_factory)
    secret = secretsmanager.Secret(stack, "Secret")
    checkout(stack, payment_service=PaymentService.stripe(secret=secret))
    return synthesized(stack)


def an_app(tmp_path_factory: pytest.TempPathFactory) -> cdk.Stack:
    """A stack whose layers are named and not bundled."""
    context: dict[str, Any] = {"aws:cdk:bundling-stacks": []}
    app = unchecked_app(tmp_path_factory.mktemp("cdk.out"), context=context)
    return cdk.Stack(app, "Shop")


@pytest.mark.parametrize(
    ("service", "template"), [("keys only", "deployed"), ("Stripe", "charging_at_stripe")]
)
def test_functions_are_told_what_the_construct_tells_them(
    service: str, template: str, request: pytest.FixtureRequest
) -> None:
    simulated = settings_for(SERVICES[service], quarantine_before=0)
    deployed: Synthesized = request.getfixturevalue(template)
    told: dict[str, Any] = {}
    for function in deployed.of_type(FUNCTION).values():
        told |= function.get("Environment", {}).get("Variables", {})
    compared = simulated.keys() - ITS_OWN - (OF_THE_AUDIT - told.keys())
    assert {name: simulated[name] for name in compared} == {name: told[name] for name in compared}
    assert len(compared) >= 8


def test_the_payment_timeout_is_the_constructs(deployed: Synthesized) -> None:
    told = deployed.environment("CheckoutConsumer")
    assert int(told["PAYMENT_SERVICE_TIMEOUT_SECONDS"]) * SECOND == PAYMENT_TIMEOUT_MS


def test_functions_are_stopped_after_the_constructs_timeouts(deployed: Synthesized) -> None:
    for handler, simulated in FUNCTION_TIMEOUTS_MS.items():
        for function in deployed.of_type(FUNCTION).values():
            if function["Handler"].endswith(f".{handler}.handler"):
                assert function["Timeout"] * SECOND == simulated, handler


def test_the_queue_hides_and_gives_up_messages_as_deployed(deployed: Synthesized) -> None:
    queue = deployed.one(QUEUE, "CheckoutPaymentsQueue")
    assert queue["VisibilityTimeout"] * SECOND == VISIBILITY_MS
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES
    assert queue["MessageRetentionPeriod"] * SECOND == 4 * DAY


@pytest.fixture(scope="module")
def refunding(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    stack = an_app(tmp_path_factory)
    checkout(stack, payment_service=payment_service(stack, refund_url=REFUND_URL))
    return synthesized(stack)


def test_refunds_are_told_of_as_the_construct_does(refunding: Synthesized) -> None:
    with_them = settings_for(SERVICES["keys only"], refunds=True, host="pay.example.com")
    without = settings_for(SERVICES["keys only"], host="pay.example.com")
    told = refunding.environment("CheckoutConsumer")
    more = with_them.keys() - without.keys()
    assert more == {"PAYMENT_SERVICE_REFUNDS", "PAYMENT_SERVICE_REFUND_URL"}
    assert {name: with_them[name] for name in more} == {name: told[name] for name in more}


@pytest.fixture(scope="module")
def announcing(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return relay_alone(tmp_path_factory, operations=False)


@pytest.fixture(scope="module")
def announcing_refunds(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return relay_alone(tmp_path_factory, operations=True)


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return relay_alone(tmp_path_factory, operations=False, holds=True)


def relay_alone(
    tmp_path_factory: pytest.TempPathFactory, *, operations: bool, holds: bool = False
) -> Synthesized:
    stack = an_app(tmp_path_factory)
    OrderRelay(
        stack,
        "Relay",
        orders=OrderTable(stack, "Orders"),
        payments=PaymentQueue(stack, "Payments", timing=CheckoutTiming()),
        settings=FunctionSettings(),
        event_bus=events.EventBus(stack, "Bus"),
        operations=operations,
        holds=holds,
    )
    return synthesized(stack)


def patterns_of(template: Synthesized) -> list[Any]:
    [mapping] = [each for each in template.of_type(MAPPING).values() if "FilterCriteria" in each]
    return [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]]


WITH_A_BUS = ("announcing", "announcing_refunds", "holding")


@pytest.mark.parametrize("event_name", ["INSERT", "MODIFY", "REMOVE"])
@pytest.mark.parametrize(
    "template", ["deployed", "refunding", "announcing", "announcing_refunds", "holding"]
)
def test_the_stream_filter_lets_the_same_records_through(
    event_name: str, template: str, request: pytest.FixtureRequest
) -> None:
    patterns = patterns_of(request.getfixturevalue(template))
    # Without refunds nothing is ever stored as REQUESTED.
    states = [None, *OrderStatus, *(RefundStatus if "refund" in template else ())]
    if template != "holding":
        # Nor is any money held.
        states.remove(OrderStatus.AUTHORIZED)
    for old, new, owed in product(states, states, ([], ["1:OrderPaid:1:1:{}"])):
        record = _record(event_name, old, new, owed)
        matched = any(_matches(pattern, record) for pattern in patterns)
        passes = wants_a_message(record) or (template in WITH_A_BUS and owes(record))
        assert passes == matched, (event_name, old, new, owed)


def _record(event_name: str, old: str | None, new: str | None, owed: list[str]) -> dict[str, Any]:
    images: dict[str, Any] = {}
    if old is not None and event_name != "INSERT":
        images["OldImage"] = {"status": {"S": str(old)}}
    if new is not None and event_name != "REMOVE":
        images["NewImage"] = {"status": {"S": str(new)}}
        if owed:
            images["NewImage"]["owed"] = {"SS": owed}
    return {"eventName": event_name, "dynamodb": images}


def _matches(pattern: Any, value: Any) -> bool:
    """Lambda's event filtering, as far as the pattern uses it."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            _matches(part, value.get(name)) for name, part in pattern.items()
        )
    # The members of a list are values of their own.
    values = value if isinstance(value, list) else [value]
    return any(_rule_holds(rule, each) for rule in pattern for each in values)


def _rule_holds(rule: Any, value: Any) -> bool:
    if rule == {"exists": True}:
        return value is not None
    if isinstance(rule, dict):
        [excluded] = rule["anything-but"]
        return value is not None and value != excluded
    return bool(rule == value)


def test_the_simulator_runs_the_code_that_is_deployed() -> None:
    from checkout_runtime.handlers import dependencies

    assert Path(dependencies.__file__).parts[-4:-1] == ("lambda", "checkout_runtime", "handlers")
