"""Outcomes are announced on a bus that is given or made, with an archive or without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs

from checkout_runtime.domain import announcement
from checkout_runtime.events.order_events import KINDS
from checkout_runtime.events.order_events import SOURCE as SOURCE_THAT_IS_READ
from checkout_stack import CheckoutStack, OrderEventKind, OrderEvents
from checkout_stack.events.order_events import SOURCE
from checkout_stack.foundation.requirements import CheckoutMisconfiguredError
from tests.checkout_stack.synthesized import (
    Synthesized,
    checkout,
    root_of,
    synthesize,
    unchecked_app,
)

BUS, ARCHIVE, RULE = "AWS::Events::EventBus", "AWS::Events::Archive", "AWS::Events::Rule"
LAYER = "AWS::Lambda::LayerVersion"
ANNOUNCING = ("CheckoutRelay", "CheckoutConsumer", "CheckoutReconciler")


def queue_target(stack: cdk.Stack, name: str = "ToShip") -> targets.SqsQueue:
    return targets.SqsQueue(sqs.Queue(stack, name))


def names_of_the_bus(template: Synthesized) -> list[Any]:
    return [template.environment(each).get("EVENT_BUS_NAME") for each in ANNOUNCING]


def refused(stack: cdk.Stack, order_events: object) -> dict[str, str]:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        checkout(stack, order_events=order_events)
    return {each.property: str(each.given) for each in misconfigured.value.violations}


class Shop:
    """A checkout with a bus of its own, a rule on it, and a consumer in another stack."""

    def __init__(self, directory: Path) -> None:
        self.app = unchecked_app(directory)
        self.stack = cdk.Stack(self.app, "Shop")
        self.checkout = checkout(self.stack, order_events=OrderEvents.to_event_bus())
        kinds = [OrderEventKind.PAID, OrderEventKind.DISPUTED]
        self.rule = self.checkout.on_event("Ship", kinds, queue_target(self.stack))
        self.other = cdk.Stack(self.app, "Books")
        target = queue_target(self.other)
        self.checkout.on_event("Book", list(OrderEventKind), target, scope=self.other)
        self.layers = [OrderEvents.reader_layer(each) for each in (self.stack, self.checkout)]
        self.template = synthesize(self.stack)
        self.template_of_other = synthesize(self.other)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def test_a_bus_is_made_with_a_name_of_its_stack(shop: Shop) -> None:
    bus = shop.template.one(BUS, "CheckoutEventsBus")
    assert str(bus["Name"]).startswith("Shop-Checkout-Events-")
    assert shop.checkout.event_bus is not None
    assert shop.stack.resolve(shop.checkout.event_bus.event_bus_name) == {
        "Ref": shop.template.logical_id(BUS, "CheckoutEventsBus")
    }
    assert not shop.template.of_type(ARCHIVE)
    names = names_of_the_bus(shop.template)
    assert len(set(map(str, names))) == 1
    assert None not in names


def test_a_bus_that_is_given_is_taken_and_archived_for_so_many_days(stack: cdk.Stack) -> None:
    bus = events.EventBus.from_event_bus_name(stack, "Company", "company")
    order_events = OrderEvents.to_event_bus(bus, archive_for=cdk.Duration.hours(72))
    assert checkout(stack, order_events=order_events).event_bus is bus
    template = synthesize(stack)
    assert not template.of_type(BUS)
    assert None not in names_of_the_bus(template)
    archive = template.one(ARCHIVE, "CheckoutEventsArchive")
    assert archive["RetentionDays"] == 3
    assert archive["EventPattern"] == {"source": ["idempotent-checkout"]}


def test_without_order_events_no_function_knows_a_bus(
    example: Synthesized, example_stack: CheckoutStack
) -> None:
    assert example_stack.checkout.event_bus is None
    assert names_of_the_bus(example) == [None, None, None]
    assert not {*example.of_type(BUS), *example.of_type(ARCHIVE)}


@pytest.mark.parametrize(
    ("archive_for", "given"),
    [
        (cdk.Duration.days(0), "0 seconds"),
        (cdk.Duration.hours(12), "43200 seconds"),
        (cdk.Duration.hours(25), "90000 seconds"),
        (cdk.Duration.millis(1500), "1.5 seconds"),
    ],
)
def test_an_archive_that_counts_in_no_whole_days_is_refused(
    archive_for: cdk.Duration, given: str, stack: cdk.Stack
) -> None:
    order_events = OrderEvents.to_event_bus(archive_for=archive_for)
    assert refused(stack, order_events) == {"order_events.archive_for": given}


def test_an_archive_for_a_time_not_known_at_synth_is_refused(stack: cdk.Stack) -> None:
    days = cdk.CfnParameter(stack, "Days", type="Number").value_as_number
    order_events = OrderEvents.to_event_bus(archive_for=cdk.Duration.days(days))
    assert refused(stack, order_events) == {"order_events.archive_for": "a token"}


def test_what_is_no_bus_and_no_duration_is_refused_all_at_once(stack: cdk.Stack) -> None:
    wrong: Any = ("company", 30)
    order_events = OrderEvents.to_event_bus(wrong[0], archive_for=wrong[1])
    assert refused(stack, order_events) == {
        "order_events.bus": "a str",
        "order_events.archive_for": "an int",
    }


def test_a_bus_in_place_of_order_events_is_refused(stack: cdk.Stack) -> None:
    bus = events.EventBus(stack, "Company")
    assert refused(stack, bus) == {"order_events": "an EventBus"}


@pytest.mark.parametrize(("region", "account"), [("us-east-1", "1" * 12), ("eu-west-1", "2" * 12)])
def test_a_bus_elsewhere_is_refused(region: str, account: str, stack: cdk.Stack) -> None:
    here = cdk.Stack(
        root_of(stack), "Here", env=cdk.Environment(account="1" * 12, region="eu-west-1")
    )
    arn = f"arn:aws:events:{region}:{account}:event-bus/company"
    bus = events.EventBus.from_event_bus_arn(here, "Company", arn)
    assert list(refused(here, OrderEvents.to_event_bus(bus))) == ["order_events.bus"]


def test_a_rule_hands_the_events_of_some_kinds_to_a_target(shop: Shop) -> None:
    assert shop.rule.node.path == "Shop/Checkout/Ship"
    written = shop.template.one(RULE, "CheckoutShip")
    assert written["EventBusName"] == {"Ref": shop.template.logical_id(BUS, "CheckoutEventsBus")}
    assert written["EventPattern"] == {
        "source": ["idempotent-checkout"],
        "detail-type": ["OrderPaid", "OrderDisputed"],
    }
    assert written["Description"] == "Events of a checkout: OrderPaid, OrderDisputed."
    assert len(written["Targets"]) == 1


def test_a_rule_can_be_in_the_stack_of_its_consumer(shop: Shop) -> None:
    [rule] = shop.template_of_other.of_type(RULE).values()
    assert "Fn::ImportValue" in rule["EventBusName"]
    assert len(rule["EventPattern"]["detail-type"]) == len(OrderEventKind)


def test_there_is_no_rule_without_a_bus_or_without_a_kind(stack: cdk.Stack) -> None:
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        checkout(stack).on_event("Paid", [], queue_target(stack))
    assert [each.property for each in misconfigured.value.violations] == ["order_events", "kinds"]


def test_kinds_and_targets_are_no_text(stack: cdk.Stack) -> None:
    made = checkout(stack, order_events=OrderEvents.to_event_bus())
    wrong: Any = (["OrderPaid"], "queue", "Shop")
    with pytest.raises(CheckoutMisconfiguredError) as misconfigured:
        made.on_event("Paid", wrong[0], wrong[1], scope=wrong[2])
    found = [each.property for each in misconfigured.value.violations]
    assert found == ["kinds", "target", "scope"]


def test_the_constructs_the_functions_and_the_reader_mean_the_same_events() -> None:
    assert {each.value for each in OrderEventKind} == set(KINDS)
    assert SOURCE == SOURCE_THAT_IS_READ
    assert {getattr(announcement, each) for each in dir(announcement) if each[:6] == "ORDER_"} <= (
        set(KINDS)
    )


def test_a_stack_has_one_layer_that_reads_events(shop: Shop) -> None:
    assert shop.layers[0] is shop.layers[1]
    [layer] = shop.template.of_type(LAYER).values()
    assert layer["CompatibleRuntimes"] == ["python3.11", "python3.12", "python3.13"]
    [staged] = Path(shop.app.outdir).glob("asset.*/python/checkout_runtime")
    files = {each.relative_to(staged).as_posix() for each in staged.rglob("*.*")}
    assert {"events/inbox.py", "events/json_schemas/OrderPaid-1.json", "py.typed"} <= files
    assert not [each for each in files if each.startswith("conformance") or each.endswith(".pyc")]
