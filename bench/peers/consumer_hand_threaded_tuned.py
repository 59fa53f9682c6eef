"""Threads over groups by hand, with messages charged as in ``charging_tuned``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.peers import charging_tuned as charging
from bench.peers.peer_batches import hand_threaded, prepared


def prepare(names: Sequence[str]) -> None:
    """Store the orders."""
    prepared(charging, names)


def program() -> Callable[[str], None]:
    """Takes one batch."""
    return hand_threaded(charging)
