"""The functions run on the Python that they declare, where there is one that really runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checkout_stack.foundation.runtime_function import RUNTIME
from checkout_stack.local import python_for_functions as module
from checkout_stack.local.python_for_functions import (
    FUNCTION_PYTHON,
    python_for_functions,
    version_of,
)

OTHER = "9.9"


@pytest.fixture(autouse=True)
def _only_what_the_test_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    # No interpreter of this machine has this version, so only those of the test can be found.
    monkeypatch.setattr(module, "FUNCTION_PYTHON", OTHER)


def _interpreter(file: Path, says: str, *, fails: bool = False) -> Path:
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\necho {says}\nexit {int(fails)}\n")
    file.chmod(0o755)
    return file


def test_the_version_is_the_one_that_the_template_declares() -> None:
    assert RUNTIME.name == f"python{FUNCTION_PYTHON}"


def test_one_on_the_path_is_found(tmp_path: Path) -> None:
    python = _interpreter(tmp_path / "bin" / f"python{OTHER}", OTHER)

    assert python_for_functions({"PATH": str(python.parent)}) == str(python)


def test_a_shim_that_does_not_run_is_passed_over_for_one_under_pyenv(tmp_path: Path) -> None:
    shim = _interpreter(tmp_path / "shims" / f"python{OTHER}", OTHER, fails=True)
    real = _interpreter(tmp_path / "versions" / f"{OTHER}.1" / "bin" / f"python{OTHER}", OTHER)

    found = python_for_functions({"PATH": str(shim.parent), "PYENV_ROOT": str(tmp_path)})

    assert found == str(real)


def test_without_one_the_functions_run_on_this_python(tmp_path: Path) -> None:
    found = python_for_functions({"PATH": str(tmp_path), "HOME": str(tmp_path)})

    assert version_of(found) == f"{sys.version_info.major}.{sys.version_info.minor}"
