"""The command line says what it does, and fails before it starts anything if it is used wrongly."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from checkout_stack.cli import main
from checkout_stack.local import commands
from checkout_stack.local.local_checkout import FAULTS, HOLDS, PLAIN, Deployment
from checkout_stack.local.ports import LOOPBACK
from checkout_stack.local.scenarios.catalogue import QUICK, SCENARIOS
from checkout_stack.local.scenarios.scenario import Scenario
from checkout_stack.local.scenarios.verdict import Row, Verdict


def test_the_help_names_every_scenario_and_exit_code() -> None:
    help_text = " ".join(CliRunner().invoke(main, ["local", "run", "--help"]).output.split())

    for scenario in SCENARIOS:
        assert scenario.name in help_text
    for code in ("0 everything is as promised", "1 something did not end", "3 ", "130 "):
        assert code in help_text


def test_a_scenario_that_there_is_not_is_a_wrong_command_line() -> None:
    result = CliRunner().invoke(main, ["local", "run", "--only", "teleport"])

    assert result.exit_code == 2
    assert "double click" in result.output


def test_a_fault_is_not_among_the_quick_scenarios() -> None:
    result = CliRunner().invoke(main, ["local", "run", "--quick", "--only", "consumer killed"])

    assert result.exit_code == 2
    assert "no scenario is named like 'consumer killed'" in result.output


class FakeRun:
    """``checkout local run`` with nothing deployed: each row is as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *deviations: str) -> None:
        self.deployed: list[Deployment] = []
        self._deviations = deviations
        monkeypatch.setattr(commands, "local_run", self._run)
        monkeypatch.setattr(commands, "bring_up", self._bring_up)
        monkeypatch.setattr(commands, "try_all", self._try_all)

    def __call__(self, *arguments: str) -> tuple[int, list[str]]:
        """The exit code, and the names of the rows in the JSON."""
        result = CliRunner().invoke(main, ["local", "run", "--json", *arguments])
        told = json.loads(result.stdout)
        return result.exit_code, [row["name"] for row in told["scenarios"]]

    @contextmanager
    def _run(self, progress: object, **_ports: object) -> Iterator[object]:
        yield SimpleNamespace(logs=Path("logs"), progress=progress)

    def _bring_up(self, _run: object, wanted: Sequence[Deployment]) -> list[object]:
        self.deployed = list(wanted)
        return [SimpleNamespace() for _ in wanted]

    def _try_all(self, scenarios: Sequence[Scenario], *_: object) -> Verdict:
        rows = [
            Row(
                scenario=scenario,
                requests_sent=1,
                gave_up=0,
                orders=1,
                charges=1,
                states=("PAID",),
                seconds=0.1,
                deviations=self._deviations,
            )
            for scenario in scenarios
        ]
        return Verdict(rows=tuple(rows), left_in_queues={})


def test_a_run_has_every_row_and_deploys_every_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(monkeypatch)

    assert run() == (0, [scenario.name for scenario in SCENARIOS])
    assert run.deployed == [PLAIN, FAULTS, HOLDS]


def test_a_quick_run_has_what_buyers_do_and_deploys_one(monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(monkeypatch)

    assert run("--quick") == (0, [scenario.name for scenario in QUICK])
    assert run.deployed == [PLAIN]


def test_only_finds_rows_of_both_catalogues(monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(monkeypatch)

    assert run("--only", "killed", "--only", "plain") == (0, ["plain", "consumer killed"])
    assert run.deployed == [PLAIN, FAULTS]


def test_only_a_fault_deploys_only_the_checkout_for_faults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = FakeRun(monkeypatch)

    run("--only", "killed")

    assert run.deployed == [FAULTS]


def test_a_row_that_differs_from_what_it_states_fails_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert FakeRun(monkeypatch, "2 charges instead of 1")("--only", "killed")[0] == 1


def test_a_port_in_use_is_a_message() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        result = CliRunner().invoke(main, ["local", "serve", "--api-port", port])

    assert result.exit_code == 3
    assert f"port {port} of 127.0.0.1 is in use" in result.output


def test_the_command_starts_without_node() -> None:
    code = "import sys, checkout_stack.cli; sys.exit('aws_cdk' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, env={"PATH": "/nonexistent"})
