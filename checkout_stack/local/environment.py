"""Make a virtual environment once, and notice when it is stale or was left half made.

Standard library only, and usable as a script by path: the Makefile makes ``.venv`` with it before
anything is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

STAMP = ".made-from"
HALF_MADE = ".half-made"
SHOWN_LINES = 15
STOPPED = 130
"""Exit code of what a signal stopped, as shells have it for Ctrl-C."""
Starting = Callable[[], contextlib.AbstractContextManager[None]]


class EnvironmentProblem(Exception):
    """An environment cannot be made; the message says why and what to do."""


def make_environment(
    directory: Path,
    *,
    python: str,
    requirements: Path,
    project: Path | None = None,
    say: Callable[[str], None],
    starting: Starting = contextlib.nullcontext,
) -> bool:
    """Bring a virtual environment to what its requirements say; returns whether it had to work.

    An environment that somebody else made is kept and installed into. One whose making was
    interrupted, or whose Python no longer runs, is removed and made again.

    :param starting: Entered while a program is being started, to put interrupts off.
    """
    wanted = _digest(requirements, project)
    with _only_one_at_a_time(directory):
        if _text(directory / STAMP) == wanted and _runs(directory):
            return False
        if _is_something_else(directory):
            raise EnvironmentProblem(
                f"{directory} is there but is no virtual environment: move it away"
            )
        if directory.exists() and ((directory / HALF_MADE).exists() or not _runs(directory)):
            say(f"{directory.name} is half made or broken: making it again")
            shutil.rmtree(directory)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / HALF_MADE).touch()
        (directory / STAMP).unlink(missing_ok=True)
        if not (directory / "pyvenv.cfg").exists():
            say(f"making {directory.name}")
            making = [python, "-m", "venv", str(directory)]
            _run(making, starting, hint="is the venv module installed?")
        say(f"installing {requirements.name} into {directory.name}, which takes a while")
        pip = [str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        what = ["--requirement", str(requirements)]
        if project is not None:
            what += ["--editable", str(project)]
        installing = [*pip, "install", "--no-input", "--quiet", *what]
        _run(installing, starting, hint="is the package index there?")
        (directory / STAMP).write_text(wanted)
        (directory / HALF_MADE).unlink()
        return True


def _digest(requirements: Path, project: Path | None) -> str:
    digest = hashlib.sha256(requirements.read_bytes())
    if project is not None:
        digest.update(str(project).encode())
        digest.update((project / "pyproject.toml").read_bytes())
    return digest.hexdigest()


def _is_something_else(directory: Path) -> bool:
    if not directory.exists() or (directory / "pyvenv.cfg").exists():
        return False
    return any(each.name != HALF_MADE for each in directory.iterdir())


def _runs(directory: Path) -> bool:
    command = [str(directory / "bin" / "python"), "-c", "import pip"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _text(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


def _run(command: Sequence[str], starting: Starting, *, hint: str) -> None:
    """Run a program to its end; an interrupt ends it and all that it started."""
    program = None
    try:
        with starting():
            program = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                close_fds=False,
                # Of its own: Ctrl-C reaches only us, and a signal to it reaches what it started.
                start_new_session=True,
            )
        said, _ = program.communicate()
    except BaseException:
        if program is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        raise
    if program.returncode != 0:
        last = "\n".join(f"    {line}" for line in said.splitlines()[-SHOWN_LINES:])
        raise EnvironmentProblem(f"{' '.join(command)} failed ({hint}):\n{last}")


@contextlib.contextmanager
def _only_one_at_a_time(directory: Path) -> Iterator[None]:
    directory.parent.mkdir(parents=True, exist_ok=True)
    # The parent directory itself is the lock: a lock file would show up in version control. An
    # installer inherits it, so that it is not interfered with if it outlives this process.
    lock = os.open(directory.parent, os.O_RDONLY)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def main() -> None:
    """``environment.py DIRECTORY --requirements FILE [--project DIRECTORY]``."""
    parser = argparse.ArgumentParser(description="Make a virtual environment, or find it made.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--requirements", type=Path, required=True)
    parser.add_argument("--project", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        make_environment(
            options.directory.absolute(),
            # Not this one if it is in an environment: it may be the one to be made again.
            python=getattr(sys, "_base_executable", sys.executable),
            requirements=options.requirements.absolute(),
            project=options.project and options.project.absolute(),
            say=lambda line: print(line, file=sys.stderr),  # noqa: T201
        )
    except EnvironmentProblem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        sys.exit(STOPPED)


if __name__ == "__main__":
    main()
