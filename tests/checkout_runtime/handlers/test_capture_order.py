"""``POST /orders/{order_id}/capture``: what a shop is answered; and the reconciler's own event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.application.capture_order import CaptureOrder
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.handlers import capture_order
from checkout_runtime.handlers.capture_events import answer_about_capturing
from tests.checkout_runtime.adapters.order_stores import IN_STATE
from tests.checkout_runtime.factories import NOW, new_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders
from tests.checkout_runtime.state_events import SetClock

Answer = tuple[int, dict[str, Any], dict[str, str]]


@pytest.fixture
def orders() -> InMemoryOrders:
    return InMemoryOrders()


@pytest.fixture
def capture(orders: InMemoryOrders, monkeypatch: pytest.MonkeyPatch) -> CaptureOrder:
    made = CaptureOrder(orders, orders.holds, SetClock())
    monkeypatch.setenv("SCOPE_FROM", '[["jwt","claims","sub"]]')
    monkeypatch.setattr(capture_order, "_capture_order", lambda: made)
    return made


@pytest.fixture
def held(orders: InMemoryOrders, capture: CaptureOrder) -> Order:
    return IN_STATE[OrderStatus.AUTHORIZED](orders, "key")


def answered(order_id: str, **body: Any) -> Answer:
    event: dict[str, Any] = {
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST"},
            "authorizer": {"jwt": {"claims": {"sub": "shop"}}},
        },
        "pathParameters": {"order_id": order_id},
        "body": json.dumps(body),
    }
    answer = capture_order.handler(event, None)
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def test_a_capture_is_accepted_once(orders: InMemoryOrders, held: Order) -> None:
    status, body, headers = answered(held.order_id, amount=3000)
    assert (status, body["status"], body["amount"]) == (202, "UNKNOWN", 3000)
    assert "Idempotent-Replayed" not in headers
    again, replayed, headers = answered(held.order_id, amount=3000)
    assert (again, replayed, headers["Idempotent-Replayed"]) == (202, body, "true")
    orders.record_capture(orders.by_id[held.order_id], Captured("ch_1", 3000, "EUR"), NOW)
    settled, paid, _ = answered(held.order_id, amount=3000)
    assert (settled, paid["status"], paid["captured_amount"]) == (200, "PAID", 3000)


def test_without_an_amount_all_is_asked_for(held: Order) -> None:
    assert answered(held.order_id)[1]["amount"] == held.amount
    assert answered(held.order_id)[0] == 202


def test_who_asked_is_kept_as_a_digest(orders: InMemoryOrders, held: Order) -> None:
    answered(held.order_id)
    asked_by = orders.by_id[held.order_id].capture_asked_by
    assert asked_by is not None
    assert "shop" not in asked_by


@pytest.mark.usefixtures("capture")
@pytest.mark.parametrize(
    ("state", "why", "retry"),
    [
        (OrderStatus.UNKNOWN, "not_held_yet", "60"),
        (OrderStatus.DECLINED, "not_held", None),
        (OrderStatus.NEEDS_REVIEW, "in_review", None),
    ],
)
def test_a_refusal_says_why_and_whether_to_ask_again(
    state: OrderStatus, why: str, retry: str | None, orders: InMemoryOrders
) -> None:
    order = IN_STATE[state](orders, "key")
    status, body, headers = answered(order.order_id)
    assert (status, body["why"], body["order_status"]) == (409, why, state.value)
    assert headers.get("Retry-After") == retry


def test_more_than_is_held_and_another_amount_are_refused(held: Order) -> None:
    assert answered(held.order_id, amount=held.amount + 1)[1]["why"] == "more_than_held"
    answered(held.order_id, amount=1)
    assert answered(held.order_id, amount=2)[1]["why"] == "another_amount"


@pytest.mark.parametrize(
    "body", [{"amount": 0}, {"amount": "42"}, {"amount": None}, {"amount": 1, "x": 1}, {"x": 1}]
)
def test_wrong_fields_are_named(body: dict[str, Any], held: Order) -> None:
    status, problem, _ = answered(held.order_id, **body)
    assert (status, bool(problem["errors"])) == (422, True)


@pytest.mark.usefixtures("capture")
def test_an_unknown_order_is_not_found() -> None:
    assert answered(new_order("another").order_id)[0] == 404


# The reconciler's event


def asked(capture: CaptureOrder, order: Order, **more: Any) -> dict[str, Any]:
    return answer_about_capturing(capture, {"order_id": order.order_id, "by": "ada", **more})


def test_an_operator_is_told_first_and_then_it_is_done_once(
    capture: CaptureOrder, orders: InMemoryOrders, held: Order
) -> None:
    assert asked(capture, held)["done"] == "would capture"
    assert orders.by_id[held.order_id] == held
    done = asked(capture, held, amount=3000, dry_run=False)
    assert (done["done"], done["status"]) == ("accepted", "UNKNOWN")
    assert asked(capture, held, amount=3000, dry_run=False)["done"] == "asked for before"
    refused = asked(capture, held, amount=1)
    assert (refused["done"], refused["detail"]) == ("refused", "another_amount")
    assert asked(capture, new_order("another"))["detail"] == "no such order"


@pytest.mark.parametrize("wrong", [{"order_id": "x"}, {"by": ""}, {"amount": 0}], ids=str)
def test_a_wrong_event_is_refused(
    wrong: dict[str, Any], capture: CaptureOrder, held: Order
) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        asked(capture, held, **wrong)
