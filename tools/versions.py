"""Test on the oldest and newest versions that are claimed: ``make versions``.

Each corner is a Python and an aws-cdk-lib, in an environment of its own below ``.local/versions``.
A Python that this machine does not have is named and left out; docs/compatibility.md holds the
claim, and ``test_versions`` holds claim, metadata and this file to one another.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from checkout_stack.local.environment import EnvironmentProblem, make_environment

ROOT = Path(__file__).parents[1]
OLDEST_CDK, NEWEST_CDK = "2.272.0", "2.275.0"
PYTHONS = ("3.11", "3.12", "3.13")
_FOLLOW_CDK = re.compile(r"aws-cdk(-asset|-cloud|-lib|\.)")
"""Packages whose versions aws-cdk-lib chooses."""
_TESTS = ("tests/checkout_stack", "tests/examples", "tests/checkout_runtime")
_LEFT_OUT = "tests/checkout_stack/checkers"
"""Other programs' opinion of the template; one version of it is enough."""


@dataclass(frozen=True, slots=True)
class Corner:
    """One combination of versions."""

    python: str
    cdk: str

    def __str__(self) -> str:
        return f"Python {self.python}, aws-cdk-lib {self.cdk}"

    @property
    def name(self) -> str:
        """Of its environment."""
        return f"python{self.python}-cdk{self.cdk}"


CORNERS = tuple(Corner(python, cdk) for cdk in (OLDEST_CDK, NEWEST_CDK) for python in PYTHONS)


def requirements_with(cdk: str) -> str:
    """Return the pinned requirements with another aws-cdk-lib, and what follows it left free."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    kept = [line for line in lines if not _FOLLOW_CDK.match(line)]
    return "\n".join([*kept, f"aws-cdk-lib=={cdk}", ""])


def interpreter(version: str) -> str | None:
    """Find the Python of a minor version, or None."""
    for command in (f"python{version}", sys.executable):
        found = shutil.which(command)
        if found is not None and _version_of(found) == version:
            return found
    return None


def _version_of(command: str) -> str | None:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([command, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def passes_on(corner: Corner, python: str) -> bool:
    """Run the tests on a corner; what they print goes where this program prints."""
    place = ROOT / ".local" / "versions"
    place.mkdir(parents=True, exist_ok=True)
    wanted = place / f"{corner.name}.txt"
    wanted.write_text(requirements_with(corner.cdk))
    environment = place / corner.name
    make_environment(environment, python=python, requirements=wanted, project=ROOT, say=click.echo)
    programs = environment / "bin"
    command = [str(programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    options = ["--numprocesses=auto", "--dist=loadfile", f"--ignore={_LEFT_OUT}"]
    done = subprocess.run(
        [*command, *options, *_TESTS], cwd=ROOT, env={**os.environ, "PATH": path}, check=False
    )
    return done.returncode == 0


@click.command(help=__doc__)
@click.option("--only", default="", help="Corners whose name holds this, such as cdk2.275.")
def main(only: str) -> None:
    """Test every corner that this machine has a Python for."""
    results = {}
    for corner in CORNERS:
        if only not in corner.name:
            continue
        python = interpreter(corner.python)
        if python is None:
            results[corner] = "not tested: no such Python here"
            continue
        click.echo(f"== {corner}")
        try:
            results[corner] = "passed" if passes_on(corner, python) else "FAILED"
        except EnvironmentProblem as problem:
            results[corner] = f"FAILED: {problem}"
    for corner, result in results.items():
        click.echo(f"{corner}: {result}")
    sys.exit(any(result.startswith("FAILED") for result in results.values()) or not results)


if __name__ == "__main__":
    main()
