"""What every rule must have: a name, a source, a fix that can be copied, and a test."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Rule
from checkout_stack.policy.template.reading import read_document

HERE = Path(__file__).parent
PACKAGE = "checkout_stack.policy.rules"


def test_no_two_rules_have_one_id_or_one_title() -> None:
    assert len({rule.id for rule in ALL_RULES}) == len(ALL_RULES)
    assert len({rule.title for rule in ALL_RULES}) == len(ALL_RULES)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_file_and_a_test_of_its_own_name(rule: Rule) -> None:
    name = rule.id.replace("-", "_")
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
    assert importlib.import_module(f"{PACKAGE}.{name}").RULE is rule
    assert (HERE / f"test_{name}.py").is_file()


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_cites_the_documentation_of_aws(rule: Rule) -> None:
    assert re.fullmatch(r"https://docs\.aws\.amazon\.com/[\w/.-]+\.html", rule.source)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_teaches_in_sentences(rule: Rule) -> None:
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert len(rule.why.split()) >= 20


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_fix_can_be_copied(rule: Rule) -> None:
    try:
        ast.parse(rule.fix_cdk)
    except SyntaxError:
        ast.parse(f"call({rule.fix_cdk})")
    assert read_document(rule.id, rule.fix_cloudformation.encode()).value
