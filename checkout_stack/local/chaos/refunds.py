"""A back office that gives money back: in part, as a whole, and more often than there is money."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from checkout_stack.local.chaos.refund_comparison import AskedRefund
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.scenarios.scenario_run import simultaneously

MOST_SENDINGS = 6
PATIENCE_SECONDS = (0.05, 0.5, 5.0)
_ACCEPTED = (200, 202)
_REFUSED, _NOT_SIGNED_IN = 409, 401
_LATER = ("not_paid_yet", "busy")


@dataclass
class BackOfficeLoad:
    """Every refund that was asked for, and the figures."""

    checkout: LocalCheckout
    asked: list[AskedRefund] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    _token: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, order_id: str, amount: int, draw: random.Random) -> None:
        """Ask for refunds of a paid order, all at the same instant and each of them twice.

        What is drawn: nothing, everything, a part, two equal parts, or more than was captured.
        """
        part = max(amount // 2, 1)
        wanted: tuple[int | None, ...] = draw.choice(
            ((), (None,), (part,), (part, part), (None, None), (part, None), (amount, part, 1))
        )
        asked = [AskedRefund(order_id, uuid.uuid4().hex, each) for each in wanted]
        with self._lock:
            self.asked += asked
            self.figures["refunds asked for"] += len(asked)
        sendings = [
            partial(self._send, each, [draw.choice(PATIENCE_SECONDS) for _ in range(MOST_SENDINGS)])
            for each in asked * 2
        ]
        if sendings:
            simultaneously(*sendings)

    def _send(self, asked: AskedRefund, patience: list[float]) -> None:
        """Send a request again until it is answered."""
        wanted = {} if asked.amount is None else {"amount": asked.amount}
        for seconds in patience:
            with self._lock:
                self.figures["refund requests"] += 1
            try:
                answer = self.checkout.client.refund(
                    self._token, asked.order_id, asked.key, wanted, timeout=seconds
                )
            except OSError:
                with self._lock:
                    self.figures["refund answers lost"] += 1
                continue
            if answer.status in _ACCEPTED:
                with self._lock:
                    asked.refund_ids.add(str(answer.body["refund_id"]))
                return
            if answer.status == _REFUSED and answer.body.get("why") not in _LATER:
                with self._lock:
                    self.figures["refunds refused"] += 1
                return
            if answer.status == _NOT_SIGNED_IN:
                self._token = self.checkout.back_office.token()
