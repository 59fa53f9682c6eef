"""Building the distributions from a copy of this checkout, and installing the wheel elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

CHECKOUT = Path(__file__).parents[2]
#: What a checkout holds beside its sources: environments, runs, results of tools.
_NOT_SOURCES = shutil.ignore_patterns(
    ".git", ".venv", ".local", "node_modules", "cdk.out", "dist", "build", "__pycache__", ".*_cache"
)
#: What interpreters and tools leave among the sources, and no distribution may hold.
LEFT_BEHIND = (
    "checkout_stack/__pycache__/alarm.cpython-313.pyc",
    "lambda/checkout_runtime/domain/__pycache__/order.cpython-313.pyc",
    "lambda/checkout_runtime/.mypy_cache/3.13/order.json",
    "lambda/.DS_Store",
)


def copy_of_the_sources(directory: Path) -> Path:
    """Copy the checkout to ``directory``, with what work on it leaves behind."""
    copy = Path(shutil.copytree(CHECKOUT, directory, ignore=_NOT_SOURCES))
    for name in LEFT_BEHIND:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("left behind")
    return copy


def build(sources: Path, directory: Path) -> tuple[Path, Path]:
    """Build the sdist, the wheel from that sdist, and return both files."""
    isolated = [] if find_spec("hatchling") is None else ["--no-isolation"]
    run([sys.executable, "-m", "build", *isolated, "--outdir", str(directory), str(sources)])
    [sdist], [wheel] = directory.glob("*.tar.gz"), directory.glob("*.whl")
    return sdist, wheel


def install(wheel: Path, directory: Path) -> Path:
    """Make an environment of the wheel and what it declares to need; return its interpreter.

    The dependencies are links to those of this interpreter, and only those that the wheel's
    metadata leads to, so that nothing is downloaded and nothing undeclared is there.
    """
    venv.create(directory, with_pip=False, symlinks=True)
    python = directory / "bin" / "python"
    # pip is this interpreter's own; it installs into the environment that it is told of.
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)])
    [packages] = directory.glob("lib/python*/site-packages")
    [metadata] = packages.glob("idempotent_checkout-*.dist-info/METADATA")
    declared = re.findall(r"^Requires-Dist: ([^;\n]+)$", metadata.read_text(), re.MULTILINE)
    for path in _files_of(declared):
        (packages / path.name).symlink_to(path)
    return python


def run(command: list[str], *, cwd: Path | None = None, **environment: str) -> str:
    """Run a command that knows no Python path but the one given, and return what it printed."""
    # jsii finds Node on the path, and its package cache below the home directory.
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command, cwd=cwd, env=kept | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _files_of(requirements: list[str]) -> Iterator[Path]:
    """Top-level modules, packages and metadata of all distributions that these lead to."""
    todo, seen, entries = [*requirements], set[str](), set[Path]()
    while todo:
        requirement = Requirement(todo.pop())
        if requirement.name in seen or not _is_wanted(requirement):
            continue
        seen.add(requirement.name)
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:
            raise AssertionError(f"{requirement} is declared, and not installed here") from None
        todo += found.requires or []
        for file in found.files or []:
            if file.parts[0] not in ("..", "__pycache__"):
                entries.add(Path(str(found.locate_file(file.parts[0]))))
    yield from sorted(entries)


def _is_wanted(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
