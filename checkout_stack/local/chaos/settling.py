"""Wait until everything is settled, and read what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.chaos.comparison import unshipped
from checkout_stack.local.chaos.refund_comparison import ENDS
from checkout_stack.local.checkout_inspector import SETTLED, Shipment, StoredOrder, StoredRefund
from checkout_stack.local.local_checkout import LocalCheckout

PROGRESS_SECONDS = 15.0
SECONDS_TO_SETTLE = 480.0
"""The reconciler takes an order for stuck after 168 s, and looks again after twice that."""
RECONCILE_SECONDS = 30.0
REFUNDS_SETTLED = ENDS | {"NEEDS_REVIEW"}
"""Nothing more is waited for; one that needs an operator breaks the promise."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One checkout at a moment."""

    checkout: LocalCheckout
    orders: list[StoredOrder]
    refunds: list[StoredRefund]
    shipments: Mapping[str, Shipment]
    messages: int
    """On the payment queue."""

    returned: list[StoredRefund]
    """Refunds that are ``REFUNDED`` here, and were returned to the payment service since."""

    @classmethod
    def of(cls, checkout: LocalCheckout, made: Iterable[Mapping[str, Any]]) -> Seen:
        """Look at it now; ``made`` is the payment service's ledger of refunds."""
        inspector, failed = checkout.inspector, _failed(made)
        refunds = inspector.every_refund()
        return cls(
            checkout=checkout,
            orders=inspector.every_order(),
            refunds=refunds,
            shipments=inspector.shipments(),
            messages=inspector.messages("payment queue"),
            returned=[
                each for each in refunds if each.status == "REFUNDED" and each.payment_key in failed
            ],
        )

    @property
    def open_refunds(self) -> int:
        """How many refunds are not settled, or not any more."""
        return sum(each.status not in REFUNDS_SETTLED for each in self.refunds) + len(self.returned)

    @property
    def open_orders(self) -> int:
        """How many orders are not settled."""
        return sum(each.status not in SETTLED for each in self.orders)

    @property
    def waiting(self) -> int:
        """How much is not announced or shipped."""
        owing = sum(bool(each.owed) for each in self.orders)
        return owing + unshipped(self.orders, self.shipments)

    def help(self) -> None:
        """Bring about now what takes hours or days, and run the reconciler.

        What is processed was decided long ago, and is looked up. A hold that nobody asked for
        lapses. No request is on its way any more for an order that is to be cancelled. Of a refund
        that was returned the payment service tells once more.
        """
        controls, payments = self.checkout.controls, self.checkout.payments
        for order in self.orders:
            if order.status == "AUTHORIZED":
                payments.hold_lapses(f"{order.order_id}:{order.attempt}")
            if order.status in ("AUTHORIZED", "PROCESSING"):
                controls.make_look_up_due(order.order_id, order.attempt)
            if order.status == "UNKNOWN":
                controls.end_wait_for_requests(order.order_id)
        for refund in self.refunds:
            if refund.status == "PROCESSING":
                controls.make_look_up_due(refund.refund_id)
        for refund in self.returned:
            payments.resend_webhook(refund.payment_key)
        controls.reconcile()


def settle(checkouts: Sequence[LocalCheckout]) -> list[Seen]:
    """Wait for every order, refund and message; help as the schedule would, and say what is left.

    Returns what was seen last: of each checkout, in their order.
    """
    first = checkouts[0]
    began = said = time.monotonic()
    helped: float | None = None
    while True:
        made = first.payments.refunds()
        seen = [Seen.of(each, made) for each in checkouts]
        pending = sum(each["status"] != each["becomes"] for each in made)
        refunds = pending + sum(each.open_refunds for each in seen)
        orders = sum(each.open_orders for each in seen)
        messages = sum(each.messages for each in seen)
        waiting = sum(each.waiting for each in seen)
        now = time.monotonic()
        if not (orders or refunds or messages or waiting) or now - began > SECONDS_TO_SETTLE:
            return seen
        if now - said >= PROGRESS_SECONDS:
            said = now
            first.run.progress.say(
                f"{orders} orders and {refunds} refunds not settled, "
                f"{messages} messages on the queue, {waiting} not announced or shipped"
            )
        if helped is None or now - helped >= RECONCILE_SECONDS:
            helped = now
            for each in seen:
                each.help()
        for checkout in checkouts:
            checkout.check_running()
        time.sleep(2.0)


def _failed(made: Iterable[Mapping[str, Any]]) -> set[str]:
    return {each["refund_key"] for each in made if each["status"] == "failed"}
