"""What the bus took is taken off the order, which leaves the index only when it may."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.application.order_records import CaptureRecord
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import (
    CHARGE,
    OnDynamoDb,
    claim,
    placed,
    stored_order,
)
from tests.checkout_runtime.factories import BUYER, NOW
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

Store = Callable[[], OnDynamoDb]


@pytest.fixture(params=["on the model", "on the local AWS"])
def announcing(request: pytest.FixtureRequest) -> OnDynamoDb:
    """A table whose orders owe announcements."""
    if request.param == "on the model":
        return InMemoryOrders(announces=True)
    dynamodb: BotocoreService = request.getfixturevalue("dynamodb")
    return OnDynamoDb(dynamodb, request.getfixturevalue("own_table"), announces=True)


def paid(store: OnDynamoDb, key: str = "k") -> Order:
    held = claim(store, placed(store, key))
    assert store.record_capture(held, CHARGE, NOW) is CaptureRecord.PAID
    return stored_order(store, held)


def to_be_announced(store: OnDynamoDb) -> int:
    return store.count_announcements(0, NOW)


def test_a_settled_order_leaves_the_index_with_the_last_that_it_owes(
    announcing: OnDynamoDb,
) -> None:
    order = paid(announcing)
    assert (to_be_announced(announcing), announcing.oldest_announcement(0)) == (1, NOW)
    for _ in range(2):
        announcing.confirm(order, order.owed)
    after = stored_order(announcing, order)
    assert (after.owed, after.unsettled_since, after.event_ordinal) == (frozenset(), None, 1)
    assert (to_be_announced(announcing), announcing.oldest_announcement(0)) == (0, None)


def test_what_is_not_confirmed_stays_owed_and_in_the_index(announcing: OnDynamoDb) -> None:
    order = paid(announcing)
    announcing.confirm(order, frozenset())
    assert stored_order(announcing, order) == order
    held = claim(announcing, placed(announcing, "other"))
    announcing.record_decline(held, "no_funds", NOW)
    announcing.start_attempt(
        held.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    second = claim(announcing, stored_order(announcing, held))
    announcing.record_decline(second, "no_funds", NOW)
    declined = stored_order(announcing, held)
    first = frozenset({min(declined.owed)})
    announcing.confirm(declined, first)
    after = stored_order(announcing, held)
    assert after.owed == declined.owed - first
    assert after.unsettled_since == NOW
    announcing.confirm(after, after.owed)
    assert stored_order(announcing, held).unsettled_since is None


def test_an_outcome_that_came_meanwhile_stays_owed(announcing: OnDynamoDb) -> None:
    """The relay saw the order as it was before."""
    order = paid(announcing)
    announcing.record_capture(order, replace(CHARGE, charge_id="ch_2"), NOW)
    announcing.confirm(order, order.owed)
    after = stored_order(announcing, order)
    [left] = after.owed
    assert "OrderNeedsReview" in left
    assert announcing.count_in_review(0) == 1
    announcing.confirm(after, after.owed)
    last = stored_order(announcing, order)
    assert (last.owed, last.stray_charges) == (frozenset(), after.stray_charges)
    assert announcing.count_in_review(0) == 1


def test_an_order_that_was_settled_again_meanwhile_stays_in_the_index(
    announcing: OnDynamoDb,
) -> None:
    """The relay saw the first decline, and another card has been declined since."""
    held = claim(announcing, placed(announcing, "k"))
    announcing.record_decline(held, "no_funds", NOW)
    seen = stored_order(announcing, held)
    announcing.start_attempt(
        held.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    second = claim(announcing, stored_order(announcing, held))
    announcing.record_decline(second, "no_funds", NOW)
    announcing.confirm(seen, seen.owed)
    after = stored_order(announcing, held)
    assert [member[:2] for member in after.owed] == ["2:"]
    assert to_be_announced(announcing) == 1


def test_an_order_that_went_on_stays_in_its_partition(announcing: OnDynamoDb) -> None:
    held = claim(announcing, placed(announcing, "k"))
    announcing.record_decline(held, "no_funds", NOW)
    declined = stored_order(announcing, held)
    announcing.start_attempt(
        held.order_id, BUYER, replaces=1, payment_method="p", max_attempts=5, now=NOW
    )
    announcing.confirm(declined, declined.owed)
    assert stored_order(announcing, held).owed == frozenset()
    assert (announcing.count_open(0), to_be_announced(announcing)) == (1, 0)


def test_an_order_in_review_stays_there(announcing: OnDynamoDb) -> None:
    held = claim(announcing, placed(announcing, "k"))
    announcing.record_review(held, "never_found", NOW)
    in_review = stored_order(announcing, held)
    announcing.confirm(in_review, in_review.owed)
    assert stored_order(announcing, held).owed == frozenset()
    assert announcing.count_in_review(0) == 1


def test_a_settled_order_that_owes_nothing_leaves_the_index(announcing: OnDynamoDb) -> None:
    """Two who confirmed at the same time may each have seen the other's as still owed."""
    order = paid(announcing)
    both = replace(order, owed=order.owed | {"2:OrderPaid:1:1:{}"})
    announcing.confirm(both, order.owed)
    after = stored_order(announcing, order)
    assert (after.owed, after.unsettled_since) == (frozenset(), NOW)
    announcing.confirm(after, frozenset())
    assert to_be_announced(announcing) == 0


