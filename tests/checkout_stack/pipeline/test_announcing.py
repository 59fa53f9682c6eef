"""Outcomes are announced where a bus is given: by two functions, and told by one more."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events

from checkout_stack import CheckoutTiming
from checkout_stack.foundation.function_settings import FunctionSettings
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from checkout_stack.pipeline.order_relay import MOST_FILTERS, OrderRelay
from checkout_stack.pipeline.order_table import OrderTable
from checkout_stack.pipeline.payment_consumer import PaymentConsumer
from checkout_stack.pipeline.payment_queue import PaymentQueue
from checkout_stack.pipeline.reconciler import Reconciler
from tests.checkout_stack.synthesized import (
    FUNCTION,
    MAPPING,
    METRIC_FILTER,
    Synthesized,
    payment_service,
    synthesize,
    unchecked_app,
)

ON_THE_BUS = {("events:DescribeEventBus", "Bus.Arn"), ("events:PutEvents", "Bus.Arn")}


@pytest.fixture(scope="module")
def announcing(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """The pipeline with a bus."""
    stack = cdk.Stack(unchecked_app(tmp_path_factory.mktemp("cdk.out")), "Shop")
    pipeline(stack, events.EventBus(stack, "Bus"))
    return synthesize(stack)


def pipeline(stack: cdk.Stack, bus: events.IEventBus | None) -> None:
    orders, timing = OrderTable(stack, "Orders"), CheckoutTiming()
    payments = PaymentQueue(stack, "Payments", timing=timing)
    service = payment_service(stack)
    OrderRelay(
        stack,
        "Relay",
        orders=orders,
        payments=payments,
        settings=FunctionSettings(),
        event_bus=bus,
    )
    PaymentConsumer(
        stack,
        "Consumer",
        orders=orders,
        payments=payments,
        payment_service=service,
        timing=timing,
        concurrent_charges=20,
        unsettled_index_shards="1",
        quarantine_before="0",
        settings=FunctionSettings(),
        event_bus=bus,
    )
    reconciler = Reconciler(
        stack,
        "Reconciler",
        orders=orders,
        payments=payments,
        payment_service=service,
        timing=timing,
        unsettled_index_shards="1",
        quarantine_before="0",
        metric_namespace="Shop",
        settings=FunctionSettings(),
        event_bus=bus,
    )
    assert reconciler.announcements_overdue is reconciler.announcements_overdue
    assert reconciler.oldest_announcement_seconds


def test_every_function_that_stores_outcomes_is_told_of_the_bus(announcing: Synthesized) -> None:
    arn = announcing.arn("AWS::Events::EventBus", "Bus")
    for function in ("Relay", "Consumer", "Reconciler"):
        assert announcing.environment(function)["EVENT_BUS_NAME"] == arn


def test_only_who_announces_may_put_events_and_on_this_bus_alone(announcing: Synthesized) -> None:
    for function, allowed in {
        "Relay": ON_THE_BUS,
        "Consumer": set(),
        "Reconciler": ON_THE_BUS,
    }.items():
        granted = announcing.permissions(function)
        assert {each for each in granted if each[0].startswith("events:")} == allowed


def test_the_relay_may_take_off_an_order_what_it_announced(announcing: Synthesized) -> None:
    table = [(a, r) for a, r in announcing.permissions("Relay") if a == "dynamodb:UpdateItem"]
    assert table == [("dynamodb:UpdateItem", "OrdersTable.Arn")]
    assert announcing.environment("Relay")["ORDER_TABLE_NAME"] == {
        "Ref": announcing.logical_id("AWS::DynamoDB::GlobalTable", "OrdersTable")
    }


def test_a_record_of_an_order_that_owes_invokes_the_relay(announcing: Synthesized) -> None:
    mapping = announcing.one(MAPPING, "Relay")
    patterns = [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]]
    assert patterns[-1] == {
        "eventName": ["MODIFY"],
        "dynamodb": {"NewImage": {"owed": {"SS": [{"exists": True}]}}},
    }
    assert len(patterns) == 4 <= MOST_FILTERS


def test_a_relay_with_more_filters_than_a_mapping_may_have_is_not_made(
    stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkout_stack.pipeline.order_relay.MOST_FILTERS", 3)
    with pytest.raises(AssertionError, match="more filters"):
        pipeline(stack, events.EventBus(stack, "Bus"))


def test_the_gauge_of_announcements_is_a_metric(announcing: Synthesized) -> None:
    for name, field in {
        "AnnouncementsOverdue": "announcements_overdue",
        "OldestAnnouncementSeconds": "oldest_announcement_seconds",
    }.items():
        found = announcing.one(METRIC_FILTER, f"Reconciler{name}")
        [transformation] = found["MetricTransformations"]
        assert transformation["MetricValue"] == f"$.{field}"


def test_without_a_bus_nothing_of_it_is_in_the_template(stack: cdk.Stack) -> None:
    pipeline(stack, None)
    template = synthesize(stack)
    for function in template.of_type(FUNCTION).values():
        assert "EVENT_BUS_NAME" not in function.get("Environment", {}).get("Variables", {})
    assert "ORDER_TABLE_NAME" not in template.environment("Relay")
    text = json.dumps(template.template)
    assert "events:PutEvents" not in text
    assert "owed" not in text


def test_what_is_no_bus_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError, match="event_bus"):
        pipeline(stack, "orders-bus")  # type: ignore[arg-type]
