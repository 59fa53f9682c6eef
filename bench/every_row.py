"""The rows of the table. A row more is a line more in ``all_rows``."""

from __future__ import annotations

from bench.cost.row import Cost
from bench.growth.row import Growing
from bench.row import Row
from bench.rows.cold_start import ColdStart
from bench.rows.consumer import Consumer
from bench.rows.intake import Intake
from bench.rows.synth import Synth


def all_rows() -> list[Row]:
    """Return every row, in the order of the table."""
    return [
        Intake(),
        Consumer(),
        ColdStart(),
        Synth(),
        Cost(),
        Growing(),
    ]
