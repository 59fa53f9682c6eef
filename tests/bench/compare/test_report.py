"""What a run says of itself: figures, tables, plot, story, exit codes."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from bench.compare import __main__ as command
from bench.compare.fault_plan import INTENSITIES, Intensity, Kind, Trouble
from bench.compare.playing import OURS, WORKFLOWS, Ending, Played, Workflow
from bench.compare.report import BENCH, Figures, as_json, as_markdown, figures
from bench.compare.tally import Row
from simulator.faults import Fault

LOST_ANSWER = Trouble(Kind.REQUEST, Fault.LOST)
CRASH = Trouble(Kind.CALL, Fault.CRASH_AFTER)


def purchase(number: int, charges: int, *troubles: Trouble, defect: str | None = None) -> Played:
    return Played(number, charges, charges, 0, True, False, (), troubles, defect)


def row(*purchases: Played, name: str = "naive") -> Row:
    made = Row(WORKFLOWS[name], INTENSITIES["faults-5"])
    for each in purchases:
        made.add(each)
    return made


def naive() -> Row:
    return row(purchase(0, 2, CRASH), purchase(1, 2, LOST_ANSWER), purchase(2, 2, LOST_ANSWER))


@pytest.fixture
def counted() -> Figures:
    ours = row(*(purchase(number, 1) for number in range(3)), name="ours")
    return figures(3, 3, [naive(), ours])


def test_the_commonest_way_to_a_double_charge_is_told_with_its_first_purchase() -> None:
    double = naive().commonest_double_charge
    assert double is not None
    assert (double.purchases, double.first) == (2, 1)
    assert double.troubles == ("the buyer's request whose answer the buyer never gets",)


def test_a_defect_or_a_second_charge_breaks_the_promise() -> None:
    assert row(purchase(0, 1)).keeps_the_promise
    assert not row(purchase(0, 1, defect="ViolatedInvariantError: I2")).keeps_the_promise
    assert not row(purchase(0, 2)).keeps_the_promise


@pytest.mark.parametrize(("broken", "code"), [(OURS.name, 1), ("naive", 0)])
def test_a_broken_promise_is_an_error_where_it_is_ours(
    broken: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(workflow: Workflow, intensity: Intensity, **_options: Any) -> Row:
        made = Row(workflow, intensity)
        made.add(purchase(0, 2 if workflow.name == broken else 1))
        return made

    monkeypatch.setattr(command, "tally", counted)
    assert CliRunner().invoke(command.compare, ["--purchases", "1"]).exit_code == code


def test_the_json_counts_every_ending(counted: Figures) -> None:
    naive = json.loads(as_json(counted))["rows"][0]
    assert naive["endings"][Ending.CHARGED_TWICE.value] == 3
    assert sum(naive["endings"].values()) == naive["purchases"] == 3
    assert naive["charges_per_purchase"] == 2


def test_the_table_has_a_line_for_each_workflow(counted: Figures) -> None:
    text = as_markdown(counted)
    assert "| Naive, synchronous | 2.000 | 2.000 | 3 | 0 | 0 | 0 | 0 |" in text
    assert "| This project | 1.000 | 1.000 | 0 | 0 | 0 | 0 | 0 |" in text
    assert "--story naive --seed 3 --faults faults-5 --purchase 1" in text


@pytest.mark.thorough
def test_the_plot_is_well_formed_and_draws_what_went_wrong(counted: Figures) -> None:
    plots = pytest.importorskip("bench.compare.plot", exc_type=ImportError)
    drawing = ElementTree.fromstring(plots.plot(counted))
    said = [element.text for element in drawing.iter() if element.text]
    assert {"charged more than once", "Naive, synchronous", "This project", "3"} <= {*said}


def test_the_report_that_is_kept_is_of_the_kept_figures() -> None:
    kept = json.loads((BENCH / "compare.json").read_text(encoding="utf-8"))
    assert (BENCH / "compare.md").read_text(encoding="utf-8") == as_markdown(kept)
    plots = pytest.importorskip("bench.compare.plot", exc_type=ImportError)
    assert (BENCH / "compare.svg").read_text(encoding="utf-8") == plots.plot(kept)


def test_a_story_tells_two_captures() -> None:
    told = CliRunner().invoke(
        command.compare, ["--story", "fifo", "--faults", "client-timeouts", "--seed", "7"]
    )
    assert told.exit_code == 0
    assert told.output.count("captures ch_") == 2


def test_a_story_that_is_not_there_is_not_made_up() -> None:
    told = CliRunner().invoke(
        command.compare, ["--story", "ours", "--faults", "client-timeouts", "--purchases", "20"]
    )
    assert told.exit_code == 1
    assert "--seed" in told.output


def test_a_purchase_without_a_story_is_refused() -> None:
    assert CliRunner().invoke(command.compare, ["--purchase", "1"]).exit_code == 2


@pytest.mark.thorough
def test_the_command_prints_the_same_figures_for_the_same_seed() -> None:
    arguments = ["--purchases", "3", "--seed", "5", "--json"]
    first, second = (CliRunner().invoke(command.compare, arguments) for _ in range(2))
    assert first.exit_code == 0
    assert first.stdout == second.stdout
    assert len(json.loads(first.stdout)["rows"]) == 7 * 13
