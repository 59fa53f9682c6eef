"""Ours: the handler as it is deployed, with look-up and cancellation at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from bench.peers.invocations import Event, LambdaContext, batch, consuming, names_in, request
from checkout_runtime.handlers.place_order import handler as place_order
from checkout_runtime.handlers.process_payments import handler

_events: dict[str, Event] = {}


def prepare(names: Sequence[str]) -> None:
    """Place the orders, and make the events that ask for their payment."""
    _events.update({name: placed(name) for name in names})


def placed(name: str) -> Event:
    """Place the orders of a batch, and return the event that asks for their payment."""
    answers = [place_order(request(order), LambdaContext()) for order in names_in(name)]
    orders = [json.loads(answer["body"])["order_id"] for answer in answers]
    return batch([{"attempt": 1, "order_id": order} for order in orders])


def program() -> Callable[[str], None]:
    """Takes one batch."""
    return consuming(handler, _events)
