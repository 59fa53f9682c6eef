"""Ours: the handler as it is deployed."""

from __future__ import annotations

from collections.abc import Callable

from bench.peers.invocations import placing
from checkout_runtime.handlers.place_order import handler


def program() -> Callable[[str], None]:
    """Places one order under a key."""
    return placing(handler)
