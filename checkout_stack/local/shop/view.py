"""What the page shows of a cart, put together from what happened and what is stored."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from checkout_stack.local.checkout_inspector import SETTLED
from checkout_stack.local.shop.cart import checkout_customer, naive_customer
from checkout_stack.local.shop.naive_checkout import NaiveCheckout
from checkout_stack.local.shop.notebook import Event, Notebook, Shop
from checkout_stack.local.shop.observation import Observer, PaymentRecord, Queues, SeenOrder

Place = Literal[
    "nowhere", "intake", "table", "stream", "queue", "consumer", "payment", "warehouse", "settled"
]


def view_of(
    cart: str, notebook: Notebook, naive: NaiveCheckout, observer: Observer
) -> dict[str, Any]:
    """Both shops' counts, where the order is, and the events in the order of their times."""
    naive_payments = observer.payments(naive_customer(cart))
    payments = observer.payments(checkout_customer(cart))
    orders = observer.orders(checkout_customer(cart))
    queues = observer.queues()
    naive_orders = naive.orders(naive_customer(cart))
    for order in orders:
        _look_for_changes(order, notebook)
    events = [
        *notebook.events(),
        *(event for order in orders for event in _order_events(order)),
        *_payment_events("naive", naive_payments),
        *_payment_events("ours", payments),
    ]
    presses = notebook.presses
    return {
        "naive": {
            **asdict(presses["naive"]),
            "orders": len(naive_orders),
            "states": [state for _, state in naive_orders],
            "payment_requests": len(naive_payments.requests),
            "charges": len(naive_payments.charges),
            "place": _naive_place(presses["naive"].working, naive_orders, naive_payments),
        },
        "ours": {
            **asdict(presses["ours"]),
            "orders": len(orders),
            "order": asdict(orders[0]) if orders else None,
            "queues": asdict(queues),
            "payment_requests": len(payments.requests),
            "charges": len(payments.charges),
            "refunds": len(payments.refunds),
            "place": place_of(presses["ours"].working, orders, queues, payments),
        },
        "events": [asdict(event) for event in sorted(events, key=lambda event: event.at)],
    }


def place_of(
    working: int, orders: list[SeenOrder], queues: Queues, payments: PaymentRecord
) -> Place:
    """Where the order is on its way.

    What is in the table and in no queue is between the two: the stream has it, or the relay. What
    is paid and not shipped is on the bus, or on its way to it.
    """
    if not orders:
        return "intake" if working else "nowhere"
    status = orders[0].status
    if status == "PAID" and orders[0].shipment is None:
        return "warehouse"
    if status in SETTLED:
        return "settled"
    if status == "CHARGING":
        asked_and_not_answered = payments.requests and not payments.charges
        return "payment" if asked_and_not_answered else "consumer"
    return "queue" if queues.payments else "stream"


def _naive_place(working: int, orders: list[tuple[int, str]], payments: PaymentRecord) -> Place:
    if working:
        if len(payments.requests) > len(payments.charges):
            return "payment"
        return "table" if orders else "intake"
    return "settled" if orders else "nowhere"


def _look_for_changes(order: SeenOrder, notebook: Notebook) -> None:
    """Note what the table keeps no time of; the note is as late as the look."""
    this = order.order_id
    for claim in range(2, order.claims + 1):
        notebook.see(f"{this} claim {claim}", f"Claim {claim}: retry under the same payment key")
    if order.status == "UNKNOWN":
        told = "No certain answer: UNKNOWN, to be tried again"
        notebook.see(f"{this} unknown after claim {order.claims}", told)
    if order.status in SETTLED:
        notebook.see(f"{this} {order.status}", f"Outcome stored: {order.status}")
    if order.shipment is not None:
        event = order.shipment.event_id
        told = f"Event OrderPaid #{event.rpartition('#')[2]} reached the warehouse"
        notebook.see(f"{event} shipped", told)
    for refund in order.refunds:
        told = f"Refund {refund.refund_id[:11]}…: {refund.status}"
        notebook.see(f"{refund.refund_id} {refund.status}", told)


def _order_events(order: SeenOrder) -> list[Event]:
    stored = f"Order {order.order_id[:12]}… stored: PENDING"
    events = [Event(at=order.accepted_at, shop="ours", kind="step", text=stored)]
    if order.first_claimed_at is not None:
        text = "Claim 1: one worker has the order"
        events.append(Event(at=order.first_claimed_at, shop="ours", kind="step", text=text))
    return events


def _payment_events(shop: Shop, payments: PaymentRecord) -> list[Event]:
    asked = [
        Event(at=at, shop=shop, kind="step", text=f"Payment request {number}")
        for number, at in enumerate(payments.requests, start=1)
    ]
    charged = [
        Event(at=at, shop=shop, kind="charge", text=f"Charge {number}: the money is taken")
        for number, at in enumerate(payments.charges, start=1)
    ]
    refunded = [
        Event(at=at, shop=shop, kind="refund", text=f"Refund {number}: the money goes back")
        for number, at in enumerate(payments.refunds, start=1)
    ]
    return asked + charged + refunded
