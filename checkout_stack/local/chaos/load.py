"""Buyers who click twice, give up, come back, and change the card."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError

from checkout_stack.local.buyers import Buyer
from checkout_stack.local.chaos.back_office import BackOfficeLoad
from checkout_stack.local.chaos.comparison import Purchase
from checkout_stack.local.checkout_client import Answer, GaveUp
from checkout_stack.local.checkout_inspector import SETTLED
from checkout_stack.local.local_checkout import LocalCheckout

SHOPPERS = 8
"""In all, an equal number at each checkout."""
PATIENCE_SECONDS = 40.0
"""How long a shopper watches one order before the next purchase: this bounds the load."""
POLL_SECONDS = 0.5
MOST_SENDINGS = 6
LIMITED = "answers 429 to good buyers"
"""The figure of what the limits against card testing must not do."""
CANCELS = 0.15
"""Share of the orders whose buyers change their mind within a second."""
METHODS = (
    "pm_ok",
    "pm_ok",
    "pm_ok",
    "pm_slow_300ms",
    "pm_declined",
    "pm_hang_after_capture_once",
    "pm_hang_before_capture_once",
    "pm_error_500_2times",
    "pm_error_503_after_capture_once",
    "pm_unreadable_after_capture_once",
    "pm_error_404_after_capture",
    "pm_html_402_after_capture_once",
    "pm_lookup_html_402_after_capture_2times",
    "pm_refused_404",
    "pm_not_charged",
    "pm_processing_captured_after_20",
    "pm_processing_declined_after_20",
    "pm_refund_hang_after_capture_once",
    "pm_refund_error_500_after_capture_once",
    "pm_refund_unreadable_after_capture_once",
    "pm_refund_html_404_once",
    "pm_refund_declined",
    "pm_refund_pending_refunded_after_20",
    "pm_refund_pending_failed_after_20",
    "pm_refund_pending_refunded_after_5.webhook",
    "pm_refund_failed_after_5.webhook",
)
METHODS_OF_HOLDS = (
    *METHODS,
    "pm_capture_hang_after_capture_once",
    "pm_capture_error_500_after_capture_once",
    "pm_capture_unreadable_after_capture_once",
    "pm_capture_html_404_once",
    "pm_capture_refused",
    "pm_hold_lapses_after_1",
    "pm_hold_lapses_after_20",
)
"""Where money is held first."""
OTHER_CARD = "pm_ok.other"
PURCHASES_OF_A_BUYER = 5
"""Within the minutes of a run: more than a good buyer places."""


@dataclass
class Load:
    """Every purchase that was tried, and the figures."""

    checkout: LocalCheckout
    seed: int
    back_office: BackOfficeLoad
    shoppers: int = SHOPPERS
    holds: bool = False
    """Whether the checkout's charges are holds."""

    purchases: list[Purchase] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Send the shoppers in."""
        self._pool = ThreadPoolExecutor(self.shoppers, thread_name_prefix="shopper")
        self._shopping = [self._pool.submit(self._shop, each) for each in range(self.shoppers)]

    def stop(self) -> None:
        """Let each shopper finish what it is at; raises what broke one."""
        self._stopped.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            for shopper in self._shopping:
                shopper.result()

    def abandon(self) -> None:
        """Let no shopper begin anything more."""
        self._stopped.set()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def violations(self) -> list[str]:
        """Return what good buyers met of the limits against card testing, which is nothing."""
        limited = self.figures[LIMITED]
        return [f"good buyers were answered 429 {limited} times"] if limited else []

    def _shop(self, number: int) -> None:
        draw = random.Random(f"{self.seed}/{self.holds}/{number}")  # noqa: S311 - chosen to be repeatable
        while not self._stopped.is_set():
            name = f"good-{uuid.uuid4().hex}"
            try:
                buyer = self.checkout.users.sign_up_and_in(name)[name]
            except (BotoCoreError, ClientError):  # the busy user pool answered a repetition
                self._count("connections lost")
                continue
            self._count("good buyers")
            for _ in range(PURCHASES_OF_A_BUYER):
                if not self._stopped.is_set():
                    self._buy(buyer, draw)

    def _buy(self, buyer: Buyer, draw: random.Random) -> None:
        purchase = Purchase(f"cus_{uuid.uuid4().hex[:12]}", draw.choice((1, 4200, 99_000)))
        with self._lock:
            self.purchases.append(purchase)
        self._count("purchases")
        key = str(uuid.uuid4())
        cart: dict[str, object] = {
            "amount": purchase.amount,
            "currency": "EUR",
            "customer": purchase.customer,
            "lines": [{"sku": "mug", "quantity": 1}],
            "payment_method": draw.choice(METHODS_OF_HOLDS if self.holds else METHODS),
        }
        wanted = draw.choice((1, 1, 2, 3))
        for sending in range(MOST_SENDINGS):
            patience = draw.choice((0.05, 0.5, 5.0))
            self._send(buyer, purchase, key, cart, patience, again=sending > 0)
            if purchase.order_ids and sending + 1 >= wanted:
                break
        for order_id in purchase.order_ids:
            if self._watch(buyer, order_id, purchase.amount, draw) == "PAID":
                self.back_office.ask(order_id, purchase.amount, draw)

    def _send(
        self,
        buyer: Buyer,
        purchase: Purchase,
        key: str,
        cart: dict[str, object],
        patience: float,
        *,
        again: bool,
    ) -> None:
        self._count("requests")
        self._count("resubmissions", again)
        try:
            answer = self.checkout.client.place_order(buyer, key, cart, timeout=patience)
        except OSError:
            self._count("connections lost")
            return
        self._count("client timeouts", isinstance(answer, GaveUp))
        if isinstance(answer, Answer):
            self._count("answers 5xx", answer.status >= 500)
            self._count(LIMITED, answer.status == HTTPStatus.TOO_MANY_REQUESTS)
            if answer.status in (200, 202):
                purchase.order_ids.add(str(answer.body["order_id"]))

    def _watch(self, buyer: Buyer, order_id: str, amount: int, draw: random.Random) -> str | None:
        """Wait until the order is settled; after a decline sometimes press another card twice.

        Once money is held, the back office asks for it, or nobody does.

        Returns the state in which it was seen last, where it is settled.

        Who pays by direct debit presses another card as well, which must be refused, and leaves.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        is_held = False
        if draw.random() < CANCELS:
            time.sleep(draw.random())
            self._cancel(buyer, order_id)
        while time.monotonic() < until and not self._stopped.is_set():
            try:
                order = self.checkout.client.get_order(buyer, order_id).body
                if order.get("status") == "DECLINED" and order["attempt"] == 1:
                    if draw.random() < 0.5:
                        return "DECLINED"
                    for _ in range(2):
                        self._press_other_card(buyer, order_id)
                elif order.get("status") == "PROCESSING":
                    self._press_other_card(buyer, order_id)
                    return None
                elif order.get("status") == "AUTHORIZED" and not is_held:
                    is_held = True
                    void = partial(self._cancel, buyer, order_id)
                    self.back_office.ask_to_capture(order_id, amount, draw, void)
                elif order.get("status") in SETTLED:
                    return str(order["status"])
            except OSError:
                self._count("connections lost")
            time.sleep(POLL_SECONDS)
        return None

    def _cancel(self, buyer: Buyer, order_id: str) -> None:
        self._count("cancellations")
        try:
            self.checkout.client.cancel(buyer, order_id)
        except OSError:
            self._count("connections lost")

    def _press_other_card(self, buyer: Buyer, order_id: str) -> None:
        self._count("other cards")
        answer = self.checkout.client.start_payment_attempt(
            buyer, order_id, payment_method=OTHER_CARD, replaces=1
        )
        self._count(LIMITED, answer.status == HTTPStatus.TOO_MANY_REQUESTS)

    def _count(self, what: str, holds: bool = True) -> None:
        with self._lock:
            self.figures[what] += holds
