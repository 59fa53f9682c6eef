"""What runs on GitHub is what runs here, with no more rights than it needs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.group import program_of

ROOT = Path(__file__).parents[2]
WORKFLOWS = {
    file.stem: yaml.safe_load(file.read_text())
    for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
JOBS = [
    pytest.param(job, id=f"{workflow}-{name}")
    for workflow, each in WORKFLOWS.items()
    for name, job in each["jobs"].items()
]


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def actions() -> list[str]:
    files = (ROOT / ".github").rglob("*.yml")
    return [each for file in files for each in re.findall(r"uses: (\S+)", file.read_text())]


def test_ci_and_a_contributor_run_the_same_steps() -> None:
    ran = commands(WORKFLOWS["ci"]["jobs"]["check"])
    assert ran == ["make style", "bash .ci/run"]
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    tests = [line for line in script if line.startswith("make ")]
    recipe = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    by_hand = re.findall(r"\$\(MAKE\) --no-print-directory (\S+)", recipe)
    assert [f"make {each}" for each in by_hand] == ["make style", *tests]
    assert "bash .ci/run" in commands(WORKFLOWS["release"]["jobs"]["build"])


def test_every_action_is_one_commit_and_has_one_version() -> None:
    used = actions()
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []
    versions: dict[str, set[str]] = {}
    for each in used:
        # Parts of one repository, such as codeql-action's, share its commits.
        name, _, commit = each.partition("@")
        versions.setdefault("/".join(name.split("/")[:2]), set()).add(commit)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_rights_but_those_of_its_jobs(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_says_its_rights_and_its_longest_time(job: dict[str, Any]) -> None:
    assert job["permissions"]
    assert job["timeout-minutes"]


def test_only_publishing_may_ask_who_it_is_and_it_reads_no_sources() -> None:
    signing = {
        (workflow, name)
        for workflow, each in WORKFLOWS.items()
        for name, job in each["jobs"].items()
        if job["permissions"].get("id-token") == "write"
    }
    assert signing == {
        *(("release", name) for name in ("attest", "pypi", "npm")),
        ("site", "publish"),
    }
    for workflow, name in signing:
        steps = WORKFLOWS[workflow]["jobs"][name]["steps"]
        assert not any("actions/checkout@" in step.get("uses", "") for step in steps)


def test_the_night_runs_everything_that_is_too_long_for_a_pull_request() -> None:
    names = {
        each["name"]
        for each in WORKFLOWS["nightly"]["jobs"]["long"]["strategy"]["matrix"]["include"]
    }
    assert {"verify", "mutants", "chaos", "versions", "coverage", "browser"} <= names


def test_every_target_that_a_workflow_makes_exists() -> None:
    text = "".join(
        file.read_text() for file in [*(ROOT / ".github/workflows").glob("*.yml"), ROOT / ".ci/run"]
    )
    made = set(re.findall(r"\bmake ([a-z-]+)", text))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert made <= targets | {"sure"}


FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_for_issues_has_what_github_asks_of_it(form: Path) -> None:
    read = yaml.safe_load(form.read_text())
    if form.stem == "config":
        assert read["blank_issues_enabled"] is False
        return
    assert {"name", "description", "body"} <= read.keys()
    asked = [field for field in read["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len(asked)
    assert all(field["attributes"]["label"] for field in asked)


@pytest.mark.package
def test_zizmor_finds_nothing_in_them() -> None:
    command = [
        program_of("checkers", "zizmor"),
        "--offline",
        "--no-progress",
        "--persona=auditor",
        ".",
    ]
    done = subprocess.run(
        command, cwd=ROOT / ".github", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
