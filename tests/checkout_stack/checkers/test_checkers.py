"""The example stack passes the checkers of others, but for what ``exceptions.yaml`` argues."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from checkout_stack.local.environment import make_environment
from checkout_stack.local.local_run import Paths
from tests.checkout_stack.synthesized import Synthesized

HERE = Path(__file__).parent
EXCEPTIONS: Mapping[str, Mapping[str, str]] = yaml.safe_load((HERE / "exceptions.yaml").read_text())
FEWEST_WORDS = 10
"""Of a reason that is an argument."""


@pytest.fixture(scope="session")
def checkers() -> Path:
    """The programs of the checkers' own environment, which pins other versions than ours."""
    state = Paths.of_this_clone().state
    return make_environment(state / "checkers-venv", group="checkers", say=print).parent


@pytest.fixture(scope="session")
def template(example: Synthesized, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("checkers") / "example.template.json"
    file.write_text(json.dumps(example.template, indent=1))
    return file


@pytest.fixture(scope="session")
def faulty(template: Path) -> Path:
    """The example with a bucket that is open, and refers to a resource that is not there."""
    written = json.loads(template.read_text())
    written["Resources"]["Faulty"] = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": {"Ref": "Nothing"}},
    }
    file = template.with_name("faulty.template.json")
    file.write_text(json.dumps(written))
    return file


def _asked(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def found_by_cfn_lint(checkers: Path, template: Path) -> set[str]:
    report = _asked(checkers / "cfn-lint", "--format", "json", "--template", template)
    return {each["Rule"]["Id"] for each in json.loads(report)}


def found_by_cloudformation_validate(checkers: Path, template: Path) -> set[str]:
    report = _asked(checkers / "python", HERE / "ask_cloudformation_validate.py", template)
    return {json.loads(line)["rule"] for line in report.splitlines()}


def found_by_checkov(checkers: Path, template: Path) -> set[str]:
    options = ("--framework", "cloudformation", "--compact", "--quiet", "--output", "json")
    report = json.loads(_asked(checkers / "checkov", "--file", template, *options))
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 0
    return {each["check_id"] for each in report["results"]["failed_checks"]}


CHECKERS = {
    "cfn-lint": found_by_cfn_lint,
    "cloudformation-validate": found_by_cloudformation_validate,
    "checkov": found_by_checkov,
}


@pytest.mark.package
@pytest.mark.parametrize("name", CHECKERS)
def test_the_example_has_no_finding_but_those_argued(
    name: str, checkers: Path, template: Path
) -> None:
    found = CHECKERS[name](checkers, template)
    argued = set(EXCEPTIONS[name])
    assert found - argued == set(), "neither mended nor argued in exceptions.yaml"
    assert argued - found == set(), "argued in exceptions.yaml, and not found any more"


@pytest.mark.package
@pytest.mark.parametrize("name", CHECKERS)
def test_a_fault_is_found(name: str, checkers: Path, faulty: Path) -> None:
    assert CHECKERS[name](checkers, faulty) - set(EXCEPTIONS[name])


def test_every_exception_is_argued() -> None:
    assert set(EXCEPTIONS) == set(CHECKERS)
    for name, rules in EXCEPTIONS.items():
        for rule, reason in rules.items():
            assert len(reason.split()) >= FEWEST_WORDS, f"{name} {rule}: {reason!r}"
