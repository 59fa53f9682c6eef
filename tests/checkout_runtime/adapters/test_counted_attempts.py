"""An attempt is started and counted in one transaction, on the model and on the local AWS.

What does not start counts for nobody, and what starts is counted once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError, AwsService
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.limit_attempts import AttemptLimits
from checkout_runtime.application.order_records import AttemptsLimited, Changed, NotChanged
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import OrderStore, claim, stored_order
from tests.checkout_runtime.factories import NOW, new_order
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, InMemoryOrders

WINDOW = 3600 * 1000
TWO = AttemptLimits(2, window_seconds=3600)
Answer = Changed | NotChanged | AttemptsLimited


ONE = AttemptLimits(1, window_seconds=3600)


def declined(store: OrderStore, key: str, number: int = 1, *, buyer: str = "ada") -> Order:
    """A declined order of a buyer whom only this test knows."""
    order = replace(new_order(f"{key} {buyer} {number}"), principal=f"{buyer} of {key}")
    assert store.accept(order) is None
    store.record_decline(claim(store, order), "no_funds", NOW)
    return stored_order(store, order)


def start(
    store: DynamoDbOrders | OrderStore, order: Order, limits: AttemptLimits = TWO, **changes: Any
) -> Answer:
    wish = {"replaces": 1, "payment_method": "pm_2", "max_attempts": 3, "now": NOW, **changes}
    return store.start_attempt(order.order_id, order.principal, limits=limits, **wish)


def test_it_is_the_attempt_that_an_update_alone_starts(store: OrderStore, key: str) -> None:
    counted, alone = declined(store, key, 1), declined(store, key, 2)
    started = start(store, counted)
    assert started == Changed(stored_order(store, counted))
    plain = store.start_attempt(
        alone.order_id, alone.principal, replaces=1, payment_method="pm_2", max_attempts=3, now=NOW
    )
    assert isinstance(plain, Changed)
    assert isinstance(started, Changed)
    its_own = {"order_id": counted.order_id, "principal": counted.principal}
    assert replace(plain.order, **its_own) == started.order
    assert (started.order.status, started.order.attempt) == (OrderStatus.PENDING, 2)


def test_a_full_counter_leaves_the_order_as_it_is_until_the_window_is_over(
    store: OrderStore, key: str
) -> None:
    orders = [declined(store, key, number) for number in range(3)]
    assert [isinstance(start(store, each), Changed) for each in orders[:2]] == [True, True]
    limited = AttemptsLimited(NOW + WINDOW, is_of_checkout=False)
    assert start(store, orders[2]) == limited
    assert stored_order(store, orders[2]) == orders[2]
    assert isinstance(start(store, orders[2], now=NOW + WINDOW), Changed)


@pytest.mark.parametrize(
    "wrong", [{"replaces": 2}, {"max_attempts": 1}], ids=["another attempt", "no attempt left"]
)
def test_what_does_not_start_counts_for_nobody(
    wrong: dict[str, int], store: OrderStore, key: str
) -> None:
    order = declined(store, key)
    for _ in range(3):
        assert start(store, order, ONE, **wrong) == NotChanged(order)
    assert isinstance(start(store, order, ONE), Changed)


def test_another_buyers_and_no_order_count_for_nobody(store: OrderStore, key: str) -> None:
    order = declined(store, key)
    theirs = replace(order, principal=f"ben of {key}")
    assert start(store, theirs, ONE) == NotChanged(order)
    missing = replace(order, order_id=new_order(f"{key} none").order_id)
    assert start(store, missing, ONE) == NotChanged(None)
    assert isinstance(start(store, order, ONE), Changed)


def test_what_all_buyers_together_may_not_start_leaves_order_and_count(
    own_store: Callable[[int], OrderStore], key: str
) -> None:
    store = own_store(1)
    both = AttemptLimits(2, per_checkout=1, window_seconds=3600)
    first, second = declined(store, key), declined(store, key, buyer="ben")
    assert isinstance(start(store, first, both), Changed)
    for _ in range(3):
        assert start(store, second, both) == AttemptsLimited(NOW + WINDOW, is_of_checkout=True)
    assert stored_order(store, second) == second
    assert isinstance(start(store, second, both, now=NOW + WINDOW), Changed)


def test_who_comes_again_as_told_starts_where_both_limits_were_met(
    own_store: Callable[[int], OrderStore], key: str
) -> None:
    store = own_store(1)
    both = AttemptLimits(1, per_checkout=1, window_seconds=3600)
    first, second = declined(store, key, 1), declined(store, key, 2)
    theirs = declined(store, key, buyer="ben")
    assert isinstance(start(store, first, ONE), Changed)
    assert isinstance(start(store, theirs, both, now=NOW + WINDOW // 2), Changed)
    longer = NOW + WINDOW // 2 + WINDOW
    told = start(store, second, both, now=NOW + WINDOW // 2)
    assert told == AttemptsLimited(longer, is_of_checkout=True)
    assert isinstance(start(store, second, both, now=longer), Changed)


def test_where_no_attempt_is_limited_none_is_counted(store: OrderStore, key: str) -> None:
    orders_alone = AttemptLimits(None, orders_per_buyer=1)
    for number in range(3):
        assert isinstance(start(store, declined(store, key, number), orders_alone), Changed)
    counter = store.get(f"attempts_ada of {key}")
    assert counter is None


@pytest.mark.parametrize("store", ["on the local AWS"], indirect=True)
def test_many_clicks_at_once_are_one_attempt_and_count_once(store: OrderStore, key: str) -> None:
    order = declined(store, key)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: start(store, order), range(6)))
    assert sum(isinstance(each, Changed) for each in answers) == 1
    assert sum(isinstance(each, NotChanged) for each in answers) == 5
    store.record_decline(claim(store, stored_order(store, order)), "no_funds", NOW)
    # One of two is counted, so one more starts.
    assert isinstance(start(store, order, replaces=2), Changed)
    store.record_decline(claim(store, stored_order(store, order)), "no_funds", NOW)
    limited = start(store, order, replaces=3, max_attempts=9)
    assert limited == AttemptsLimited(NOW + WINDOW, is_of_checkout=False)


class LosesAnAnswer:
    """A table that carries out what it is asked; one of its answers is lost."""

    def __init__(self, service: AwsService, lost: int) -> None:
        self._service, self._until_lost = service, lost

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call it, and keep the answer back if it is the one."""
        self._until_lost -= 1
        if self._until_lost:
            return self._service.call(operation, parameters)
        with suppress(AwsRefusedError):
            self._service.call(operation, parameters)
        raise AwsNoAnswerError("ReadTimeout")


