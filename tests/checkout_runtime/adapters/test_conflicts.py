"""Writes that meet a transaction on their item are tried again, for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

import checkout_runtime.adapters.lean_aws.tries as lean_tries
from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.botocore_aws import (
    CONNECT_TIMEOUT_SECONDS,
    MAX_TRIES,
    READ_TIMEOUT_SECONDS,
)
from checkout_runtime.adapters.conflicts import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    TRY_FOR_SECONDS,
    call_past_conflicts,
)
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.order_records import CartTaken
from checkout_runtime.domain.identity import cart_name
from checkout_runtime.domain.record import replace
from checkout_runtime.erasure import BuyerErasure, NoSuchOrder
from tests.checkout_runtime.factories import new_order


def refused(code: str, reasons: Sequence[str] = ()) -> AwsRefusedError:
    return AwsRefusedError(code, "no", cancellation_reasons=[{"Code": each} for each in reasons])


PUT = {"TableName": "orders"}
ANSWER = {"Attributes": {"pk": {"S": "ord_a"}}}
SINGLE = refused("TransactionConflictException")
CANCELLED = refused("TransactionCanceledException", ["None", "TransactionConflict"])
IN_PROGRESS = refused("TransactionInProgressException")
OTHER_REGIONS = refused("ReplicatedWriteConflictException")


class Time:
    """Time that passes in pauses only."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Failing:
    """A service that fails as it is told to, then answers."""

    def __init__(self, *errors: AwsRefusedError) -> None:
        self.errors = list(errors)
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        if self.errors:
            raise self.errors.pop(0)
        return ANSWER


def call(service: AwsService, time: Time) -> dict[str, Any]:
    return call_past_conflicts(service, "PutItem", PUT, pause=time.pause, clock=lambda: time.now)


def test_a_call_that_meets_no_conflict_waits_for_nothing() -> None:
    time = Time()
    assert call(Failing(), time) == ANSWER
    assert time.pauses == []


@pytest.mark.parametrize("conflict", [SINGLE, CANCELLED, IN_PROGRESS, OTHER_REGIONS], ids=str)
def test_a_conflict_is_tried_again(conflict: AwsRefusedError) -> None:
    service = Failing(conflict, conflict, conflict)
    assert call(service, Time()) == ANSWER
    assert service.calls == [("PutItem", PUT)] * 4


def test_a_conflict_that_lasts_is_raised_after_a_bounded_time() -> None:
    time = Time()
    with pytest.raises(AwsRefusedError) as caught:
        call(Failing(*[CANCELLED] * 1000), time)
    assert caught.value is CANCELLED
    assert TRY_FOR_SECONDS - LONGEST_PAUSE_SECONDS <= time.now <= TRY_FOR_SECONDS


def test_the_last_try_ends_before_the_function_does() -> None:
    from checkout_stack.api.routes import TIMEOUT  # starts Node, which the other tests need not

    by_botocore = MAX_TRIES * (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS)
    assert TRY_FOR_SECONDS + max(lean_tries.CALL_SECONDS, by_botocore) < TIMEOUT.to_seconds()


def test_a_refusal_after_a_conflict_counts_what_was_sent_before_the_conflict() -> None:
    """The first answer was lost, the repeat met a conflict: the write may be one's own."""
    after_a_lost_answer = AwsRefusedError("TransactionConflictException", retries=1)
    with pytest.raises(AwsRefusedError) as caught:
        call(Failing(after_a_lost_answer, refused("ConditionalCheckFailedException")), Time())
    assert caught.value.retries == 1


