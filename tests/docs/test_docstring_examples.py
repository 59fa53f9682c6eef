"""The examples in docstrings come to what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PACKAGES = {
    "bench": ROOT,
    "checkout_runtime": ROOT / "lambda",
    "checkout_stack": ROOT,
    "simulator": ROOT,
    "tools": ROOT,
}


def module_of(source: Path, place: Path) -> str:
    """Return the name under which a file of a package below ``place`` is imported."""
    parts = source.relative_to(place).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


WITH_EXAMPLES = [
    module_of(source, place)
    for package, place in PACKAGES.items()
    for source in sorted((place / package).rglob("*.py"))
    if "node_modules" not in source.parts and "    >>> " in source.read_text()
]


def test_there_are_examples() -> None:
    assert len(WITH_EXAMPLES) > 30


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_of_a_module_hold(module: str) -> None:
    found = doctest.testmod(import_module(module), raise_on_error=True)
    assert found.attempted
