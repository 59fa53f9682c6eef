"""Ours: the handler as it is deployed, with look-up and cancellation at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from bench.peers.invocations import LambdaContext, batch, consuming, names_in, request
from checkout_runtime.handlers.place_order import handler as place_order
from checkout_runtime.handlers.process_payments import handler

_events: dict[str, dict[str, Any]] = {}


def prepare(names: Sequence[str]) -> None:
    """Place the orders, and make the events that ask for their payment."""
    context = LambdaContext()
    for name in names:
        answers = [place_order(request(order), context) for order in names_in(name)]
        orders = [json.loads(answer["body"])["order_id"] for answer in answers]
        _events[name] = batch([{"attempt": 1, "order_id": order} for order in orders])


def program() -> Callable[[str], None]:
    """Takes one batch."""
    return consuming(handler, _events)
