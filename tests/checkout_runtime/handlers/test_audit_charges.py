"""An audit as the schedule starts it, and as an operator asks for it; neither charges or writes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.audit_ports import ChargesNotListedError
from checkout_runtime.domain.charge_audit import MARGIN_MS
from checkout_runtime.domain.identity import payment_key
from checkout_runtime.domain.order import OrderStatus
from tests.checkout_runtime.adapters.answering_server import AnsweringServer
from tests.checkout_runtime.adapters.order_stores import IN_STATE, OnDynamoDb
from tests.checkout_runtime.factories import HOUR, NOW
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches
from tests.checkout_runtime.handlers.queue_events import Context

DAY = 24 * HOUR
PATIENCE_HOURS = 25
MIDNIGHT = NOW // DAY * DAY
CHARGE = {"charge_id": "ch_1", "amount": 4200, "currency": "EUR", "captured_at": NOW}
AROUND = {"from": NOW - HOUR, "before": NOW + HOUR}


class MovedClock(SystemClock):
    """The handlers' clock, some time after the orders of these tests were paid."""

    time = MIDNIGHT + 2 * DAY + 3 * HOUR

    def now(self) -> int:
        return self.time


@pytest.fixture
def store(
    functions: Functions,
    service: AnsweringServer,
    own_table: str,
    dynamodb: BotocoreService,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OnDynamoDb]:
    """The orders of a table that no other test has, and a payment service that lists nothing."""
    monkeypatch.setenv("ORDER_TABLE_NAME", own_table)
    monkeypatch.setenv("AUDIT_PATIENCE_SECONDS", str(PATIENCE_HOURS * 60 * 60))
    monkeypatch.setenv("PAYMENT_SERVICE_LIST_URL", service.url)
    monkeypatch.delenv("PAYMENT_SERVICE_URL")
    monkeypatch.setattr("checkout_runtime.handlers.audit_charges.system_clock", MovedClock)
    clear_caches()
    service.say(200, {"charges": [], "next": None})
    yield OnDynamoDb(dynamodb, own_table)
    clear_caches()


def paid(store: OnDynamoDb) -> str:
    return IN_STATE[OrderStatus.PAID](store, "k1").order_id


def test_the_schedule_audits_the_last_day_whose_orders_should_be_settled(
    functions: Functions, store: OnDynamoDb, service: AnsweringServer
) -> None:
    order_id = paid(store)
    service.say(200, {"charges": [{**CHARGE, "key": payment_key(order_id, 1)}], "next": None})
    answer = functions.audit_charges({"source": "aws.events", "detail": {}}, Context(900))
    assert answer == {
        "from": MIDNIGHT,
        "before": MIDNIGHT + DAY,
        "charges": 1,
        "foreign": 0,
        "orders": 1,
        "mismatches": 0,
        "listed": [],
        "finished": True,
        "go_on_after": None,
        "openings_given_up": 0,
    }
    asked = parse_qs(service.target.partition("?")[2])
    assert asked == {
        "captured_from": [str(MIDNIGHT - MARGIN_MS)],
        "captured_before": [str(MIDNIGHT + DAY + MARGIN_MS)],
    }


@pytest.mark.parametrize("hour", [0, 1, 3, 23])
def test_the_day_has_ended_for_longer_than_an_order_may_take(
    hour: int, functions: Functions, store: OnDynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MovedClock, "time", MIDNIGHT + hour * HOUR)
    answer = functions.audit_charges({}, Context(900))
    assert answer["before"] % DAY == 0
    assert answer["before"] - answer["from"] == DAY
    assert PATIENCE_HOURS * HOUR <= MovedClock.time - answer["before"] < PATIENCE_HOURS * HOUR + DAY


