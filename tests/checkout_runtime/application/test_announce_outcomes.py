"""What orders owe is put on the bus, and taken off them once it is there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
from checkout_runtime.domain.announcement import Announcement, Event
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import CHARGE, IN_STATE, claim
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import HOUR, NOW, SECOND
from tests.checkout_runtime.in_memory_ports import InMemoryOrders
from tests.checkout_runtime.use_cases import RECONCILE_AFTER_SECONDS

S = OrderStatus


class Bus:
    """A bus that takes what it is not told to refuse."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.refused: set[str] = set()
        self.puts = 0

    def put(self, events: Sequence[Event]) -> list[bool]:
        self.puts += 1
        taken = [event.event_id not in self.refused for event in events]
        self.events += [each for each, is_taken in zip(events, taken, strict=True) if is_taken]
        return taken

    @property
    def kinds(self) -> list[str]:
        return [event.announcement.kind for event in self.events]


@pytest.fixture
def orders() -> InMemoryOrders:
    return InMemoryOrders(announces=True)


def paid(orders: InMemoryOrders, key: str) -> Order:
    return IN_STATE[S.PAID](orders, key)


def now(orders: InMemoryOrders, order: Order) -> Order:
    return orders.by_id[order.order_id]


def test_what_the_bus_took_is_owed_no_more(orders: InMemoryOrders) -> None:
    bus, order = Bus(), paid(orders, "k")
    AnnounceOutcomes(orders, bus)([order])
    [event] = bus.events
    said = event.announcement
    assert (said.kind, said.details) == ("OrderPaid", {"charge_id": CHARGE.charge_id})
    assert (now(orders, order).owed, now(orders, order).unsettled_since) == (frozenset(), None)


def test_of_a_batch_only_what_failed_is_sent_again_under_the_same_id(
    orders: InMemoryOrders,
) -> None:
    bus = Bus()
    batch = [paid(orders, key) for key in ("k1", "k2", "k3")]
    bus.refused = {f"{batch[1].order_id}#1"}
    announce = AnnounceOutcomes(orders, bus)
    announce(batch)
    assert [bool(now(orders, each).owed) for each in batch] == [False, True, False]
    bus.refused = set()
    announce([now(orders, each) for each in batch])
    assert [event.event_id for event in bus.events] == [
        f"{batch[place].order_id}#1" for place in (0, 2, 1)
    ]
    assert orders.count_announcements(0, NOW) == 0


def test_of_one_order_the_older_goes_first_and_the_last_seen_counts(
    orders: InMemoryOrders,
) -> None:
    bus, order = Bus(), paid(orders, "k")
    orders.record_capture(order, replace(CHARGE, charge_id="ch_2"), NOW)
    AnnounceOutcomes(orders, bus)([order, now(orders, order)])
    assert bus.kinds == ["OrderPaid", "OrderNeedsReview"]
    assert bus.puts == 1
    assert now(orders, order).owed == frozenset()


def test_without_a_bus_what_is_owed_is_dropped(orders: InMemoryOrders) -> None:
    settled, in_review = paid(orders, "k1"), IN_STATE[S.NEEDS_REVIEW](orders, "k2")
    AnnounceOutcomes(orders, None)([settled, in_review])
    assert [now(orders, each).owed for each in (settled, in_review)] == [frozenset()] * 2
    assert (orders.count_announcements(0, NOW), orders.count_in_review(0)) == (0, 1)


def test_what_is_no_announcement_stays_owed_and_holds_back_no_other(
    orders: InMemoryOrders, caplog: pytest.LogCaptureFixture
) -> None:
    bus, order = Bus(), paid(orders, "k")
    damaged = replace(order, owed=order.owed | {"damaged by hand"})
    orders.by_id[order.order_id] = damaged
    AnnounceOutcomes(orders, bus)([damaged])
    assert bus.kinds == ["OrderPaid"]
    assert now(orders, order).owed == {"damaged by hand"}
    [record] = caplog.records
    assert vars(record).items() >= {"event": "announcement_failed", "code": "unreadable"}.items()


