"""Processor time as the benchmark measured it, where it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.cost.assumptions import DEFAULT, Assumptions, ProcessorTime
from bench.rows import consumer, intake

RESULTS = Path(__file__).parents[1] / "results.json"
_INTAKE, _CONSUMER = "intake", "consumer"
_CPU, _CPU_A_MESSAGE = "CPU", "CPU a message"
_NEW = f": {intake.NEW}"
_SLOW = f": payment takes {consumer.SLOW} ms"

Figures = Mapping[tuple[str, str, str], float]


def figures(path: Path = RESULTS) -> Figures:
    """Return medians by row, program and quantity; empty if nothing was measured."""
    if not path.exists():
        return {}
    document: dict[str, Any] = json.loads(path.read_text())
    return {
        (row["name"], figure["program"], figure["quantity"]): figure["spread"]["median"]
        for row in document["rows"]
        for figure in row["figures"]
    }


def assumptions(path: Path = RESULTS) -> Assumptions:
    """Return the default assumptions with the processor times that were measured last."""
    found, usual = figures(path), DEFAULT.processor

    def taken(program: str, default: float) -> float:
        return found.get((_INTAKE, program + _NEW, _CPU), default)

    def charged(program: str, default: float) -> float:
        return found.get((_CONSUMER, program + _SLOW, _CPU_A_MESSAGE), default)

    return replace(
        DEFAULT,
        processor=ProcessorTime(
            intake=taken(intake.OURS, usual.intake),
            relay=taken(intake.RELAY, usual.relay),
            consumer=charged(consumer.OURS, usual.consumer),
            powertools_intake=taken(intake.TUNED, usual.powertools_intake),
            powertools_consumer=charged(consumer.STOCK_TUNED, usual.powertools_consumer),
            powertools_threads=charged(consumer.THREADS_TUNED, usual.powertools_threads),
            charge=charged(consumer.FLOOR, usual.charge),
        ),
    )
