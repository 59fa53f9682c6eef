"""The functions run on the Python that they declare, where there is one that really runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checkout_stack.foundation.runtime_function import RUNTIME
from checkout_stack.local.python_for_functions import FUNCTION_PYTHON, find_python

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no Python on the path."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "managed"))
    return tmp_path


def _interpreter(folder: Path) -> Path:
    folder.mkdir(parents=True)
    file = folder / f"python{THIS}"
    base = Path(str(getattr(sys, "_base_executable", sys.executable)))
    file.write_text(f'#!/bin/sh\nexec "{base.resolve()}" "$@"\n')
    file.chmod(0o755)
    return file


def test_the_version_is_the_one_that_the_template_declares() -> None:
    assert RUNTIME.name == f"python{FUNCTION_PYTHON}"


def test_one_on_the_path_is_found(nowhere: Path) -> None:
    _interpreter(nowhere / "bin")
    assert Path(find_python(THIS) or "none").exists()


def test_a_shim_that_does_not_run_is_passed_over_for_one_under_pyenv(nowhere: Path) -> None:
    shim = nowhere / "bin" / f"python{THIS}"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert find_python(THIS) is None
    _interpreter(nowhere / "versions" / f"{THIS}.1" / "bin")
    assert Path(find_python(THIS) or "none").exists()


def test_none_is_downloaded(nowhere: Path) -> None:
    assert find_python(THIS) is None
    assert not (nowhere / "managed").exists()
