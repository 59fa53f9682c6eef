"""A charge that an order did not ask for is kept beside it, and calls an operator once."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.order_records import CaptureRecord
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import CHARGE
from tests.checkout_runtime.adapters.written_items import changes_by
from tests.checkout_runtime.factories import NOW, claimed_order, new_order
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

S = OrderStatus
PROOF = "2:ch_1:4200:EUR"
FIRST = EarlierAttempt(1, None, None, None)
HELD = claimed_order(2, attempt=2, earlier_attempts=(FIRST,))


def stored(order: Order, *, announces: bool = True) -> InMemoryOrders:
    orders = InMemoryOrders(announces=announces)
    orders.by_id[order.order_id] = order
    return orders


def now(orders: InMemoryOrders) -> Order:
    return orders.by_id[HELD.order_id]


def test_the_review_begins_when_the_stray_is_found_and_has_the_attempt_in_its_history() -> None:
    in_review = changes_by(
        lambda orders, order: orders.record_stray(order, 2, CHARGE, "stray_charge", NOW + 5), HELD
    )
    assert in_review["unsettled_since"] == str(NOW + 5)
    assert in_review["first_2_NEEDS_REVIEW"] == str(NOW + 5)


def test_one_write_is_enough_unless_the_order_is_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    orders, writes = stored(HELD), list[Any]()
    update = orders._updates.update

    def counted(*given: Any) -> Any:
        writes.append(given)
        return update(*given)

    monkeypatch.setattr(orders._updates, "update", counted)
    orders.record_stray(HELD, 2, CHARGE, "stray_charge", NOW)
    assert len(writes) == 1


def test_a_known_stray_of_an_order_that_is_no_longer_in_review_calls_an_operator_anew() -> None:
    known = replace(HELD, status=S.UNKNOWN, stray_charges=frozenset({PROOF}))
    orders = stored(known)
    orders.record_stray(known, 2, CHARGE, "stray_charge", NOW)
    assert (now(orders).status, len(now(orders).owed)) == (S.NEEDS_REVIEW, 1)
    orders.record_stray(known, 2, CHARGE, "stray_charge", NOW)
    assert len(now(orders).owed) == 1


def test_a_refunded_charge_of_a_later_attempt_pays_nothing() -> None:
    orders = stored(replace(HELD, refunded_charges=frozenset({PROOF})))
    assert orders.record_capture(HELD, CHARGE, NOW) is CaptureRecord.KNOWN
    assert now(orders).status is S.CHARGING


def test_a_payment_by_an_earlier_attempt_knows_its_own_repeated_write() -> None:
    orders = stored(HELD)
    assert [orders.record_paid_earlier(HELD, 1, CHARGE, NOW) for _ in range(2)] == [True, True]


def test_a_charge_of_an_order_that_is_not_paid_pays_nothing_by_being_known() -> None:
    orders = stored(replace(HELD, status=S.NEEDS_REVIEW, charge_id="ch_1"))
    assert not orders.record_paid_earlier(HELD, 1, CHARGE, NOW)


def test_final_words_of_a_worker_of_another_attempt_are_not_stored() -> None:
    other = replace(HELD, attempt=1)
    words = {1: "not_found"}
    assert changes_by(lambda orders, _: orders.record_earlier_ended(other, words), HELD) == {}


def test_nothing_is_announced_of_an_order_that_is_not_there() -> None:
    orders = InMemoryOrders(announces=True)
    assert not orders.record_decline(HELD, "no_funds", NOW)
    assert orders.get(HELD.order_id) is None


def test_an_order_is_read_as_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    orders, asked = stored(HELD), list[dict[str, Any]]()

    def call(_: str, read: dict[str, Any]) -> dict[str, Any]:
        asked.append(read)
        return {}

    monkeypatch.setattr(orders._model, "call", call)
    assert orders.get(HELD.order_id) is None
    assert asked[0]["ConsistentRead"] is True


def test_a_stray_charge_of_an_order_that_is_not_there_makes_none() -> None:
    orders, order = InMemoryOrders(), new_order("nobody")
    orders.record_stray(order, 1, CHARGE, "stray_charge", NOW)
    assert orders.get(order.order_id) is None
