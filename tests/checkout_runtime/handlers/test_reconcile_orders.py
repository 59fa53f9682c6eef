"""A run of the reconciler as the schedule starts it, and an operator's redrive of some orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.domain.order import OrderStatus
from tests.checkout_runtime.adapters.answering_server import AnsweringServer
from tests.checkout_runtime.factories import HOUR, NOW, SERVICE, new_order
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches
from tests.checkout_runtime.handlers.queue_events import Context, placed
from tests.checkout_runtime.handlers.stored_outcomes import call_a_person

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Release = Callable[[Any], dict[str, Any]]
LONG_AGO = NOW - 10 * 365 * 24 * HOUR


@pytest.fixture
def orders(
    functions: Functions,
    service: AnsweringServer,
    own_table: str,
    dynamodb: BotocoreService,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[DynamoDbOrders]:
    """The orders of a table that no other test has."""
    monkeypatch.setenv("ORDER_TABLE_NAME", own_table)
    clear_caches()
    yield DynamoDbOrders(dynamodb, own_table)
    clear_caches()


def test_an_order_whose_message_was_lost_is_sent_again_with_its_ordinal(
    functions: Functions, orders: DynamoDbOrders, sqs: SQSClient, payment_queue_url: str
) -> None:
    lost = new_order(accepted_at=LONG_AGO, unsettled_since=LONG_AGO)
    orders.accept(lost)
    answer = functions.reconcile_orders({}, Context(60))
    assert answer == {"orders_seen": 1, "orders_acted_on": 1, "finished": True}
    [message] = sqs.receive_message(QueueUrl=payment_queue_url)["Messages"]
    assert message["Body"] == f'{{"attempt":1,"order_id":"{lost.order_id}","resend":1}}'
    again = functions.reconcile_orders({}, Context(60))
    assert again == {"orders_seen": 1, "orders_acted_on": 0, "finished": True}


def test_a_run_charges_nothing(
    functions: Functions, orders: DynamoDbOrders, service: AnsweringServer
) -> None:
    orders.accept(new_order(accepted_at=LONG_AGO, unsettled_since=LONG_AGO))
    functions.reconcile_orders({}, Context(60))
    assert service.requests == []


def test_a_run_without_time_says_that_it_did_not_finish(
    functions: Functions, orders: DynamoDbOrders
) -> None:
    orders.accept(new_order(accepted_at=LONG_AGO, unsettled_since=LONG_AGO))
    answer = functions.reconcile_orders({}, Context(1))
    assert answer == {"orders_seen": 0, "orders_acted_on": 0, "finished": False}
    assert functions.reconcile_orders({}, Context(60))["finished"] is True


@pytest.fixture
def release(
    functions: Functions, service: AnsweringServer, monkeypatch: pytest.MonkeyPatch
) -> Release:
    monkeypatch.setenv("PAYMENT_SERVICE_NAME", SERVICE)
    monkeypatch.setenv("PAYMENT_SERVICE_LOOK_UP_URL", service.url)

    def ask(wish: Any) -> dict[str, Any]:
        answer: dict[str, Any] = functions.reconcile_orders({"release": wish}, Context())
        return answer

    return ask


def test_orders_in_review_are_released_and_others_named_as_not(
    functions: Functions, release: Release, dynamodb: BotocoreService, order_table: str
) -> None:
    reviewed, pending = placed(functions, "reviewed"), placed(functions, "pending")
    call_a_person(dynamodb, order_table, reviewed)
    unknown = "ord_" + "a" * 52
    answer = release([reviewed, pending, unknown])
    assert answer == {"released": [reviewed], "not_released": [pending], "unknown": [unknown]}
    order = functions.orders.get(reviewed)
    assert order is not None
    assert (order.status, order.resend) == (OrderStatus.UNKNOWN, 1)
    again = {"released": [], "not_released": [reviewed], "unknown": []}
    assert release([reviewed]) == again


def test_one_order_may_be_named_without_a_list(
    functions: Functions, release: Release, dynamodb: BotocoreService, order_table: str
) -> None:
    reviewed = placed(functions)
    call_a_person(dynamodb, order_table, reviewed)
    assert release(reviewed) == {"released": [reviewed], "not_released": [], "unknown": []}


@pytest.mark.parametrize(
    "wish",
    [[], None, 7, {}, ["no id", 7, None, {"a": 1}, ["ord_x"], "ord_\ud800", "reconciler#bookmark"]],
    ids=str,
)
def test_what_is_no_order_id_is_named_back_and_not_looked_for(
    wish: Any, functions: Functions, release: Release
) -> None:
    wanted = wish if isinstance(wish, list) else [wish]
    assert release(wish) == {"released": [], "not_released": [], "unknown": wanted}
    assert functions.calls == []


def test_an_order_named_twice_is_released_once(
    functions: Functions, release: Release, dynamodb: BotocoreService, order_table: str
) -> None:
    reviewed = placed(functions)
    call_a_person(dynamodb, order_table, reviewed)
    released = {"released": [reviewed], "not_released": [], "unknown": []}
    assert release([reviewed, reviewed]) == released
