"""What came of a schedule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Outcome"]


class Outcome:
    """What came of one schedule."""

    def __init__(self, world: World, problem: BaseException | None) -> None:
        self.problem = problem
        self.covered = world.covered
        self.troubled = world.troubled
        self.steps = world.steps
        self.final_states = Counter(world.invariants.statuses())
        self.reviews = Counter(world.invariants.review_reasons())
        self.charges = len(world.ledger())
