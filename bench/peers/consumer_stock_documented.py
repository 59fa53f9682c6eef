"""Powertools' FIFO processor, with messages charged as in ``charging_documented``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.peers import charging_documented as charging
from bench.peers.peer_batches import prepared, stock


def prepare(names: Sequence[str]) -> None:
    """Store the orders."""
    prepared(charging, names)


def program() -> Callable[[str], None]:
    """Takes one batch."""
    return stock(charging)
