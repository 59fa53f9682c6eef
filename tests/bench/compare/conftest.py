"""Workflows that are played by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.compare.fault_plan import INTENSITIES
from bench.compare.purchases import case_of
from bench.compare.stage import Stage
from simulator.faults import Boundary, Fault, NoFaults

MakeStage = Callable[..., Stage]


class FirstDelivery:
    """One fault, at the first delivery."""

    def __init__(self, fault: Fault) -> None:
        self._fault: Fault | None = fault

    def fault_at(self, boundary: Boundary, *, others_are_due: bool) -> Fault | None:
        """The fault, once."""
        del others_are_due
        if self._fault not in boundary.possible:
            return None
        fault, self._fault = self._fault, None
        return fault


@pytest.fixture
def make_stage() -> MakeStage:
    """A stage whose buyer stays at home; ``fault`` strikes the first delivery."""

    def make(fault: Fault | None = None) -> Stage:
        case = case_of(1, 0, INTENSITIES["none"])
        stage = Stage(case, NoFaults() if fault is None else FirstDelivery(fault))
        stage.buyers.clear()
        return stage

    return make
