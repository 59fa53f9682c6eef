"""Which package may know of which: imports go one way, also those that are written as text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Our top-level packages, and the folder that each of them is in.
PLACES = {
    "checkout_stack": ROOT,
    "checkout_runtime": ROOT / "lambda",
    "simulator": ROOT,
    "bench": ROOT,
    "tests": ROOT,
}
#: What each of them may import. ``tests`` may import all of them, and none imports ``tests``.
MAY_IMPORT = {
    "checkout_stack": {"checkout_stack"},
    "checkout_runtime": {"checkout_runtime"},
    "simulator": {"simulator", "checkout_runtime"},
    "bench": {"bench", "simulator", "checkout_runtime", "checkout_stack"},
}
#: Constructs, from the inside to the outside: each may import itself and those before it.
CONSTRUCTS = (
    "foundation",
    "events",
    "payment_service",
    "pipeline",
    "monitoring",
    "idempotent_checkout",
    "api",
    "checkout_stack",
)
#: What policy and constructs share, because it is about neither.
SHARED_WITH_POLICY = "checkout_stack.foundation.secret_names"
#: The tools beside the constructs, and what of ``checkout_stack`` each may import. The empty name
#: is the package's own face. Only the command line knows all tools, and only by their names.
TOOLS = {
    "policy": {"policy"},
    "operations": {"operations"},
    "doctor": {"doctor", "operations", "policy"},
    "local": {"local", "operations", "exit_codes", *CONSTRUCTS, ""},
    "exit_codes": set[str](),
}


@cache
def modules(package: str) -> dict[str, Path]:
    """Return the files of a package by the names of their modules."""
    place = PLACES[package]
    found = {}
    for source in sorted((place / package).rglob("*.py")):
        if "node_modules" in source.parts:
            continue
        parts = source.relative_to(place).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = source
    return found


def is_ours(name: str) -> bool:
    package = name.partition(".")[0]
    return package in PLACES and name in modules(package)


@cache
def imports_of(source: Path) -> set[str]:
    """Every module of ours that a file imports, or names in a text as something to import."""
    return {name for node in ast.walk(ast.parse(source.read_text())) for name in _named(node)}


def _named(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (each.name for each in names if is_ours(each.name))
        case ast.ImportFrom(module=str(module), names=names):
            for each in names:
                below = f"{module}.{each.name}"
                if is_ours(below):
                    yield below
                elif is_ours(module):
                    yield module
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            # Also what is no module of ours any more: the call would fail.
            if name.partition(".")[0] in PLACES:
                yield name
        case ast.Constant(value=str(text)) if "." in text and is_ours(text):
            # The module of "python -m", or of a table of modules that are imported when needed.
            yield text


def package_of(module: str) -> str:
    """Return which part of ``checkout_stack`` a module is in; empty for the package's face."""
    return [*module.split("."), ""][1]


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("import checkout_runtime.domain.order", {"checkout_runtime.domain.order"}),
        ("from checkout_stack.monitoring import alarm", {"checkout_stack.monitoring.alarm"}),
        ("def f():\n    from checkout_stack.cli import main", {"checkout_stack.cli"}),
        ("importlib.import_module('checkout_runtime.gone')", {"checkout_runtime.gone"}),
        ("import_module('tests.conftest')", {"tests.conftest"}),
        ("__import__('checkout_runtime')", {"checkout_runtime"}),
        ("run([python, '-m', 'checkout_stack.local.app'])", {"checkout_stack.local.app"}),
        ("print('checkout_runtime', 'checkout_stack.no.module')", set()),
    ],
)
def test_every_way_to_import_is_seen(program: str, found: set[str], tmp_path: Path) -> None:
    source = tmp_path / "program.py"
    source.write_text(program)
    assert imports_of(source) == found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    wrong = {
        (module, name)
        for module, source in modules(package).items()
        for name in imports_of(source)
        if name.partition(".")[0] not in MAY_IMPORT[package]
    }
    assert not wrong


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_file_is_in_a_circle(package: str) -> None:
    graph = {
        module: {name for name in imports_of(source) if name in modules(package)} - {module}
        for module, source in modules(package).items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_imports_only_what_is_further_inside(construct: str) -> None:
    inside = CONSTRUCTS[: CONSTRUCTS.index(construct) + 1]
    for module, source in modules("checkout_stack").items():
        if package_of(module) == construct:
            for name in imports_of(source):
                assert package_of(name) in inside, f"{module} imports {name}"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_imports_only_what_it_may(tool: str) -> None:
    for module, source in modules("checkout_stack").items():
        if package_of(module) == tool:
            for name in imports_of(source):
                if tool == "policy" and name == SHARED_WITH_POLICY:
                    continue
                assert package_of(name) in TOOLS[tool], f"{module} imports {name}"


def test_every_part_has_its_place() -> None:
    parts = {package_of(module) for module in modules("checkout_stack")}
    assert parts == {*CONSTRUCTS, *TOOLS, "cli", ""}


def test_the_command_line_imports_no_command_before_it_is_asked_for() -> None:
    source = modules("checkout_stack")["checkout_stack.cli"]
    statements = [
        node
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    named = {name for node in statements for name in _named(node)}
    assert named == {"checkout_stack.exit_codes"}