@pytest.mark.parametrize("lost", [2, 3], ids=["of the transaction", "of the look after it"])
def test_a_start_whose_answer_was_lost_is_there_and_counted_once(lost: int, key: str) -> None:
    store = InMemoryOrders()
    order = declined(store, key)
    losing = LosesAnAnswer(store._model, lost)  # the first one says that no window runs
    with pytest.raises(AwsNoAnswerError):
        start(DynamoDbOrders(losing, ORDER_TABLE), order, ONE)
    now_stored = stored_order(store, order)
    assert (now_stored.status, now_stored.attempt) == (OrderStatus.PENDING, 2)
    for _ in range(3):
        assert start(store, order, ONE) == NotChanged(now_stored)


@pytest.mark.parametrize("limits", [None, AttemptLimits(None)], ids=["no limits", "none of these"])
def test_what_is_not_counted_costs_one_write(
    limits: AttemptLimits | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, asked = InMemoryOrders(), []
    order = replace(new_order(), status=OrderStatus.DECLINED)
    orders.by_id[order.order_id] = order
    call = orders._model.call

    def remember(operation: str, parameters: Mapping[str, Any]) -> Any:
        asked.append(operation)
        return call(operation, parameters)

    monkeypatch.setattr(orders._model, "call", remember)
    started = orders.start_attempt(
        *(order.order_id, order.principal),
        replaces=1,
        payment_method="pm_2",
        max_attempts=3,
        now=NOW,
        limits=limits,
    )
    assert isinstance(started, Changed)
    assert asked == ["UpdateItem"]
