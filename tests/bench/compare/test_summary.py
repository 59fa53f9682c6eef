"""The README's table is what was counted, and nothing else of the README changes with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.compare.summary import in_page, summary

ROOT = Path(__file__).parents[3]
FIGURES = json.loads((ROOT / "bench" / "compare.json").read_text())


def test_the_readme_shows_what_was_counted() -> None:
    page = (ROOT / "README.md").read_text()
    assert summary(FIGURES) in page, "run: make compare"
    assert in_page(page, FIGURES) == page


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


def test_only_the_marked_place_changes() -> None:
    page = "before <!-- written by make compare -->old<!-- end of what it wrote --> after"
    written = in_page(page, FIGURES)
    assert written.startswith("before <!--")
    assert written.endswith("--> after")
    assert "old" not in written
