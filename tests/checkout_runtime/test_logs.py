"""What the functions log over a whole flow, as Lambda's own formatter writes it."""

from __future__ import annotations

import json
import logging
from functools import cached_property
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import OrderLine
from checkout_runtime.domain.outcomes import ActionRequired, Captured, Declined
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.checkout_world import (
    CheckoutWorld,
    message_of,
)
from tests.checkout_runtime.factories import DEADLINE
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb
from tests.checkout_runtime.ledger_payments import LOST
from tests.checkout_runtime.use_cases import RECONCILE_AFTER_SECONDS

PRIVATE = {"customer": "CUSTOMER-7", "payment_method": "METHOD-7"}
SKU, PRINCIPAL, KEY, ACTION_URL = "SKU-7", "PRINCIPAL-7", "KEY-7", "https://bank.example.com/URL-7"
REFUND_GAUGE_FIELDS = {"refunds_needing_review", "oldest_refund_seconds"}
"""Of a record of its own, where refunds can be asked for."""
GAUGE_FIELDS = {
    *("orders_unsettled", "oldest_unsettled_seconds", "orders_needing_review"),
    *("announcements_overdue", "oldest_announcement_seconds", "holds_lapsing"),
}


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Every record of a flow that meets every outcome and every trouble, as Lambda writes it."""
    caplog.set_level(logging.DEBUG, logger="checkout_runtime")
    world = CheckoutWorld(empty_dynamodb(), ORDER_TABLE)
    _live(world)
    ours = [record for record in caplog.records if record.name.startswith("checkout_runtime")]
    return [json.loads(JsonFormatter().format(record)) for record in ours]


def _live(world: CheckoutWorld) -> None:
    private: dict[str, Any] = {**PRIVATE, "lines": (OrderLine(SKU, 1),)}
    world.submit(KEY, PRINCIPAL, **private)
    world.submit(KEY, PRINCIPAL, **private)
    world.submit(KEY, PRINCIPAL, amount=1)
    orders = [world.place(**private) for _ in range(8)]
    world.relay([PaymentMessage(order.order_id, 1) for order in orders])
    world.payments.next_answers = [
        Declined("no_funds"),
        ActionRequired(ACTION_URL),
        LOST,
        Captured("ch_9", 1, "EUR"),
    ]
    for order in orders[:4]:
        world.deliver(order)
        world.deliver(order)
    world.start_attempt(orders[0], method="METHOD-7-OTHER")
    world.start_attempt(orders[0], method="METHOD-7-OTHER")
    world.outcomes.record_capture(orders[5], Captured("ch_8", 1, "EUR"), world.clock.now())
    world.settle.store(world.claim(orders[6]), Captured("ch_7", 4200, "EUR"), deadline=DEADLINE)
    world.settle.store(replace(orders[6], claim_epoch=0), Declined("late"), deadline=DEADLINE)
    world.resume(orders[1])
    world.process(replace(message_of(orders[7]), body='{"customer":"CUSTOMER-7"}'))
    world.process(message_of(orders[7]), seconds=1)
    world.orders.fail("claim")
    world.queue.fail("make_visible_after")
    world.deliver(orders[7])
    world.orders.heal()
    world.queue.heal()
    world.let_pass(RECONCILE_AFTER_SECONDS)
    world.unsettled.fail("begin_resend", orders[7].order_id)
    world.reconcile()
    world.let_pass(25 * 60 * 60)
    world.reconcile()
    world.reconciler.release([order.order_id for order in orders])


def test_no_record_holds_what_is_the_buyers(records: list[dict[str, Any]]) -> None:
    log = json.dumps(records)
    for secret in ("CUSTOMER-7", "METHOD-7", SKU, PRINCIPAL, KEY, "URL-7"):
        assert secret not in log


def test_every_record_names_its_event_at_top_level(records: list[dict[str, Any]]) -> None:
    assert [record for record in records if not record.get("event")] == []
    assert all(record["message"] == record["event"] for record in records)


def test_the_flow_meets_every_event_that_the_application_knows(
    records: list[dict[str, Any]],
) -> None:
    assert {record["event"] for record in records} >= {
        *("order_accepted", "order_replayed", "order_mismatched"),
        *("charge_answered", "charge_captured", "charge_declined", "charge_action_required"),
        *("charge_unknown", "order_needs_review", "claim_lost", "payment_attempt_started"),
        *("payment_attempt_replayed", "payment_resumed", "message_unreadable", "message_failed"),
        *("message_handed_back", "message_duplicate", "hand_back_failed", "order_resent"),
        *("reconcile_failed", "checkout_gauge", "order_released"),
    }


def test_every_record_about_an_order_names_it(records: list[dict[str, Any]]) -> None:
    about_something_else = {
        *("message_unreadable", "message_failed"),
        *("hand_back_failed", "checkout_gauge"),
    }
    for record in records:
        assert "order_id" in record or record["event"] in about_something_else, record


def test_the_charge_is_logged_under_the_name_of_the_request_that_placed_the_order(
    records: list[dict[str, Any]],
) -> None:
    named = {record["event"] for record in records if record.get("correlation_id") == "req_1"}
    assert named >= {
        *("charge_answered", "charge_captured", "charge_declined", "charge_action_required"),
        *("charge_unknown", "order_needs_review", "claim_lost", "message_duplicate"),
        *("payment_attempt_started", "payment_resumed", "order_resent", "order_released"),
    }


def test_an_order_that_is_paid_at_once_takes_three_records_and_none_says_a_thing_twice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="checkout_runtime")
    world = CheckoutWorld(empty_dynamodb(), ORDER_TABLE)
    order = world.place()
    world.relay([PaymentMessage(order.order_id, 1)])
    world.deliver(order)
    written = [json.loads(JsonFormatter().format(each)) for each in caplog.records]
    assert [each["event"] for each in written] == [
        *("order_accepted", "charge_answered", "charge_captured")
    ]
    for each in written:
        said = [value for name, value in each.items() if name not in ("message", "event")]
        assert len({str(value) for value in said}) == len(said), each
        assert "status" not in each, "the event names it"


def test_a_duplicate_message_says_in_which_state_its_order_is(
    records: list[dict[str, Any]],
) -> None:
    duplicates = [each for each in records if each["event"] == "message_duplicate"]
    assert duplicates
    assert all(each["status"] for each in duplicates)


def test_the_gauge_keeps_the_fields_that_the_metric_filters_read(
    records: list[dict[str, Any]],
) -> None:
    from checkout_stack.pipeline.reconciler import Reconciler  # starts Node, for this test alone

    gauges = [record for record in records if record["event"] == "checkout_gauge"]
    assert len(gauges) == 2
    for gauge in gauges:
        assert {name for name in GAUGE_FIELDS if isinstance(gauge[name], int)} == GAUGE_FIELDS
    declared = {
        name for name, each in vars(Reconciler).items() if isinstance(each, cached_property)
    }
    assert declared == GAUGE_FIELDS | REFUND_GAUGE_FIELDS
