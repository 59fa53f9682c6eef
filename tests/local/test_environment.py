"""An environment is made once, and made again when it is stale or was left half made."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checkout_stack.local.environment import (
    HALF_MADE,
    EnvironmentProblem,
    make_environment,
)

Make = Callable[[], bool]


@pytest.fixture(scope="session")
def bare_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that somebody else made, to be copied."""
    directory = tmp_path_factory.mktemp("environment") / "bare"
    subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
    return directory


@pytest.fixture
def directory(tmp_path: Path, bare_environment: Path) -> Path:
    """A copy of it."""
    shutil.copytree(bare_environment, tmp_path / "environment", symlinks=True)
    return tmp_path / "environment"


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    """Requirements that need no network."""
    file = tmp_path / "requirements.txt"
    file.write_text("# nothing\n")
    return file


@pytest.fixture
def make(directory: Path, requirements: Path) -> Make:
    """Make the environment; whether that was work."""
    return lambda: make_environment(
        directory, python=sys.executable, requirements=requirements, say=lambda _line: None
    )


def test_an_environment_that_somebody_else_made_is_kept(make: Make, directory: Path) -> None:
    (directory / "theirs").touch()

    assert make()
    assert (directory / "theirs").exists()


def test_a_made_environment_is_not_made_again(make: Make) -> None:
    assert make()
    assert not make()


def test_changed_requirements_are_installed(make: Make, requirements: Path) -> None:
    make()
    requirements.write_text("# nothing else\n")

    assert make()
    assert not make()


def test_an_environment_whose_python_is_gone_is_made_again(make: Make, directory: Path) -> None:
    make()
    (directory / "bin" / "python").unlink()

    assert make()
    assert (directory / "bin" / "python").exists()


def test_a_directory_that_is_no_environment_is_left_alone(make: Make, directory: Path) -> None:
    (directory / "pyvenv.cfg").unlink()

    with pytest.raises(EnvironmentProblem, match="no virtual environment"):
        make()
    assert (directory / "bin").exists()


def test_a_failed_installation_is_told_and_the_next_one_begins_from_nothing(
    make: Make, requirements: Path, directory: Path
) -> None:
    requirements.write_text("./there-is-no-such-package\n")
    with pytest.raises(EnvironmentProblem, match="there-is-no-such-package"):
        make()
    assert (directory / HALF_MADE).exists()
    (directory / "left-behind").touch()

    requirements.write_text("# nothing\n")
    assert make()
    assert not (directory / "left-behind").exists()
    assert not make()


def test_it_runs_as_a_script_before_anything_is_installed(
    directory: Path, requirements: Path
) -> None:
    script = Path(__file__).parents[2] / "checkout_stack" / "local" / "environment.py"
    command = [sys.executable, "-I", str(script), str(directory)]
    for expected in ("installing", ""):
        done = subprocess.run(
            [*command, "--requirements", str(requirements)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert expected in done.stderr
        assert bool(expected) == bool(done.stderr)
