"""The pages about the policy are what the code says, and their examples are well formed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from checkout_stack.policy.report.rules_page import as_markdown
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Rule, Severity
from checkout_stack.policy.rules.unexpanded_resources import UNEXPANDED_RESOURCES
from checkout_stack.policy.template.yaml_text import read_yaml

DOCS = Path(__file__).parents[3] / "docs"
IN_CI = (DOCS / "guide" / "policy-in-ci.md").read_text()


def example(heading: str, language: str) -> str:
    section = IN_CI.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    [first, *_] = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return str(first)


def test_the_page_of_rules_is_up_to_date() -> None:
    page = as_markdown([*ALL_RULES, UNEXPANDED_RESOURCES])
    written = (DOCS / "reference" / "policy.md").read_text()
    assert written == page, "run: checkout policy rules --markdown > docs/reference/policy.md"


def test_the_github_workflow_checks_and_uploads_sarif() -> None:
    workflow = yaml.safe_load(example("GitHub", "yaml"))
    steps = workflow["jobs"]["policy"]["steps"]
    assert all(("uses" in step) != ("run" in step) for step in steps)
    assert any("--format sarif --output policy.sarif" in step.get("run", "") for step in steps)
    assert workflow["permissions"]["security-events"] == "write"


def test_the_gitlab_job_checks_and_keeps_the_report() -> None:
    job = yaml.safe_load(example("GitLab", "yaml"))["checkout-policy"]
    assert job["artifacts"]["paths"] == ["policy.sarif"]
    assert any(line.startswith("checkout policy check") for line in job["script"])


def test_the_pre_commit_hook_has_what_pre_commit_asks_for() -> None:
    [repo] = yaml.safe_load(example("pre-commit", "yaml"))["repos"]
    [hook] = repo["hooks"]
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert re.search(hook["files"], "infrastructure/template.yml")


@pytest.mark.parametrize("heading", ["At synth", "Accepting a finding, with a reason"])
def test_the_python_examples_compile(heading: str) -> None:
    compile(example(heading, "python"), heading, "exec")


def test_the_acknowledgement_in_the_page_names_a_rule_that_exists() -> None:
    written = read_yaml(example("Accepting a finding, with a reason", "yaml")).value
    [acknowledged] = written["Metadata"]["CheckoutPolicy"]["acknowledge"]
    assert acknowledged["id"] in {rule.id for rule in ALL_RULES}
    assert acknowledged["reason"]


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_the_cdk_example_of_a_rule_compiles(rule: Rule) -> None:
    compile(rule.fix_cdk, rule.id, "exec")


@pytest.mark.parametrize(
    "rule",
    [rule for rule in ALL_RULES if rule.severity is not Severity.ADVICE],
    ids=lambda rule: rule.id,
)
def test_the_cloudformation_example_of_a_rule_is_yaml(rule: Rule) -> None:
    assert isinstance(read_yaml(rule.fix_cloudformation).value, dict)