def test_an_order_that_is_paid_without_a_charge_is_told_with_what_to_do(
    functions: Functions, store: OnDynamoDb
) -> None:
    order_id = paid(store)
    answer = functions.audit_charges(AROUND, Context(900))
    [mismatch] = answer["listed"]
    assert (answer["from"], answer["before"]) == (AROUND["from"], AROUND["before"])
    assert (mismatch["kind"], mismatch["order_id"], mismatch["charge_id"]) == (
        "paid_without_charge",
        order_id,
        "ch_1",
    )
    assert f"checkout orders show {order_id}" in mismatch["what_to_do"]
    assert json.loads(json.dumps(answer)) == answer
    assert "cus_1" not in json.dumps(answer)


def test_an_audit_reads_and_does_nothing_else(
    functions: Functions, store: OnDynamoDb, service: AnsweringServer, own_table: str
) -> None:
    order_id = paid(store)
    service.say(200, {"charges": [{**CHARGE, "key": payment_key(order_id, 2)}], "next": None})
    functions.audit_charges(AROUND, Context(900))
    assert set(functions.calls) == {"BatchGetItem", "Scan"}
    assert service.requests
    assert all(request.startswith(b"GET ") for request in service.requests)


def test_a_list_that_cannot_be_had_fails_the_run(
    functions: Functions, store: OnDynamoDb, service: AnsweringServer
) -> None:
    service.say(503, {})
    with pytest.raises(ChargesNotListedError, match="http_503"):
        functions.audit_charges({}, Context(900))


def test_a_run_without_time_says_that_it_did_not_finish(
    functions: Functions, store: OnDynamoDb
) -> None:
    assert functions.audit_charges({}, Context(1))["finished"] is False


def test_a_run_goes_on_where_another_stopped(functions: Functions, store: OnDynamoDb) -> None:
    order_id = paid(store)
    again = functions.audit_charges({**AROUND, "go_on_after": order_id}, Context(900))
    assert (again["orders"], again["finished"]) == (0, True)


@pytest.mark.parametrize(
    "event",
    [
        {"from": NOW},
        {"before": NOW},
        {"from": NOW, "before": NOW},
        {"from": NOW, "before": NOW - 1},
        {"from": -1, "before": NOW},
        {"from": NOW, "before": MovedClock.time + 1},
        {"from": "2026-11-21", "before": "2026-11-22"},
        {"from": True, "before": NOW},
        {"from": 1.5, "before": NOW},
        {"from": None, "before": None},
        {**AROUND, "go_on_after": 7},
        {**AROUND, "go_on_after": ""},
    ],
    ids=str,
)
def test_what_is_no_window_is_refused_before_anything_is_asked(
    event: dict[str, Any], functions: Functions, store: OnDynamoDb, service: AnsweringServer
) -> None:
    with pytest.raises(ValueError, match="give"):
        functions.audit_charges(event, Context(900))
    assert service.requests == []


def test_the_log_of_a_run_is_what_the_metrics_count_and_holds_nothing_of_the_buyer(
    functions: Functions, store: OnDynamoDb, caplog: pytest.LogCaptureFixture
) -> None:
    paid(store)
    caplog.set_level(logging.INFO, logger="checkout_runtime")
    functions.audit_charges(AROUND, Context(900))
    written = [json.loads(JsonFormatter().format(each)) for each in caplog.records]
    ours = [each for each in written if "event" in each]
    assert [each["event"] for each in ours] == ["charge_mismatch", "charges_audited"]
    assert ours[0]["kind"] == "paid_without_charge"
    assert ours[0]["correlation_id"] == "req_1"
    assert ours[1]["finished"] is True, "the filter of finished runs reads IS TRUE"
    for private in ("cus_1", "pm_1", "mug", "4200"):
        assert private not in json.dumps(ours)


def test_a_service_that_cannot_list_is_a_defect_that_is_told(
    functions: Functions, store: OnDynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_SERVICE_KIND", "barter")
    clear_caches()
    with pytest.raises(ValueError, match="barter"):
        functions.audit_charges({}, Context(900))
