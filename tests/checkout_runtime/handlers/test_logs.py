"""The log as Lambda writes it: fields at top level, and nothing that is the buyer's or secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import (  # type: ignore[import-untyped]
    JsonFormatter,
)

from checkout_runtime.domain.outcomes import Captured, Declined, Outcome, Unknown
from checkout_runtime.handlers import place_order
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import HOUR
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.http_requests import placement

PRIVATE = ("cus_private", "pm_private", "sku_private", "alice", "key_private", "sk_test_secret")


class Lines(logging.Handler):
    """Keeps the lines that Lambda's own formatter makes."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def log() -> Iterator[Lines]:
    lines, logger = Lines(), logging.getLogger("checkout_runtime")
    level = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(lines)
    logger.setLevel(level)


def a_life(checkout: Checkout) -> None:
    """Orders that meet every kind of answer, and the reconciler."""
    answers: list[Outcome] = [
        Captured("ch_1", 4200, "EUR"),
        Declined("no_funds"),
        Unknown("http_500"),
        Captured("ch_2", 1, "EUR"),
    ]
    for number, answer in enumerate(answers):
        order = checkout.place(f"key_private_{number}")
        checkout.payments.next_answers = [answer]
        checkout.deliver(checkout.message(order), checkout.message(order))
    checkout.clock.time += HOUR
    checkout.run_reconciler()


def test_every_record_carries_its_event_at_top_level_and_its_order(
    checkout: Checkout, log: Lines
) -> None:
    a_life(checkout)
    events = {record["event"] for record in log.records}
    assert events >= {
        "order_accepted",
        "charge_captured",
        "charge_declined",
        "charge_unknown",
        "order_needs_review",
        "message_duplicate",
        "order_resent",
        "checkout_gauge",
    }
    for record in log.records:
        assert record["message"] == record["event"]
        assert record["event"] == "checkout_gauge" or record["order_id"].startswith("ord_")


def test_the_gauge_is_what_the_metric_filters_read(checkout: Checkout, log: Lines) -> None:
    a_life(checkout)
    [gauge] = [record for record in log.records if record["event"] == "checkout_gauge"]
    for level in ("orders_unsettled", "oldest_unsettled_seconds", "orders_needing_review"):
        assert type(gauge[level]) is int


def test_the_log_holds_nothing_that_is_the_buyers(functions: Functions, log: Lines) -> None:
    lines = [{"sku": "sku_private", "quantity": 1}]
    wishes = {"customer": "cus_private", "payment_method": "pm_private", "lines": lines}
    functions.place_order(placement("key_private", **wishes))
    functions.place_order(placement("key_private", **wishes))
    functions.place_order(placement("key_private", **wishes, amount=1))
    functions.place_order(placement("key_private", **wishes, amount=0))
    functions.place_order({**placement("key_private"), "body": '{"customer": "cus_private'})
    events = [record["event"] for record in log.records]
    assert events == [
        "order_accepted",
        "order_replayed",
        "order_mismatched",
        "order_refused",
        "order_refused",
        "order_refused",
    ]
    assert not [word for word in PRIVATE for line in log.lines if word in line]


def test_a_table_that_is_not_there_is_logged_with_its_cause_and_without_the_order(
    functions: Functions, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_TABLE_NAME", "no-such-table")
    place_order._place_order.cache_clear()
    from checkout_runtime.handlers import dependencies

    dependencies.orders.cache_clear()
    answer = functions.place_order(placement("key_private", customer="cus_private"))
    assert answer["statusCode"] == 500
    record = next(r for r in log.records if r["event"] == "misconfigured")
    assert record["level"] == "ERROR"
    assert record["errorMessage"].startswith("ResourceNotFoundException: ")
    assert not [word for word in PRIVATE for line in log.lines if word in line]


def test_what_is_left_to_say_about_a_broken_message_is_not_its_body(
    checkout: Checkout, log: Lines
) -> None:
    from checkout_runtime.application.process_payments import ReceivedMessage

    checkout.deliver(ReceivedMessage("m", "g", '{"customer":"cus_private"}', "r", 4))
    [record] = log.records
    assert (record["event"], record["message_id"]) == ("message_unreadable", "m")
    assert "cus_private" not in log.lines[0]
