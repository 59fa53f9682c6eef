"""What the bills take for counted is what the benchmark measured, where it has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cost import peers
from bench.cost.assumptions import DEFAULT
from bench.cost.measured import assumptions, figures
from bench.cost.order_counts import count_order
from bench.rows import consumer, intake


def measured(row: str, program: str, quantity: str) -> float:
    found = [
        value
        for (its_row, its_program, its_quantity), value in figures().items()
        if (its_row, its_quantity) == (row, quantity) and its_program.startswith(f"{program}: ")
    ]
    if not found:
        pytest.skip(f"the row {row} is not measured yet: make bench ARGS='--only {row}'")
    return found[0]


def results(directory: Path, row: str, program: str, quantity: str, median: float) -> Path:
    figure = {"program": program, "quantity": quantity, "spread": {"median": median}}
    path = directory / "results.json"
    path.write_text(json.dumps({"rows": [{"name": row, "figures": [figure]}]}))
    return path


def test_without_a_measurement_the_defaults_stand(tmp_path: Path) -> None:
    assert assumptions(tmp_path / "none.json") == DEFAULT


@pytest.mark.parametrize(
    ("row", "program", "quantity", "field"),
    [
        ("intake", "ours: new order", "CPU", "intake"),
        ("intake", f"{intake.TUNED}: new order", "CPU", "powertools_intake"),
        ("consumer", "ours: payment takes 300 ms", "CPU a message", "consumer"),
        (
            "consumer",
            f"{consumer.THREADS_TUNED}: payment takes 300 ms",
            "CPU a message",
            "powertools_threads",
        ),
    ],
)
def test_what_was_measured_last_stands(
    row: str, program: str, quantity: str, field: str, tmp_path: Path
) -> None:
    read = assumptions(results(tmp_path, row, program, quantity, 42.0))
    assert getattr(read.processor, field) == 42.0
    assert replace(read.processor, **{field: getattr(DEFAULT.processor, field)}) == (
        DEFAULT.processor
    )


def test_powertools_intake() -> None:
    calls = measured("intake", intake.TUNED, "AWS calls")
    writes = measured("intake", intake.TUNED, "write units")
    assert calls == peers.POWERTOOLS_INTAKE_CALLS
    assert writes == peers.POWERTOOLS_INTAKE_WRITES


def test_powertools_consumer() -> None:
    calls = measured("consumer", consumer.STOCK_TUNED, "AWS calls an order")
    writes = measured("consumer", consumer.STOCK_TUNED, "write units an order")
    assert calls == pytest.approx(peers.POWERTOOLS_CONSUMER_CALLS)
    assert writes == pytest.approx(peers.POWERTOOLS_CONSUMER_WRITES)


def test_our_intake_and_consumer() -> None:
    count = count_order(10)
    assert measured("intake", intake.OURS, "AWS calls") == count.intake_calls
    units = measured("intake", intake.OURS, "write units")
    units += measured("consumer", consumer.OURS, "write units an order")
    assert units == pytest.approx(count.write_units)
