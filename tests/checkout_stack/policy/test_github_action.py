"""The composite action is well formed, and runs a command that exists with options that exist."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from checkout_stack.policy.commands import check_command

ACTION = Path(__file__).parents[3] / ".github/actions/checkout-policy/action.yml"
OPTIONS = {option for each in check_command.params for option in each.opts}


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    return dict(yaml.safe_load(ACTION.read_text()))


@pytest.fixture(scope="module")
def step(action: dict[str, Any]) -> dict[str, Any]:
    [found] = [each for each in action["runs"]["steps"] if "run" in each]
    return dict(found)


def test_it_has_what_github_asks_of_a_composite_action(action: dict[str, Any]) -> None:
    assert {"name", "description", "inputs", "runs"} <= action.keys()
    assert action["runs"]["using"] == "composite"
    assert all(("uses" in each) != ("run" in each) for each in action["runs"]["steps"])
    assert all("shell" in each for each in action["runs"]["steps"] if "run" in each)
    assert all({"description"} <= each.keys() for each in action["inputs"].values())


def test_other_actions_are_pinned_to_a_commit(action: dict[str, Any]) -> None:
    used = [each["uses"] for each in action["runs"]["steps"] if "uses" in each]
    assert used
    assert all(re.search(r"@[0-9a-f]{40}\Z", each) for each in used)


def test_each_input_is_a_variable_and_none_is_written_into_the_script(
    action: dict[str, Any], step: dict[str, Any]
) -> None:
    given = {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}
    assert set(step["env"].values()) == given
    assert "${{" not in step["run"]


def test_each_option_exists_on_the_command(step: dict[str, Any]) -> None:
    used = set(re.findall(r"(--[a-z-]+)(?= \"\$)", step["run"]))
    assert used == {"--format", "--fail-on", "--baseline", "--output", "--queue"}
    assert used <= OPTIONS


def test_the_defaults_are_values_that_the_options_take(action: dict[str, Any]) -> None:
    choices = {
        option: each.type.choices
        for each in check_command.params
        if isinstance(each.type, click.Choice)
        for option in each.opts
    }
    for name in ("format", "fail-on"):
        assert action["inputs"][name]["default"] in choices[f"--{name}"]


def test_the_script_gives_each_line_as_one_argument(step: dict[str, Any], tmp_path: Path) -> None:
    for name in ("python", "checkout-policy/bin/pip", "checkout-policy/bin/checkout"):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text('#!/bin/sh\nprintf "%s|" "$(basename "$0")" "$@"; echo\n')
        program.chmod(0o755)
    given = {
        "TEMPLATES": "a b.yaml\n\n$(touch made)\n",
        "FORMAT": "github",
        "FAIL_ON": "error",
        "QUEUES": "Payments\n; exit 3\n",
        "BASELINE": "",
        "OUTPUT": "out.txt",
        "VERSION": "1.2.3",
        "RUNNER_TEMP": str(tmp_path),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    ran = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        env=given, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    installed, checked = ran.stdout.splitlines()[-2:]
    assert installed == "pip|install|--quiet|idempotent-checkout==1.2.3|"
    assert checked == (
        "checkout|policy|check|--format|github|--fail-on|error|--output|out.txt|"
        "--queue|Payments|--queue|; exit 3|--|a b.yaml|$(touch made)|"
    )
    assert not (tmp_path / "made").exists()
