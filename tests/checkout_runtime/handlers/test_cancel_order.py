"""``POST /orders/{order_id}/cancel``: what a buyer is answered; and the reconciler's own event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.application.cancel_order import CancelOrder, WhyNotCancelled
from checkout_runtime.domain.identity import principal_of
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.handlers import cancel_events, cancel_order
from checkout_runtime.handlers.cancel_events import answer_about_cancelling
from tests.checkout_runtime.adapters.order_stores import IN_STATE
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders
from tests.checkout_runtime.state_events import SetClock


@pytest.fixture
def orders() -> InMemoryOrders:
    return InMemoryOrders()


@pytest.fixture
def cancel(orders: InMemoryOrders, monkeypatch: pytest.MonkeyPatch) -> CancelOrder:
    made = CancelOrder(orders, SetClock())
    monkeypatch.setenv("SCOPE_FROM", '[["jwt","claims","sub"]]')
    monkeypatch.setattr(cancel_order, "_cancel_order", lambda: made)
    return made


def answered(order_id: str, sub: str = "ada") -> tuple[int, dict[str, Any], dict[str, str]]:
    event: dict[str, Any] = {
        "headers": {},
        "requestContext": {
            "http": {"method": "POST"},
            "authorizer": {"jwt": {"claims": {"sub": sub}}},
        },
        "pathParameters": {"order_id": order_id},
    }
    answer = cancel_order.handler(event, None)
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def of_ada(orders: InMemoryOrders, status: OrderStatus) -> Order:
    """An order of the buyer who asks."""
    order = IN_STATE[status](orders, "key")
    item = orders._model.call(
        "GetItem", {"TableName": orders._table_name, "Key": {"pk": {"S": order.order_id}}}
    )["Item"]
    item = {**item, "scope": {"S": principal_of(["ada"])}}
    orders._model.call("PutItem", {"TableName": orders._table_name, "Item": item})
    return order


@pytest.mark.usefixtures("cancel")
def test_a_cancelled_order_is_200_and_again_a_replay(orders: InMemoryOrders) -> None:
    order = of_ada(orders, OrderStatus.DECLINED)
    status, body, headers = answered(order.order_id)
    assert (status, body["status"], body["next"]) == (200, "CANCELLED", "none")
    assert body["cancel_reason"] == "asked"
    assert "Idempotent-Replayed" not in headers
    again, replayed, headers = answered(order.order_id)
    assert (again, replayed) == (200, body)
    assert headers["Idempotent-Replayed"] == "true"


@pytest.mark.usefixtures("cancel")
def test_an_order_that_may_be_charged_is_202_and_says_that_it_was_asked(
    orders: InMemoryOrders,
) -> None:
    order = of_ada(orders, OrderStatus.CHARGING)
    status, body, headers = answered(order.order_id)
    assert (status, body["status"], body["cancel_asked"]) == (202, "CHARGING", True)
    assert headers["Retry-After"]
    stored = orders.get(order.order_id)
    assert stored is not None
    assert stored.cancel_asked_by == "buyer"


@pytest.mark.usefixtures("cancel")
@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.NEEDS_REVIEW])
def test_what_cannot_be_cancelled_says_what_there_is_to_do(
    orders: InMemoryOrders, status: OrderStatus
) -> None:
    order = of_ada(orders, status)
    code, problem, headers = answered(order.order_id)
    assert (code, problem["order_status"]) == (409, status.value)
    assert problem["type"].endswith("cannot-cancel")
    assert "shop" in problem["detail"]
    assert "Retry-After" not in headers


@pytest.mark.usefixtures("cancel")
def test_another_buyers_order_is_not_there(orders: InMemoryOrders) -> None:
    order = of_ada(orders, OrderStatus.DECLINED)
    assert answered(order.order_id, sub="ben")[0] == 404
    assert orders.by_id[order.order_id].status is OrderStatus.DECLINED


def test_every_refusal_has_words() -> None:
    for words in (cancel_order._WHAT_TO_DO, cancel_events._WHAT_TO_DO):
        assert words.keys() == set(WhyNotCancelled)


# The reconciler's event


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(
    orders: InMemoryOrders, cancel: CancelOrder
) -> None:
    at_once = IN_STATE[OrderStatus.DECLINED](orders, "a")
    later = IN_STATE[OrderStatus.CHARGING](orders, "b")
    for order, would, done in (
        (at_once, "would cancel", "cancelled"),
        (later, "would ask", "asked"),
    ):
        asked = {"order_id": order.order_id, "by": "ada"}
        assert answer_about_cancelling(cancel, asked)["done"] == would
        assert orders.by_id[order.order_id] == order
        assert answer_about_cancelling(cancel, {**asked, "dry_run": False})["done"] == done
        assert orders.by_id[order.order_id].cancel_asked_by == "ada"
        told = answer_about_cancelling(cancel, {**asked, "dry_run": False})
        assert told["done"] == "asked for before"


@pytest.mark.parametrize(
    ("status", "words"), [(OrderStatus.PAID, "refund"), (OrderStatus.NEEDS_REVIEW, "settle")]
)
def test_a_refusal_names_the_command_that_helps(
    orders: InMemoryOrders, cancel: CancelOrder, status: OrderStatus, words: str
) -> None:
    order = IN_STATE[status](orders, "k")
    told = answer_about_cancelling(cancel, {"order_id": order.order_id, "by": "ada"})
    assert (told["done"], told["status"]) == ("refused", status.value)
    assert words in told["detail"]


def test_what_is_asked_wrongly_is_said(cancel: CancelOrder) -> None:
    order_id = new_order().order_id
    for asked in ("x", {"order_id": "op_1"}, {"order_id": order_id, "by": " "}):
        with pytest.raises(ValueError, match="give"):
            answer_about_cancelling(cancel, asked)
    told = answer_about_cancelling(cancel, {"order_id": order_id, "by": "ada"})
    assert told == {"done": "refused", "detail": "no such order", "status": None}
