"""An environment is what the lock says, and is mended where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checkout_stack.local import environment
from checkout_stack.local.environment import (
    EnvironmentSetupError,
    index_settings,
    make_environment,
)

SCRIPT = Path(environment.__file__)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that needs nothing."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "requirements.txt").write_text("# nothing\n")
    monkeypatch.setattr(environment, "ROOT", root)
    monkeypatch.setattr(environment, "PROJECTS", "")
    return root


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(root: Path, said: list[str]) -> Callable[[], Path]:
    """Make the environment of that repository; without an index that would answer."""
    return lambda: make_environment(root / "environment", say=said.append)


@pytest.fixture
def without_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")


def test_one_that_is_current_is_found_without_an_index(
    make: Callable[[], Path], said: list[str], without_index: None
) -> None:
    python = make()
    made = python.lstat()
    assert make() == python
    assert (python.lstat().st_ino, python.lstat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    assert said == []


def test_one_whose_python_is_gone_is_made_again(make: Callable[[], Path]) -> None:
    python = make()
    python.unlink()
    assert make() == python
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_a_directory_that_is_no_environment_is_left_alone(
    make: Callable[[], Path], root: Path
) -> None:
    mine = root / "environment" / "mine"
    mine.parent.mkdir()
    mine.touch()
    with pytest.raises(EnvironmentSetupError, match="environment"):
        make()
    assert mine.exists()


@pytest.mark.usefixtures("without_index")
def test_what_cannot_be_installed_is_told(
    make: Callable[[], Path], root: Path, said: list[str]
) -> None:
    (root / "requirements.txt").write_text("there-is-no-such-package==1\n")
    with pytest.raises(EnvironmentSetupError, match="there-is-no-such-package"):
        make()
    assert said == ["installing into environment"]


def test_without_uv_it_says_how_to_get_it(
    make: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", "/nonexistent")
    with pytest.raises(EnvironmentSetupError, match="make environment"):
        make()


def test_another_hash_is_not_installed(root: Path, make: Callable[[], Path]) -> None:
    package = root / "tea-1-py3-none-any.whl"
    package.write_bytes(b"not what was locked")
    pin = f"tea @ {package.as_uri()} --hash=sha256:{'0' * 64}\n"
    (root / "requirements.txt").write_text(pin)
    with pytest.raises(EnvironmentSetupError, match=r"(?i)hash"):
        make()


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"PIP_INDEX_URL": "https://mirror.test/simple"}, "https://mirror.test/simple"),
        ({"PIP_CONFIG_FILE": "{file}"}, "https://file.test/simple"),
        (
            {"PIP_CONFIG_FILE": "{file}", "PIP_INDEX_URL": "https://mirror.test/simple"},
            "https://mirror.test/simple",
        ),
    ],
)
def test_uv_is_told_the_index_that_pip_is_told(
    variables: dict[str, str], wanted: str, tmp_path: Path
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://file.test/simple\n")
    told = {name: value.format(file=file) for name, value in variables.items()}
    settings = index_settings({**os.environ, **told})
    assert settings["UV_DEFAULT_INDEX"] == wanted


def test_uv_is_told_what_pip_trusts(tmp_path: Path) -> None:
    told = {"PIP_TRUSTED_HOST": "mirror.test", "PIP_CERT": "/mirror.pem"}
    settings = index_settings({**os.environ, **told})
    assert settings["UV_INSECURE_HOST"] == "mirror.test"
    assert settings["SSL_CERT_FILE"] == "/mirror.pem"


def test_it_runs_as_a_script_before_anything_is_installed(tmp_path: Path) -> None:
    """Isolated from this project: only Python's own library is there to be imported."""
    mine = tmp_path / "mine"
    mine.touch()
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path) in done.stderr
