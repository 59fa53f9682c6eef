"""The page is told where the order is, and what happened in the order of the times."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout_stack.local.checkout_inspector import Shipment
from checkout_stack.local.payment_service_process import PaymentControls
from checkout_stack.local.shop.naive_checkout import NaiveCheckout
from checkout_stack.local.shop.notebook import Notebook
from checkout_stack.local.shop.observation import PaymentRecord, Queues, SeenOrder, SeenRefund
from checkout_stack.local.shop.view import place_of, view_of
from tests.local.shop.shop_double import CART
from tests.local.shop.test_shop import FakeObserver

NOTHING_ASKED = PaymentRecord((), ())
ASKED = PaymentRecord((1.0,), ())
CHARGED = PaymentRecord((1.0,), (2.0,))


SHIPPED = Shipment("ord_abcdefghijk", "ord_abcdefghijk#1", parcels=1)


def order(
    status: str,
    *,
    claims: int = 0,
    shipment: Shipment | None = None,
    refunds: tuple[SeenRefund, ...] = (),
) -> SeenOrder:
    return SeenOrder(
        order_id="ord_abcdefghijk",
        status=status,
        attempt=1,
        claims=claims,
        resends=0,
        accepted_at=10.0,
        first_claimed_at=11.0 if claims else None,
        shipment=shipment,
        refunds=refunds,
    )


@pytest.mark.parametrize(
    ("working", "orders", "messages", "payments", "place"),
    [
        (0, [], 0, NOTHING_ASKED, "nowhere"),
        (1, [], 0, NOTHING_ASKED, "intake"),
        (1, [order("PENDING")], 0, NOTHING_ASKED, "stream"),
        (0, [order("PENDING")], 1, NOTHING_ASKED, "queue"),
        (0, [order("CHARGING", claims=1)], 1, NOTHING_ASKED, "consumer"),
        (0, [order("CHARGING", claims=1)], 1, ASKED, "payment"),
        (0, [order("UNKNOWN", claims=1)], 1, CHARGED, "queue"),
        (0, [order("PAID", claims=1)], 0, CHARGED, "warehouse"),
        (0, [order("PAID", claims=1, shipment=SHIPPED)], 0, CHARGED, "settled"),
        (1, [order("PAID", claims=1, shipment=SHIPPED)], 0, CHARGED, "settled"),
        (0, [order("NEEDS_REVIEW", claims=1)], 0, ASKED, "settled"),
    ],
)
def test_the_order_is_where_table_queue_and_ledger_say(
    working: int,
    orders: list[SeenOrder],
    messages: int,
    payments: PaymentRecord,
    place: str,
) -> None:
    assert place_of(working, orders, Queues(messages, 0), payments) == place


@pytest.fixture
def naive(tmp_path: Path) -> NaiveCheckout:
    return NaiveCheckout(tmp_path / "naive.sqlite", PaymentControls(port=9, secret="unused"))


def test_events_stand_in_the_order_of_their_times(naive: NaiveCheckout) -> None:
    notebook = Notebook(now=lambda: 13.0)
    observer = FakeObserver(
        found=[order("PAID", claims=1)],
        recorded={f"ours-{CART}": PaymentRecord((11.5,), (12.0,))},
    )

    events = view_of(CART, notebook, naive, observer)["events"]

    assert [event["text"] for event in events] == [
        "Order ord_abcdefgh… stored: PENDING",
        "Claim 1: one worker has the order",
        "Payment request 1",
        "Charge 1: the money is taken",
        "Outcome stored: PAID",
    ]


def test_the_event_that_reached_the_warehouse_and_the_refund_are_told(
    naive: NaiveCheckout,
) -> None:
    notebook = Notebook(now=lambda: 13.0)
    refund = SeenRefund(refund_id="op_abcdefghijk", status="REFUNDED", amount=4200, accepted_at=14)
    observer = FakeObserver(
        found=[order("PAID", claims=1, shipment=SHIPPED, refunds=(refund,))],
        recorded={f"ours-{CART}": PaymentRecord((11.5,), (12.0,), (14.5,))},
    )

    seen = view_of(CART, notebook, naive, observer)

    told = [(event["kind"], event["text"]) for event in seen["events"]]
    assert ("step", "Event OrderPaid #1 reached the warehouse") in told
    assert ("step", "Refund op_abcdefgh…: REFUNDED") in told
    assert told[-1] == ("refund", "Refund 1: the money goes back")
    assert seen["ours"]["refunds"] == 1
    assert seen["ours"]["order"]["shipment"]["parcels"] == 1


def test_what_is_seen_again_is_not_told_again(naive: NaiveCheckout) -> None:
    notebook, observer = Notebook(), FakeObserver(found=[order("UNKNOWN", claims=2)])

    once = view_of(CART, notebook, naive, observer)["events"]

    assert view_of(CART, notebook, naive, observer)["events"] == once
    assert "Claim 2: retry under the same payment key" in [event["text"] for event in once]


def test_a_second_charge_is_counted_from_the_ledger(naive: NaiveCheckout) -> None:
    observer = FakeObserver(recorded={f"naive-{CART}": PaymentRecord((1.0, 2.0), (1.5, 2.5))})

    seen = view_of(CART, Notebook(), naive, observer)

    assert (seen["naive"]["charges"], seen["ours"]["charges"]) == (2, 0)
