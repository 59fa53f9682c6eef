"""Each example synthesizes, and holds to the policy that its reader is asked to hold to."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import aws_cdk as cdk
import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.report.results import FailOn, Results
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.template.assembly import assembly_templates

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Comparisons, with tests of their own.
ELSEWHERE = "alternatives"
#: Advice; who is told is not an example's to say.
WHO_IS_TOLD = "alarm-subscription"
#: What an example consists of beside its app.
PARTS = ("acme_double.py", "acme_payments.py")
ALL = sorted(
    file.relative_to(EXAMPLES).as_posix()
    for file in EXAMPLES.rglob("*.py")
    if ELSEWHERE not in file.parts and file.name not in PARTS and not file.name.startswith("test_")
)
APPS = [name for name in ALL if "def build(" in (EXAMPLES / name).read_text()]
OWN_TESTS = EXAMPLES / "tests_of_your_own"


def built(name: str, outdir: Path) -> cdk.App:
    """The app of an example."""
    module = import_module("examples." + name.removesuffix(".py").replace("/", "."))
    app = module.build(outdir=str(outdir))
    assert isinstance(app, cdk.App)
    return app


@pytest.mark.parametrize("name", APPS)
def test_an_example_synthesizes_and_the_policy_finds_nothing_wrong(
    name: str, tmp_path: Path
) -> None:
    built(name, tmp_path).synth()
    checked = check(assembly_templates(tmp_path), ALL_RULES)
    assert any(each.recognised for each in checked), "no queue of a checkout in the templates"
    found = [
        each for each in Results(checked, FailOn.ADVICE).open if each.finding.rule_id != WHO_IS_TOLD
    ]
    assert not any(each.defects for each in checked)
    assert [str(each.finding) for each in found if each.finding.outcome is Outcome.VIOLATED] == []
    # What another stack exports is known once it is deployed, and by nothing before.
    assert all("Fn::ImportValue" in each.finding.message for each in found)


def test_an_example_that_is_no_cdk_app_has_tests_of_its_own() -> None:
    for name in set(ALL) - set(APPS):
        assert (Path(__file__).parent / f"test_{Path(name).name}").is_file(), name


@pytest.mark.parametrize("name", ALL)
def test_an_example_teaches_in_its_docstring_and_fits_one_screen_or_two(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    assert len((ast.get_docstring(ast.parse(text)) or "").split()) >= 40
    assert len(text.splitlines()) < 100


def test_the_page_of_examples_names_each_of_them_and_no_other() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (EXAMPLES / "README.md").read_text())
    linked = {Path(link).parts[0].removesuffix(".py") for link in links} - {ELSEWHERE}
    assert linked == {Path(name).parts[0].removesuffix(".py") for name in ALL}


@pytest.mark.thorough
def test_the_tests_of_your_own_stack_pass_where_they_are_copied_to(tmp_path: Path) -> None:
    copy = tmp_path / "examples" / OWN_TESTS.name
    # tests/package/test_first_hour.py runs those of the deployed app.
    left = shutil.ignore_patterns("__pycache__", "test_orders.py")
    shutil.copytree(OWN_TESTS, copy, ignore=left)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(copy)],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{EXAMPLES.parent}", "CDK_VALIDATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
