"""Virtual environments as ``uv.lock`` pins them, made by uv and brought up to date in a second.

Standard library only, and usable as a script by path: the Makefile makes ``.venv`` with it before
anything is installed. Packages come from the index that pip is configured
with; uv does not read that configuration by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = "\n-e .\n-e ./lambda\n"
OLDEST_PYTHON = (3, 11)
"""Older ones run this file, and have uv find a newer one."""
SHOWN_LINES = 15
STOPPED = 130
"""Exit code of what a signal stopped, as shells have it for Ctrl-C."""
Starting = Callable[[], contextlib.AbstractContextManager[None]]
_FROM_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


class EnvironmentSetupError(Exception):
    """An environment cannot be made; the message says why and what to do."""


def make_environment(
    directory: Path,
    *,
    group: str | None = None,
    python: str | None = None,
    say: Callable[[str], None],
    starting: Starting = contextlib.nullcontext,
) -> Path:
    """Bring a virtual environment to what the lock says and return its Python.

    An environment whose Python no longer runs is made again. A directory that is something else
    is left alone.

    :param group: Dependency group of ``pyproject.toml`` that is installed alone. Default: this
        project, to be edited, with ``requirements.txt``.
    :param python: Interpreter, or version such as ``3.13``, of a new environment. Default: the
        interpreter that runs this.
    :param say: Told what takes a while.
    :param starting: Entered while a program is being started, to put interrupts off.
    :raises EnvironmentSetupError: uv says no.
    """
    inside = directory / "bin" / "python"
    if group is None:
        wanted = (ROOT / "requirements.txt").read_text() + PROJECTS
    else:
        wanted = _requirements_of(group, starting)
    with _only_one_at_a_time(directory):
        if not _runs(inside):
            making = ["venv", "--quiet", "--python", python or _this_python(), str(directory)]
            # Only what is an environment may be removed.
            clear = ["--clear"] if (directory / "pyvenv.cfg").exists() else []
            run_uv([*making, *clear], starting=starting)
        # What builds the projects, and packages that have no wheel, is pinned as well.
        pins = ["--build-constraints", "requirements.txt"] if _is_clone() else []
        into = ["--python", str(inside), *pins]
        sync = ["pip", "sync", "--quiet", *into, "-"]
        try:
            run_uv([*sync, "--offline", "--no-build"], given=wanted, starting=starting)
        except EnvironmentSetupError:
            say(f"installing into {directory.name}")
            settings = {**index_settings(os.environ), **os.environ}
            run_uv(sync, given=wanted, environment=settings, starting=starting)
    return inside


def _requirements_of(group: str, starting: Starting) -> str:
    """What the lock says of a group; of an installed package, what it said when that was built."""
    if not _is_clone():
        return Path(__file__).with_name(f"{group}-requirements.txt").read_text()
    exporting = ["export", "--frozen", "--quiet", "--no-header", "--only-group", group]
    return run_uv(exporting, starting=starting)


def _is_clone() -> bool:
    return (ROOT / "requirements.txt").exists()


def run_uv(
    arguments: Sequence[str],
    *,
    given: str = "",
    environment: Mapping[str, str] = os.environ,
    starting: Starting = contextlib.nullcontext,
) -> str:
    """Run uv in the repository to its end and return what it printed; an interrupt ends it.

    :param given: Its standard input. Default: nothing.
    :param environment: Its environment variables. Default: this program's.
    :raises EnvironmentSetupError: It failed; the message has its last lines.
    """
    return run_program([_uv(), *arguments], given, environment=environment, starting=starting)


def run_program(
    command: Sequence[str],
    given: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    starting: Starting = contextlib.nullcontext,
) -> str:
    """Run a program to its end; an interrupt ends it and all that it started."""
    program = None
    try:
        with starting():
            program = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                # Of its own: Ctrl-C reaches only us, and a signal to it reaches what it started.
                start_new_session=True,
            )
        printed, said = program.communicate(given)
    except BaseException:
        if program is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        raise
    if program.returncode != 0:
        last = "\n".join(f"    {line}" for line in said.splitlines()[-SHOWN_LINES:])
        raise EnvironmentSetupError(f"{' '.join(command)} failed:\n{last}")
    return printed


def index_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return pip's index settings, from its files or environment, as variables of uv."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        env=dict(environment),
        check=False,
    )
    settings = {}
    # In pip's own order of precedence, the weakest first.
    for section in ("global.", "install.", ":env:."):
        for line in done.stdout.splitlines():
            name, _, value = line.partition("=")
            wanted = _FROM_PIP.get(name.removeprefix(section))
            if wanted is not None and name.startswith(section):
                settings[wanted] = value.strip("'\"")
    return settings


def _uv() -> str:
    # uv's own environment, or one made by it, has uv beside Python.
    found = shutil.which("uv", path=f"{sys.prefix}/bin")
    if found is None:
        how = (
            "run `make environment`" if _is_clone() else 'pip install "idempotent-checkout[local]"'
        )
        raise EnvironmentSetupError(f"uv is not in {sys.prefix}/bin: {how}")
    return found


def _this_python() -> str:
    # Not that of an environment: it may be the one to be made again.
    this = str(getattr(sys, "_base_executable", sys.executable))
    return this if sys.version_info >= OLDEST_PYTHON else f">={'.'.join(map(str, OLDEST_PYTHON))}"


def _runs(python: Path) -> bool:
    try:
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def _only_one_at_a_time(directory: Path) -> Iterator[None]:
    directory.parent.mkdir(parents=True, exist_ok=True)
    # The parent directory itself is the lock: a lock file would show up in version control.
    lock = os.open(directory.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def main(arguments: Sequence[str]) -> None:
    """``environment.py DIRECTORY``."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        make_environment(
            Path(arguments[0]).absolute(),
            say=lambda line: print(line, file=sys.stderr),  # noqa: T201
        )
    except EnvironmentSetupError as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)  # noqa: T201
        sys.exit(STOPPED)


if __name__ == "__main__":
    main(sys.argv[1:])
