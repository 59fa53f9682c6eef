"""The README's table is what was counted."""

from __future__ import annotations

import json

import pytest

from bench.compare.report import BENCH, README, summary

FIGURES = json.loads((BENCH / "compare.json").read_text())


def test_the_readme_shows_what_was_counted() -> None:
    assert summary(FIGURES) in README.read_text(), "run: python -m bench.compare.report"


@pytest.mark.parametrize("workflow", FIGURES["workflows"])
def test_every_workflow_as_asked_has_a_line(workflow: str) -> None:
    line = f"| {FIGURES['workflows'][workflow]} |"
    assert (line in summary(FIGURES)) is not workflow.endswith("-keyed")


def test_orders_and_charges_stand_apart_and_the_rest_is_summed_up() -> None:
    endings = {"charged more than once": 3, "lost": 1, "turned away": 2}
    kinds = ("client-timeouts", "faults-1", "faults-5", "outage")
    row = {"workflow": "naive", "orders_per_purchase": 1.107, "charges_per_purchase": 1.05}
    figures = {
        "workflows": {"naive": "Naive"},
        "rows": [{**row, "faults": kind, "manual": 4, "endings": endings} for kind in kinds],
    }
    assert summary(figures).splitlines()[-1] == (
        "| Naive |" + " 1.107 / 1.050 |" * 4 + " 12 | 12 | 16 |"
    )
