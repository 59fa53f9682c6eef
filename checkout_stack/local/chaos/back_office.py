"""A back office that takes held money and gives money back, and asks for more than there is."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from checkout_stack.local.chaos.capture_comparison import AskedCapture
from checkout_stack.local.chaos.refund_comparison import AskedRefund
from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.scenarios.scenario_run import simultaneously

MOST_SENDINGS = 6
VOIDS = 0.3
"""Share of the holds that their buyers give up at the instant of the captures."""
PATIENCE_SECONDS = (0.05, 0.5, 5.0)
_ACCEPTED = (200, 202)
_REFUSED, _NOT_SIGNED_IN = 409, 401
_LATER = ("not_paid_yet", "not_held_yet", "busy")


@dataclass
class BackOfficeLoad:
    """Every refund and capture that was asked for, and the figures."""

    checkout: LocalCheckout
    asked: list[AskedRefund] = field(default_factory=list)
    captures: list[AskedCapture] = field(default_factory=list)
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
        self._count("refunds asked for", len(asked))
        sendings = [partial(self._send_refund, each, _patience(draw)) for each in asked * 2]
        if sendings:
            simultaneously(*sendings)

    def ask_to_capture(
        self, order_id: str, amount: int, draw: random.Random, void: Callable[[], None]
    ) -> None:
        """Ask for held money, all at the same instant and each time twice; or let it go.

        What is drawn: nothing, so that it lapses; everything; a part; both at once; more than is
        held; ``void``, the buyer's cancellation; or that beside a capture.
        """
        part = max(amount // 2, 1)
        wanted: tuple[int | None, ...] = draw.choice(
            ((), (None,), (None,), (part,), (part,), (part, None), (amount + 1, part))
        )
        asked = [AskedCapture(order_id, amount if each is None else each) for each in wanted]
        with self._lock:
            self.captures += asked
        self._count("captures asked for", len(asked))
        sendings: list[Callable[[], None]] = [
            partial(self._send_capture, each, _patience(draw)) for each in asked * 2
        ]
        if draw.random() < VOIDS:
            self._count("holds to be let go", 1)
            sendings.append(void)
        if sendings:
            simultaneously(*sendings)

    def _send_refund(self, asked: AskedRefund, patience: list[float]) -> None:
        wanted = {} if asked.amount is None else {"amount": asked.amount}
        refund = partial(self.checkout.client.refund, order_id=asked.order_id, key=asked.key)
        answer = self._send("refund", partial(refund, wanted=wanted), patience)
        if answer is not None and answer.status in _ACCEPTED:
            with self._lock:
                asked.refund_ids.add(str(answer.body["refund_id"]))

    def _send_capture(self, asked: AskedCapture, patience: list[float]) -> None:
        wanted = {"amount": asked.amount}
        capture = partial(self.checkout.client.capture, order_id=asked.order_id, wanted=wanted)
        answer = self._send("capture", capture, patience)
        if answer is None or answer.status in _ACCEPTED:
            asked.may_be_taken = True

    def _send(
        self, what: str, request: Callable[..., Answer], patience: list[float]
    ) -> Answer | None:
        """Send a request again until it is answered; return the answer, or None if none came."""
        for seconds in patience:
            self._count(f"{what} requests", 1)
            try:
                answer = request(self._token, timeout=seconds)
            except OSError:
                self._count(f"{what} answers lost", 1)
                continue
            if answer.status in _ACCEPTED:
                return answer
            if answer.status == _REFUSED and answer.body.get("why") not in _LATER:
                self._count(f"{what}s refused", 1)
                return answer
            if answer.status == _NOT_SIGNED_IN:
                self._token = self.checkout.back_office.token()
        return None

    def _count(self, what: str, times: int) -> None:
        with self._lock:
            self.figures[what] += times


def _patience(draw: random.Random) -> list[float]:
    return [draw.choice(PATIENCE_SECONDS) for _ in range(MOST_SENDINGS)]
