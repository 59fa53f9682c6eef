"""What can go wrong at a boundary here and now, inside the premises (docs/internals/proof.md)."""

from __future__ import annotations

from functools import cache
from typing import Final

from simulator.cases import HOUR, Carts
from simulator.faults import GATEWAY_ANSWERS, Boundary, Fault
from simulator.world_state import WorldState

__all__ = ["PossibleFaults"]

LATE_TROUBLE_UNTIL_MS: Final = 12 * HOUR
"""Until when workers oversleep and requests arrive late: every payment key is still remembered."""
_NOT_SURVIVED_BEFORE = frozenset(GATEWAY_ANSWERS)
"""What does not happen where the previous version runs: it took a gateway's 4xx for a no, which is
why there is a newer one."""


class PossibleFaults:
    """Knows one world's."""

    def __init__(self, world: WorldState) -> None:
        self._world = world
        self._is_alone = world.case.carts is not Carts.GUARDED and not world.case.refunds
        """Whether no transaction can meet another."""

    def at(
        self, boundary: Boundary, *, leaves_keys_over: bool = False, is_read: bool = False
    ) -> Boundary:
        """Return the boundary with what is possible there."""
        return _without(
            boundary,
            is_late=self._world.since_start() >= LATE_TROUBLE_UNTIL_MS,
            is_alone=self._is_alone,
            is_read=is_read,
            is_known_before=self._world.case.is_upgrade,
            leaves_keys_over=leaves_keys_over,
        )


@cache
def _without(
    boundary: Boundary,
    *,
    is_late: bool,
    is_alone: bool,
    is_read: bool,
    is_known_before: bool,
    leaves_keys_over: bool,
) -> Boundary:
    ruled_out = set(_NOT_SURVIVED_BEFORE) if is_known_before else set()
    if is_late:
        ruled_out |= {Fault.PROCESSED_LATE, Fault.OVERSLEEP}
    if is_read:
        ruled_out |= {Fault.CONFLICT, Fault.LANDS_LATE}
    if is_alone:
        ruled_out.add(Fault.CONFLICT)
    if not leaves_keys_over:
        ruled_out.add(Fault.UNPROCESSED)
    possible = tuple(fault for fault in boundary.possible if fault not in ruled_out)
    return Boundary(boundary.name, possible)
