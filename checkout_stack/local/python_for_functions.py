"""Find the Python that the functions declare, so that they run locally on the version deployed."""

from __future__ import annotations

import os
from pathlib import Path

from checkout_stack.local.environment import EnvironmentSetupError, run_uv

FUNCTION_PYTHON = "3.13"
"""The version of the functions' declared runtime; a test compares it with the template."""


def python_for_functions() -> str | None:
    """An interpreter of that version that is on the path or under pyenv and runs, else ``None``."""
    return find_python(FUNCTION_PYTHON)


def find_python(version: str) -> str | None:
    """An interpreter of a minor version, or ``None``; none is downloaded."""
    # What pyenv has installed is on the path only while it is the chosen version.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders = [str(each / "bin") for each in sorted(pyenv.glob(f"{version}.*"), reverse=True)]
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])
    searching = ["python", "find", "--system", "--no-python-downloads", version]
    try:
        return run_uv(searching, environment={**os.environ, "PATH": path}).strip()
    except EnvironmentSetupError:
        return None
