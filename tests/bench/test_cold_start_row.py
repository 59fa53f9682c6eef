"""The cold start row judges what it was given, not what is known."""

from __future__ import annotations

from pathlib import Path

from bench.peers.start import FACTORIES
from bench.rows.cold_start import BOTO3, HANDLERS, TRACER, Runs, judged

HANDLER_MODULES = Path(__file__).parents[2] / "lambda" / "checkout_runtime" / "handlers"


def _measured(**slower: float) -> Runs:
    """Every handler starts in 50 ms, boto3 in 100, the tracer in 200."""
    starts = {
        (handler, services): [(slower.get(handler, 50.0), 1.0)]
        for handler, services in HANDLERS.items()
    }
    for services in HANDLERS.values():
        starts[BOTO3, services] = [(125.0, 1.0)]
        starts[TRACER, services] = [(200.0, 1.0)]
    return starts


def _goals(runs: Runs) -> dict[str, tuple[float | None, bool]]:
    return {goal.name: (goal.value, goal.met) for goal in judged(runs, {}).goals}


def test_the_goals_are_quotients_of_what_was_measured() -> None:
    assert _goals(_measured()) == {
        "cold_start.boto3": (0.4, True),
        "cold_start.tracer": (0.25, True),
    }


def test_one_handler_that_starts_slowly_misses_the_goals_for_all() -> None:
    assert _goals(_measured(reconcile_orders=150.0)) == {
        "cold_start.boto3": (1.2, False),
        "cold_start.tracer": (0.75, False),
    }


def test_the_handler_that_misses_is_named() -> None:
    boto3, _ = judged(_measured(reconcile_orders=150.0), {}).goals
    assert "reconcile_orders, the worst" in boto3.what


def test_sizes_of_packages_are_figures_in_kilobytes() -> None:
    figures = judged(_measured(), {"ours": 2048}).figures
    assert [(f.program, f.spread.median) for f in figures if f.unit == "KB"] == [("ours", 2.0)]


def test_every_handler_is_started_by_building_what_its_first_event_builds() -> None:
    caches = {
        module.stem: f"@cache\ndef {FACTORIES.get(module.stem)}()" in module.read_text()
        for module in HANDLER_MODULES.glob("*.py")
        if "\ndef handler(" in module.read_text()
    }
    assert caches == dict.fromkeys(HANDLERS, True)