def test_a_stray_that_came_while_nothing_was_announced_keeps_the_order_in_review(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bus was switched off meanwhile, so the order owes what it owed before."""
    store = InMemoryOrders(announces=True)
    order = paid(store)
    monkeypatch.setattr(store._updates, "announces", False)
    store.record_capture(order, replace(CHARGE, charge_id="ch_2"), NOW)
    store.confirm(order, order.owed)
    assert stored_order(store, order).owed == frozenset()
    assert store.count_in_review(0) == 1


def test_a_paid_order_that_would_have_expired_leaves_the_index() -> None:
    store = InMemoryOrders(announces=True)
    order = replace(paid(store), expires_at=NOW + 9)
    store.by_id[order.order_id] = order
    store.confirm(order, order.owed)
    assert stored_order(store, order).unsettled_since is None


def test_what_came_to_be_owed_meanwhile_keeps_the_order_in_the_index(
    announcing: OnDynamoDb,
) -> None:
    order = paid(announcing)
    both = replace(order, owed=order.owed | {"2:OrderPaid:1:1:{}"})
    announcing.confirm(both, order.owed)
    owes_nothing = stored_order(announcing, order)
    announcing.record_dispute(owes_nothing, 1, "ch_1", "fraudulent", NOW)
    announcing.confirm(owes_nothing, frozenset())
    assert len(stored_order(announcing, order).owed) == 1
    assert to_be_announced(announcing) == 1


def test_an_order_that_has_left_the_index_is_not_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = InMemoryOrders(announces=True)
    order = paid(store)
    store.confirm(order, order.owed)
    after = stored_order(store, order)
    monkeypatch.delattr(type(store._updates), "update")
    store.confirm(after, frozenset())
    store.confirm(order, frozenset())


def test_an_order_that_changes_all_the_time_is_left_to_the_next_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store: Any = InMemoryOrders(announces=True)
    order = paid(store)
    outdated = replace(order, owed=order.owed | {"other"})
    from checkout_runtime.application.order_records import NotChanged

    tries: list[str] = []

    def refuse(order_id: str, update: Any) -> NotChanged:
        tries.append(order_id)
        return NotChanged(outdated)

    monkeypatch.setattr(store._updates, "update", refuse)
    store.confirm(outdated, outdated.owed)
    assert len(tries) == 3
    [record] = caplog.records
    assert vars(record)["event"] == "confirmation_postponed"


def test_an_order_that_is_not_there_is_not_made(announcing: OnDynamoDb) -> None:
    order = replace(paid(announcing), order_id=placed(announcing, "x").order_id[:-1] + "a")
    announcing.confirm(order, order.owed)
    announcing.confirm(replace(order, owed=order.owed | {"more"}), order.owed)
    assert announcing.get(order.order_id) is None
