"""Whatever is delivered becomes a typed event, an unknown one, or an error that says why."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from checkout_runtime.domain.record import Record, field_names
from checkout_runtime.events import (
    NotAnOrderEventError,
    OrderActionRequired,
    OrderEvent,
    OrderNeedsReview,
    OrderPaid,
    UnknownEvent,
    order_events,
    read_event,
)
from checkout_runtime.events.order_events import KINDS
from checkout_runtime.events.reading import annotations_of
from tests.checkout_runtime.events.deliveries import COMMON, ORDER_ID, OWN, delivered

AT = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", OWN)
def test_each_kind_is_read_with_everything_that_it_says(kind: str) -> None:
    event = read_event(delivered(kind))
    assert isinstance(event, KINDS[kind])
    assert event.kind == kind
    assert set(field_names(type(event))) == {*COMMON, *OWN[kind]}
    for name, value in {**COMMON, **OWN[kind]}.items():
        told = getattr(event, name)
        read = told if not isinstance(told, datetime) else f"{told:%Y-%m-%dT%H:%M:%S}.000Z"
        assert read == value


def test_every_kind_has_an_example_here() -> None:
    assert set(OWN) == set(KINDS)
    records = [each for each in vars(order_events).values() if isinstance(each, type)]
    assert set(KINDS.values()) == {
        each for each in records if issubclass(each, OrderEvent) and each is not OrderEvent
    }


def test_a_time_is_a_time() -> None:
    event = read_event(delivered("OrderActionRequired", occurred_at="2026-11-27T21:00:00+01:00"))
    assert isinstance(event, OrderActionRequired)
    assert event.occurred_at == AT
    assert event.occurred_at.tzinfo is UTC
    assert (event.act_by - event.occurred_at).total_seconds() == 15 * 60


def test_what_may_be_left_out_is_none_where_it_is_left_out() -> None:
    event = read_event(delivered("OrderNeedsReview", charge_id=None, correlation_id=None))
    assert isinstance(event, OrderNeedsReview)
    assert event.charge_id is None
    assert event.correlation_id is None


@pytest.mark.parametrize("body", [json.dumps, lambda event: json.dumps(event).encode(), dict])
def test_the_body_of_a_message_is_read_as_the_event_that_it_carries(body: Any) -> None:
    assert read_event(body(delivered())) == read_event(delivered())


def test_fields_that_are_not_known_are_ignored() -> None:
    assert read_event(delivered(version=7, tip=100)) == read_event(delivered(version=7))
    event = read_event(delivered(version=7))
    assert isinstance(event, OrderPaid)
    assert event.version == 7


def test_a_kind_that_is_not_known_is_an_event_all_the_same() -> None:
    event = read_event(delivered("OrderGiftWrapped", paper="blue", attempt=None))
    assert isinstance(event, UnknownEvent)
    assert (event.kind, event.id, event.version) == ("OrderGiftWrapped", f"{ORDER_ID}#2", 1)
    assert event.detail["paper"] == "blue"


@pytest.mark.parametrize("changes", [{"charge_id": None}, {"amount": {"EUR": 4999}}])
def test_a_newer_version_in_another_form_is_not_known_and_no_error(changes: Any) -> None:
    event = read_event(delivered(version=2, **changes))
    assert isinstance(event, UnknownEvent)
    assert (event.kind, event.version) == ("OrderPaid", 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"charge_id": None}, "OrderPaid: charge_id is missing, not text"),
        ({"charge_id": ""}, "charge_id is '', not text"),
        ({"amount": "4999"}, "amount is '4999', not a whole number"),
        ({"amount": 49.99}, "amount is 49.99, not a whole number"),
        ({"attempt": True}, "attempt is True, not a whole number"),
        ({"occurred_at": "yesterday"}, "occurred_at is 'yesterday', not a time such as"),
        ({"occurred_at": "2026-11-27T20:00:00"}, "without a time zone"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "not a time such as"),
        ({"occurred_at": 1}, "occurred_at is 1, not a time"),
        ({"correlation_id": 7}, "correlation_id is 7, not text"),
        ({"amount": None, "order_id": 5}, "order_id is 5, not text; amount is missing"),
        ({"id": None}, "no id that is text"),
        ({"version": None}, "no version from 1 up"),
        ({"version": 0}, "no version from 1 up"),
    ],
)
def test_an_event_of_a_known_version_that_lacks_something_is_refused(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(NotAnOrderEventError, match=said):
        read_event(delivered(**changes))


@pytest.mark.parametrize(
    ("envelope", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        (b"\xff", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no JSON object"),
        ("null", "no JSON object"),
        ({}, "its source is missing, not 'idempotent-checkout'"),
        (delivered() | {"source": "aws.ec2"}, "its source is 'aws.ec2'"),
        (delivered() | {"detail-type": None}, "no detail-type"),
        (delivered() | {"detail": "{}"}, "no detail"),
    ],
)
def test_what_is_no_event_of_a_checkout_is_refused_with_the_reason(
    envelope: Any, said: str
) -> None:
    with pytest.raises(NotAnOrderEventError, match=said):
        read_event(envelope)


def test_an_error_quotes_no_more_than_is_needed() -> None:
    with pytest.raises(NotAnOrderEventError) as refused:
        read_event(delivered(amount="9" * 10_000))
    assert len(str(refused.value)) < 200


def test_every_field_of_every_kind_has_a_type_that_can_be_read() -> None:
    types = {type_ for kind in KINDS.values() for type_ in annotations_of(kind).values()}
    assert types == {"str", "int", "datetime", "str | None", "int | None"}
    assert annotations_of(Record) == {}


def test_reading_imports_neither_botocore_nor_schemas() -> None:
    program = (
        "import sys, checkout_runtime.events\n"
        "print([m for m in ('botocore', 'boto3', 'importlib.resources') if m in sys.modules])"
    )
    environment = {"PYTHONPATH": str(order_events.__file__).split("/checkout_runtime")[0]}
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
