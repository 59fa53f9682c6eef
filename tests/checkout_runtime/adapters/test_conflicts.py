"""Writes that meet a transaction on their item are tried again, for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from checkout_runtime.adapters.aws_errors import is_misconfiguration
from checkout_runtime.adapters.conflicts import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    TRY_FOR_SECONDS,
    retrying_conflicts,
)
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.ports import CartTaken
from checkout_runtime.domain.identity import cart_name
from checkout_runtime.erasure import BuyerErasure, NoSuchOrder
from checkout_stack.api.routes import TIMEOUT
from tests.checkout_runtime.making import new_order


def refused(code: str, reasons: list[str] | None = None) -> ClientError:
    response: dict[str, Any] = {"Error": {"Code": code, "Message": "no"}}
    if reasons is not None:
        response["CancellationReasons"] = [{"Code": each} for each in reasons]
    return ClientError(response, "PutItem")  # type: ignore[arg-type]


SINGLE = refused("TransactionConflictException")
CANCELLED = refused("TransactionCanceledException", ["None", "TransactionConflict"])
IN_PROGRESS = refused("TransactionInProgressException")


class Time:
    """Time that passes in pauses only."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Call:
    """Fails as it is told to, then succeeds."""

    def __init__(self, *errors: ClientError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def retry(call: Callable[[], str], time: Time) -> str:
    return retrying_conflicts(call, pause=time.pause, clock=lambda: time.now)


def test_a_call_that_meets_no_conflict_waits_for_nothing() -> None:
    time = Time()
    assert retry(Call(), time) == "done"
    assert time.pauses == []


@pytest.mark.parametrize("conflict", [SINGLE, CANCELLED, IN_PROGRESS], ids=str)
def test_a_conflict_is_tried_again(conflict: ClientError) -> None:
    call = Call(conflict, conflict, conflict)
    assert retry(call, Time()) == "done"
    assert call.calls == 4


def test_a_conflict_that_lasts_is_raised_after_a_bounded_time() -> None:
    time, call = Time(), Call(*[CANCELLED] * 1000)
    with pytest.raises(ClientError) as caught:
        retry(call, time)
    assert caught.value is CANCELLED
    assert TRY_FOR_SECONDS - LONGEST_PAUSE_SECONDS <= time.now <= TRY_FOR_SECONDS


def test_the_last_try_ends_before_the_function_does() -> None:
    last_try_seconds = 4  # two tries of the client, of two seconds each
    assert TRY_FOR_SECONDS + last_try_seconds < TIMEOUT.to_seconds()


def test_the_pauses_grow_and_differ() -> None:
    time = Time()
    retry(Call(*[SINGLE] * 8), time)
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
def test_any_other_error_is_raised_at_once(error: ClientError) -> None:
    call = Call(error)
    with pytest.raises(ClientError):
        retry(call, Time())
    assert call.calls == 1


def test_a_transaction_with_an_invalid_part_is_a_defect_and_a_conflict_is_none() -> None:
    assert is_misconfiguration(refused("TransactionCanceledException", ["ValidationError"]))
    assert not is_misconfiguration(CANCELLED)


# The writes of intake --------------------------------------------------------------------------


class Conflicting:
    """A client whose next calls meet a transaction, and then reach the real one."""

    def __init__(self, client: Any, conflict: ClientError, times: int = 2) -> None:
        self._client, self._conflict, self._times = client, conflict, times

    def __getattr__(self, name: str) -> Any:
        def call(**parameters: Any) -> Any:
            if self._times > 0:
                self._times -= 1
                raise self._conflict
            return getattr(self._client, name)(**parameters)

        return call


@pytest.fixture
def met(dynamodb: Any, order_table: str) -> Callable[[ClientError], DynamoDbOrders]:
    return lambda conflict: DynamoDbOrders(Conflicting(dynamodb, conflict), order_table)


def test_a_double_click_with_a_guarded_cart_is_one_order(
    met: Callable[[ClientError], DynamoDbOrders], key: str
) -> None:
    order, cart = new_order(key), cart_name("shop", key)
    assert met(CANCELLED).accept(order, cart) is None
    assert met(CANCELLED).accept(order, cart) == order


def test_a_conflict_on_the_order_is_not_answered_by_its_own_cart(
    met: Callable[[ClientError], DynamoDbOrders], key: str
) -> None:
    """While the order is settled, the transaction sees its cart and not the order."""
    order, cart = new_order(key), cart_name("shop", key)
    met(CANCELLED).accept(order, cart)
    both = refused(
        "TransactionCanceledException", ["TransactionConflict", "ConditionalCheckFailed"]
    )
    reasons: Any = both.response["CancellationReasons"]
    reasons[1]["Item"] = {"pk": {"S": cart}, "order_id": {"S": order.order_id}}
    assert met(both).accept(order, cart) == order
    other = replace(order, order_id=new_order(f"{key} 2").order_id)
    assert met(both).accept(other, cart) == CartTaken(order.order_id)


def test_an_order_that_is_in_a_transaction_is_found(
    met: Callable[[ClientError], DynamoDbOrders], key: str
) -> None:
    order = new_order(key)
    assert met(SINGLE).accept(order) is None
    assert met(SINGLE).accept(order) == order
    assert met(SINGLE).find(order.order_id) == order


def test_erasing_waits_for_a_transaction(dynamodb: Any, order_table: str) -> None:
    erasure = BuyerErasure(Conflicting(dynamodb, SINGLE), order_table)
    assert erasure.erase(f"ord_{'b' * 52}") == NoSuchOrder()
