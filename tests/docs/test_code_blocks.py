"""Code in the pages is Python, names what exists, and a block that claims to be whole is run."""

from __future__ import annotations

import ast
from importlib import import_module
from inspect import getattr_static, signature

import pytest

from tests.docs.pages import ROOT, blocks, name_of, pages

#: Fixed examples of single rules, compiled by their own test (tests/checkout_stack/policy).
RULES = ROOT / "docs" / "reference" / "policy.md"
WRITTEN = [*pages(), ROOT / "README.md", ROOT / "lambda" / "README.md"]
BLOCKS = [
    pytest.param(code, id=f"{name_of(page)}-{number}")
    for page in WRITTEN
    if page != RULES
    for number, code in enumerate(blocks(page, "python"))
]
OURS = ("checkout_stack", "checkout_runtime")


def test_there_are_blocks_to_look_at() -> None:
    assert len(BLOCKS) > 10


@pytest.mark.parametrize("code", BLOCKS)
def test_a_block_is_python_and_what_it_imports_of_ours_exists(code: str) -> None:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in OURS:
            module = import_module(str(node.module))
            missing = [each.name for each in node.names if not hasattr(module, each.name)]
            assert missing == []


@pytest.mark.parametrize("code", BLOCKS)
def test_a_block_calls_our_constructs_with_properties_that_they_have(code: str) -> None:
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        made = _of_ours(ast.unparse(call.func))
        if made is not None:
            given = {each.arg for each in call.keywords if each.arg is not None}
            assert given <= _parameters(made), ast.unparse(call.func)


def _of_ours(name: str) -> object | None:
    first, *attributes = name.split(".")
    found = getattr(import_module("checkout_stack"), first, None) if first.isidentifier() else None
    for each in attributes:
        found = getattr(found, each, None)
    return found


def _parameters(made: object) -> set[str]:
    # A construct is called through jsii's metaclass, which takes anything.
    called = getattr_static(made, "__init__") if isinstance(made, type) else made
    assert callable(called)
    return set(signature(called).parameters)
