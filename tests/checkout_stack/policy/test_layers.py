"""The order inside the policy: imports point from outside to inside, and in no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "checkout_stack.policy"
FOLDER = Path(__file__).parents[3] / "checkout_stack" / "policy"
LAYERS = (
    ("template",),
    ("workload",),
    ("rules",),
    ("acknowledgements", "baseline", "check"),
    ("report",),
    ("commands", "plugin"),
    ("__init__",),
)
"""From the inside to the outside: a layer imports itself and those before it."""
OUTSIDE = {"checkout_stack.foundation.secret_names"}
"""All that the policy imports of the rest of the package; it knows no construct."""
FRAMEWORKS = {"plugin": {"aws_cdk", "jsii"}, "commands": {"click"}, "report": {"click"}}
"""The plug-in alone needs CDK; a check needs neither CDK nor Node."""


def name_of(source: Path) -> str:
    """A file as its imports write it: ``rules.fifo_queue``, or ``rules`` for its ``__init__``."""
    parts = source.relative_to(FOLDER).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


SOURCES = {name_of(source): source for source in sorted(FOLDER.rglob("*.py"))}


def imports_of(name: str) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, by its full name."""
    for node in ast.walk(ast.parse(SOURCES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                is_file = module.removeprefix(f"{PACKAGE}.") in SOURCES
                yield module if is_file else str(node.module)


def inner_imports_of(name: str) -> set[str]:
    """The files of the policy that a file imports."""
    prefix = f"{PACKAGE}."
    return {each.removeprefix(prefix) for each in imports_of(name) if each.startswith(prefix)}


def layer_of(name: str) -> int:
    """The place of a file's layer in the order."""
    first = name.split(".")[0]
    [layer] = [index for index, names in enumerate(LAYERS) if first in names]
    return layer


@pytest.mark.parametrize("name", SOURCES)
def test_a_file_imports_its_own_layer_and_inner_ones(name: str) -> None:
    outer = {each for each in inner_imports_of(name) if layer_of(each) > layer_of(name)}
    assert not outer


def test_no_file_imports_itself_by_way_of_others() -> None:
    waiting = {name: inner_imports_of(name) for name in SOURCES}
    while free := {name for name, needed in waiting.items() if not needed & waiting.keys()}:
        waiting = {name: needed for name, needed in waiting.items() if name not in free}
    assert not waiting, "these files import one another in a circle"


@pytest.mark.parametrize("name", SOURCES)
def test_a_file_imports_nothing_else_of_the_package_and_only_the_framework_it_serves(
    name: str,
) -> None:
    imported = set(imports_of(name))
    ours = {each for each in imported if each.startswith("checkout_stack")}
    assert {each for each in ours if not each.startswith(f"{PACKAGE}.")} <= OUTSIDE
    frameworks = {each.split(".")[0] for each in imported} & {"aws_cdk", "jsii", "click"}
    assert frameworks <= FRAMEWORKS.get(name.split(".")[0], set())