def test_the_pauses_are_of_the_operating_systems_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two environments that start from one snapshot would wait for the same times."""
    monkeypatch.setattr("random.uniform", lambda *limits: pytest.fail("of a seeded generator"))
    assert call(Failing(SINGLE), Time()) == ANSWER


def test_the_pauses_grow_and_differ() -> None:
    time = Time()
    call(Failing(*[SINGLE] * 8), time)
    longest = [min(FIRST_PAUSE_SECONDS * 2**n, LONGEST_PAUSE_SECONDS) for n in range(8)]
    assert all(most / 2 <= pause <= most for pause, most in zip(time.pauses, longest, strict=True))
    assert len(set(time.pauses)) == 8


@pytest.mark.parametrize(
    "error",
    [
        refused("ConditionalCheckFailedException"),
        refused("AccessDeniedException"),
        refused("TransactionCanceledException", ["ConditionalCheckFailed", "None"]),
    ],
    ids=str,
)
def test_any_other_error_is_raised_at_once(error: AwsRefusedError) -> None:
    service = Failing(error)
    with pytest.raises(AwsRefusedError):
        call(service, Time())
    assert len(service.calls) == 1


def test_a_transaction_with_an_invalid_part_is_a_defect_and_a_conflict_is_none() -> None:
    assert refused("TransactionCanceledException", ["ValidationError"]).is_misconfiguration
    assert not CANCELLED.is_misconfiguration


@pytest.mark.parametrize("cart", [None, "cart#c"])
def test_an_order_that_was_refused_for_another_reason_is_not_said_to_be_stored(
    cart: str | None,
) -> None:
    orders = DynamoDbOrders(Failing(refused("AccessDeniedException")), "orders")
    with pytest.raises(AwsRefusedError):
        orders.accept(new_order(), cart)


# The writes of intake --------------------------------------------------------------------------


class Conflicting:
    """A service whose next calls meet a transaction, and then reach the real one."""

    def __init__(self, service: AwsService, conflict: AwsRefusedError, times: int = 2) -> None:
        self._service, self._conflict, self._times = service, conflict, times

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if self._times > 0:
            self._times -= 1
            raise self._conflict
        return self._service.call(operation, parameters)


@pytest.fixture
def met(dynamodb: AwsService, order_table: str) -> Callable[[AwsRefusedError], DynamoDbOrders]:
    return lambda conflict: DynamoDbOrders(Conflicting(dynamodb, conflict), order_table)


def test_a_double_click_with_a_guarded_cart_is_one_order(
    met: Callable[[AwsRefusedError], DynamoDbOrders], key: str
) -> None:
    order, cart = new_order(key), cart_name("shop", key)
    assert met(CANCELLED).accept(order, cart) is None
    assert met(CANCELLED).accept(order, cart) == order


def test_a_conflict_on_the_order_is_not_answered_by_its_own_cart(
    met: Callable[[AwsRefusedError], DynamoDbOrders], key: str
) -> None:
    """While the order is settled, the transaction sees its cart and not the order."""
    order, cart = new_order(key), cart_name("shop", key)
    met(CANCELLED).accept(order, cart)
    item = {"pk": {"S": cart}, "order_id": {"S": order.order_id}}
    reasons: list[dict[str, Any]] = [
        {"Code": "TransactionConflict"},
        {"Code": "ConditionalCheckFailed", "Item": item},
    ]
    both = AwsRefusedError("TransactionCanceledException", cancellation_reasons=reasons)
    assert met(both).accept(order, cart) == order
    other = replace(order, order_id=new_order(f"{key} 2").order_id)
    assert met(both).accept(other, cart) == CartTaken(order.order_id)


def test_an_order_that_is_in_a_transaction_is_found(
    met: Callable[[AwsRefusedError], DynamoDbOrders], key: str
) -> None:
    order = new_order(key)
    assert met(SINGLE).accept(order) is None
    assert met(SINGLE).accept(order) == order
    assert met(SINGLE).find(order.order_id) == order


def test_erasing_waits_for_a_transaction(dynamodb: AwsService, order_table: str) -> None:
    erasure = BuyerErasure(Conflicting(dynamodb, SINGLE), order_table)
    assert erasure.erase(f"ord_{'b' * 52}") == NoSuchOrder()
