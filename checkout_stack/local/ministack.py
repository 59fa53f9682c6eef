"""Start MiniStack, the local AWS, as strict as it can be.

It answers on two ports: HTTPS for AWS calls, because the production policies deny requests that do
not use TLS, and plain HTTP for the HTTP API and for MiniStack's own look-up of token keys.  With
``AUTH`` on, every call of a function is checked against that function's role.
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from pathlib import Path

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.environment import EnvironmentProblem, make_environment
from checkout_stack.local.interruption import INTERRUPTION
from checkout_stack.local.places import Places
from checkout_stack.local.ports import LOOPBACK, Ports
from checkout_stack.local.problem import LocalRunProblem
from checkout_stack.local.processes import Child, Children
from checkout_stack.local.progress import Progress
from checkout_stack.local.python_for_functions import FUNCTION_PYTHON, python_for_functions

NAME = "MiniStack"
SECONDS_TO_START = 30.0


def make_ministack_environment(places: Places, progress: Progress) -> Path:
    """Bring MiniStack's environment up to date; returns its Python."""
    python, version = python_for_functions(), FUNCTION_PYTHON
    if python is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        progress.say(f"no Python {FUNCTION_PYTHON} here: the functions run on Python {version}")
    try:
        return make_environment(
            places.ministack_environment(version),
            group="local",
            python=python,
            say=progress.say,
            starting=INTERRUPTION.held,
        )
    except EnvironmentProblem as problem:
        raise LocalRunProblem(str(problem)) from problem


def make_certificate(python: Path, run_directory: Path, children: Children) -> tuple[Path, Path]:
    """Make this run's certificate and key."""
    certificate, key = run_directory / "certificate.pem", run_directory / "key.pem"
    program = Path(__file__).with_name("certificate.py")
    children.run(
        "certificate",
        # -P: this directory's files must not hide installed packages of the same name.
        [str(python), "-P", str(program), str(certificate), str(key)],
        environment={"PATH": os.defpath},
        directory=run_directory,
    )
    return certificate, key


def start_ministack(
    python: Path, run_directory: Path, ports: Ports, children: Children
) -> tuple[Child, LocalAws]:
    """Start it and wait until it answers."""
    certificate, key = make_certificate(python, run_directory, children)
    aws = LocalAws(ports.aws, certificate)
    for folder in ("tmp", "home"):
        (run_directory / folder).mkdir()
    command = [str(python), "-m", "hypercorn", "ministack.app:app"]
    command += ["--bind", f"{LOOPBACK}:{ports.aws}", "--insecure-bind", f"{LOOPBACK}:{ports.api}"]
    command += ["--certfile", str(certificate), "--keyfile", str(key), "--keep-alive", "75"]
    # No worker processes: one process serves, and its command line shows whose it is.
    command += ["--workers", "0", "--log-level", "INFO"]
    child = children.start(
        NAME,
        command,
        environment=_environment(run_directory, ports, aws),
        directory=run_directory,
    )
    _wait_until_ready(child, ports.api)
    return child, aws


def _environment(run_directory: Path, ports: Ports, aws: LocalAws) -> dict[str, str]:
    # Nothing else: MiniStack hands its own environment on to the functions.
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(run_directory / "home"),
        "TMPDIR": str(run_directory / "tmp"),
        "STATE_DIR": str(run_directory / "tmp" / "state"),
        "GATEWAY_PORT": str(ports.api),
        "AUTH": "true",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_CA_BUNDLE": str(aws.certificate),
        # Neither is used here, and each would listen on a fixed port.
        "IOT_MTLS_ENABLED": "false",
        "SFTP_ENABLED": "false",
    }


def _wait_until_ready(child: Child, port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        child.check_running()
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise LocalRunProblem(
        f"{NAME} does not answer after {SECONDS_TO_START:.0f} s; its log: {child.log}"
    )
