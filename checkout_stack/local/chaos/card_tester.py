"""Somebody who tries out stolen cards: the limits that no good buyer meets have to hold them up."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import MutableSequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus

from checkout_stack.local.chaos.comparison import Purchase
from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.local_checkout import UNDER_LOAD, LocalCheckout

PAUSE_SECONDS = 1.0
"""Between two cards, so that a run of a minute meets the limit and does little else."""
AMOUNT = 100
WINDOW_SECONDS = 3600
"""Of the limits, by default."""
TRIED_OUT = "cards tried out"
HELD_UP = "answers 429 to a card tester"


@dataclass
class CardTester:
    """One buyer who places an order for each card."""

    checkout: LocalCheckout
    purchases: MutableSequence[Purchase]
    """Where each order is noted, as everybody's purchases are."""

    figures: Counter[str] = field(default_factory=Counter)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _work: Future[None] | None = None
    _began: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Begin."""
        self._work = self._pool.submit(self._try_cards)

    def stop(self) -> None:
        """Finish the card at hand; raises what broke the work."""
        self._stopped.set()
        if self._work is not None:
            self._work.result()
        self._pool.shutdown()

    def abandon(self) -> None:
        """Begin no other card."""
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def violations(self) -> list[str]:
        """Return what the limits let through that they must not."""
        windows = 1 + int((time.monotonic() - self._began) / WINDOW_SECONDS)
        placed, most = self.figures[TRIED_OUT], windows * (UNDER_LOAD.orders_per_buyer or 0)
        return [f"one buyer tried {placed} cards out"] if placed > most else []

    def _try_cards(self) -> None:
        buyer = self.checkout.users.sign_up_and_in("card-tester")["card-tester"]
        while not self._stopped.wait(PAUSE_SECONDS):
            purchase = Purchase(f"cus_{uuid.uuid4().hex[:12]}", AMOUNT)
            self.purchases.append(purchase)
            order: dict[str, object] = {
                "amount": AMOUNT,
                "currency": "EUR",
                "customer": purchase.customer,
                "lines": [{"sku": "gift card", "quantity": 1}],
                "payment_method": "pm_declined",
            }
            try:
                answer = self.checkout.client.place_order(buyer, str(uuid.uuid4()), order)
            except OSError:
                continue
            if isinstance(answer, Answer):
                self.figures[TRIED_OUT] += answer.status == HTTPStatus.ACCEPTED
                self.figures[HELD_UP] += answer.status == HTTPStatus.TOO_MANY_REQUESTS