def test_an_announcement_of_a_later_version_is_announced(orders: InMemoryOrders) -> None:
    bus, order = Bus(), paid(orders, "k")
    member = Announcement(2, "OrderOfALaterVersion", 1, NOW, {"new": 1}).to_member()
    orders.by_id[order.order_id] = replace(order, owed=frozenset({member}), event_ordinal=2)
    AnnounceOutcomes(orders, bus)([now(orders, order)])
    assert bus.kinds == ["OrderOfALaterVersion"]


def test_an_order_of_which_the_bus_took_nothing_is_not_written(
    orders: InMemoryOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, order = Bus(), paid(orders, "k")
    bus.refused = {f"{order.order_id}#1"}
    confirmed: list[Any] = []
    monkeypatch.setattr(orders, "confirm", lambda *given: confirmed.append(given))
    AnnounceOutcomes(orders, bus)([order])
    assert confirmed == []


@pytest.mark.parametrize(
    ("changes", "is_looked_at"),
    [
        ({}, True),
        ({"unsettled_since": None}, False),
        ({"status": S.UNKNOWN}, False),
        ({"stray_charges": frozenset({"1:ch_2:4200:EUR"})}, False),
        ({"status": S.DECLINED, "unsettled_since": NOW, "expires_at": NOW}, False),
        ({"status": S.DECLINED, "unsettled_since": NOW, "expires_at": NOW + 1}, True),
    ],
)
@pytest.mark.parametrize("owed_since", [None, NOW])
def test_of_orders_that_owe_nothing_only_a_settled_one_in_the_index_is_looked_at(
    changes: dict[str, Any],
    is_looked_at: bool,
    owed_since: int | None,
    orders: InMemoryOrders,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    confirmed: list[tuple[Order, frozenset[str]]] = []
    monkeypatch.setattr(orders, "confirm", lambda *given: confirmed.append(given))
    order = replace(paid(orders, "k"), owed=frozenset(), **changes)
    bus = Bus()
    AnnounceOutcomes(orders, bus)([order], owed_since=owed_since)
    assert confirmed == [(order, frozenset())] * is_looked_at
    assert bus.puts == 0


@pytest.mark.parametrize(
    ("ages", "is_due"),
    [([0], True), ([-1], False), ([0, -1], True), ([-1, 0], True), (["damaged"], True)],
)
def test_an_order_is_due_with_the_oldest_that_it_owes(
    ages: list[Any], is_due: bool, orders: InMemoryOrders
) -> None:
    members = frozenset(
        Announcement(place, "OrderPaid", 1, NOW - age, {}).to_member() if age != "damaged" else age
        for place, age in enumerate(ages, start=1)
    )
    order = replace(paid(orders, "k"), owed=members)
    bus = Bus()
    AnnounceOutcomes(orders, bus)([order], owed_since=NOW)
    assert bus.puts == (is_due and ages != ["damaged"])


def test_a_bus_that_answers_for_fewer_than_it_was_given_is_a_defect(
    orders: InMemoryOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Bus()
    monkeypatch.setattr(bus, "put", lambda _: [])
    with pytest.raises(ValueError, match="zip"):
        AnnounceOutcomes(orders, bus)([paid(orders, "k")])


def test_a_defect_of_the_bus_ends_nothing(
    orders: InMemoryOrders, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def put(self, events: Sequence[Event]) -> list[bool]:
            raise RuntimeError("broken")

    order = paid(orders, "k")
    AnnounceOutcomes(orders, Broken())([order])
    assert now(orders, order).owed == order.owed
    assert [vars(record)["event"] for record in caplog.records] == ["announcement_failed"]


def test_a_table_that_does_not_answer_is_asked_once_and_ends_nothing(
    orders: InMemoryOrders, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def fail(order: Order, members: Any) -> None:
        asked.append(order.order_id)
        raise ConnectionError

    batch = [paid(orders, key) for key in ("k1", "k2")]
    monkeypatch.setattr(orders, "confirm", fail)
    AnnounceOutcomes(orders, Bus())(batch)
    assert asked == [batch[0].order_id]
    [record] = caplog.records
    assert vars(record)["event"] == "announcement_unconfirmed"
    assert record.exc_info


# The reconciler: what the relay did not announce.


@pytest.fixture
def checkout(orders: InMemoryOrders) -> Checkout:
    return Checkout(orders=orders)


def run(checkout: Checkout, bus: Bus | None) -> None:
    checkout.announce = AnnounceOutcomes(checkout.orders, bus)
    checkout.run_reconciler()


def test_the_reconciler_announces_what_the_relay_did_not(checkout: Checkout) -> None:
    bus = Bus()
    settled = [paid(checkout.orders, f"k{number}") for number in range(60)]
    run(checkout, bus)
    assert bus.events == []
    checkout.clock.time += HOUR
    run(checkout, bus)
    assert sorted(each.order.order_id for each in bus.events) == sorted(o.order_id for o in settled)
    assert bus.puts == 2
    assert checkout.orders.count_announcements(0, NOW) == 0


@pytest.mark.parametrize("state", [S.ACTION_REQUIRED, S.PROCESSING, S.NEEDS_REVIEW])
def test_the_reconciler_announces_what_an_order_owes_that_is_not_settled(
    state: S, checkout: Checkout
) -> None:
    bus, orders = Bus(), checkout.orders
    order = IN_STATE[state](orders, "k")
    member = Announcement(1, "OrderDeclined", 1, NOW, {"code": "x"}).to_member()
    orders.by_id[order.order_id] = replace(
        order, owed=frozenset({member}), event_ordinal=1, action_deadline=NOW + 9 * HOUR
    )
    checkout.clock.time += HOUR
    run(checkout, bus)
    assert bus.kinds[:1] == ["OrderDeclined"]
    assert member not in now(orders, order).owed


def test_a_young_announcement_is_the_relays(checkout: Checkout) -> None:
    """The order is old, and the reconciler sees it in each run."""
    bus, orders = Bus(), checkout.orders
    held = claim(orders, IN_STATE[S.PENDING](orders, "k"))
    later = NOW + HOUR
    orders.record_action_required(held, "https://bank/", later + 9 * HOUR, later)
    checkout.clock.time = later + RECONCILE_AFTER_SECONDS * SECOND - 1
    run(checkout, bus)
    assert bus.events == []
    checkout.clock.time += 1
    run(checkout, bus)
    assert bus.kinds == ["OrderActionRequired"]


def test_where_the_bus_was_switched_off_the_reconciler_leaves_nothing_behind(
    checkout: Checkout,
) -> None:
    orders = checkout.orders
    found = [IN_STATE[state](orders, state.value) for state in (S.PAID, S.NEEDS_REVIEW)]
    orders._updates.announces = False
    checkout.clock.time += HOUR
    run(checkout, None)
    assert [now(orders, each).owed for each in found] == [frozenset()] * 2
    assert (orders.count_announcements(0, NOW), orders.count_in_review(0)) == (0, 1)


def test_the_gauge_tells_of_overdue_announcements(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="checkout_runtime")
    paid(checkout.orders, "k")
    bus = Bus()
    bus.refused = {f"{each}#1" for each in checkout.orders.by_id}
    patience = RECONCILE_AFTER_SECONDS * SECOND
    for age, overdue in ((0, 0), (patience - 1, 0), (patience, 1), (2 * HOUR, 1)):
        caplog.clear()
        checkout.clock.time = NOW + age
        run(checkout, bus)
        gauge = next(vars(r) for r in caplog.records if vars(r)["event"] == "checkout_gauge")
        assert gauge["announcements_overdue"] == overdue
        assert gauge["oldest_announcement_seconds"] == age // SECOND
        assert gauge["orders_unsettled"] == gauge["oldest_unsettled_seconds"] == 0
