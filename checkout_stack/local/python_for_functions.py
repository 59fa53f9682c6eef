"""Find the Python that the functions declare, so that they run locally on the version deployed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

FUNCTION_PYTHON = "3.13"
"""The version of the functions' declared runtime; a test compares it with the template."""


def python_for_functions(environment: Mapping[str, str] | None = None) -> str:
    """A Python of the declared version that really runs; else the one that runs this."""
    for candidate in _candidates(os.environ if environment is None else environment):
        if version_of(candidate) == FUNCTION_PYTHON:
            return candidate
    return _this_python()


def version_of(python: str) -> str | None:
    """The minor version of an interpreter that runs and can make environments, else ``None``."""
    code = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    name = f"python{FUNCTION_PYTHON}"
    yield _this_python()
    if on_path := shutil.which(name, path=environment.get("PATH")):
        yield on_path
    home = Path(environment.get("HOME", "/nonexistent"))
    roots = [
        Path(environment.get("PYENV_ROOT", home / ".pyenv")) / "versions",
        home / ".local/share/uv/python",
    ]
    for root in roots:
        for found in sorted(root.glob(f"*{FUNCTION_PYTHON}.*/bin/{name}"), reverse=True):
            yield str(found)
    for folder in ("/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"):
        yield f"{folder}/{name}"


def _this_python() -> str:
    # In a virtual environment this is the interpreter it was made with.
    return str(getattr(sys, "_base_executable", sys.executable))
