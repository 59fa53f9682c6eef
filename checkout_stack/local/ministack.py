"""Start MiniStack, the local AWS, as strict as it can be.

It answers on two ports: HTTPS for AWS calls, because the production policies deny requests that do
not use TLS, and plain HTTP for the HTTP API and for MiniStack's own look-up of token keys.  With
``AUTH`` on, every call of a function is checked against that function's role.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.environment import EnvironmentSetupError, make_environment
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.loopback_http import request
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.ports import LOOPBACK
from checkout_stack.local.processes import INTERRUPTION, ChildProcess
from checkout_stack.local.python_for_functions import FUNCTION_PYTHON, python_for_functions

NAME = "MiniStack"
SECONDS_TO_START = 30.0


def make_ministack_environment(run: LocalRun) -> Path:
    """Bring MiniStack's environment up to date; returns its Python."""
    python, version = python_for_functions(), FUNCTION_PYTHON
    if python is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        run.progress.say(f"no Python {FUNCTION_PYTHON} here: the functions run on Python {version}")
    try:
        return make_environment(
            run.paths.ministack_environment(version),
            group="local",
            python=python,
            say=run.progress.say,
            starting=INTERRUPTION.held,
        )
    except EnvironmentSetupError as problem:
        raise LocalRunError(str(problem)) from problem


def start_ministack(run: LocalRun, python: Path) -> LocalAws:
    """Start it on its own environment's Python, and wait until it answers."""
    certificate, key = _make_certificate(run, python)
    aws = LocalAws(run.ports.aws, certificate)
    for folder in ("tmp", "home"):
        (run.directory / folder).mkdir()
    command = [str(python), "-m", "hypercorn", "ministack.app:app"]
    command += ["--bind", f"{LOOPBACK}:{run.ports.aws}"]
    command += ["--insecure-bind", f"{LOOPBACK}:{run.ports.api}"]
    command += ["--certfile", str(certificate), "--keyfile", str(key), "--keep-alive", "75"]
    # No worker processes: one process serves, and its command line shows whose it is.
    command += ["--workers", "0", "--log-level", "INFO"]
    child = run.processes.start(
        NAME, command, environment=_environment(run, aws), directory=run.directory
    )
    _wait_until_ready(child, run.ports.api)
    return aws


def _make_certificate(run: LocalRun, python: Path) -> tuple[Path, Path]:
    """Make this run's certificate and key."""
    certificate, key = run.directory / "certificate.pem", run.directory / "key.pem"
    program = Path(__file__).with_name("certificate.py")
    run.processes.run(
        "certificate",
        # -P: this directory's files must not hide installed packages of the same name.
        [str(python), "-P", str(program), str(certificate), str(key)],
        environment={"PATH": os.defpath},
        directory=run.directory,
    )
    return certificate, key


def _environment(run: LocalRun, aws: LocalAws) -> dict[str, str]:
    # Nothing else: MiniStack passes its own environment on to the functions.
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(run.directory / "home"),
        "TMPDIR": str(run.directory / "tmp"),
        "STATE_DIR": str(run.directory / "tmp" / "state"),
        "GATEWAY_PORT": str(run.ports.api),
        "AUTH": "true",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_CA_BUNDLE": str(aws.certificate),
        # Neither is used here, and each would listen on a fixed port.
        "IOT_MTLS_ENABLED": "false",
        "SFTP_ENABLED": "false",
    }


def _wait_until_ready(child: ChildProcess, port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        child.check_running()
        try:
            if request(port, "GET", "/_ministack/health", timeout=2).status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise LocalRunError(
        f"{NAME} does not answer after {SECONDS_TO_START:.0f} s; its log: {child.log}"
    )
