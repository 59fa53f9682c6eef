"""Test on the oldest and newest versions that are claimed: ``make versions``.

Each corner is a Python and an aws-cdk-lib, in an environment of its own below ``.local/versions``.
A Python that this machine does not have is named and left out; docs/operate/compatibility.md holds
the claim, and ``test_versions`` holds claim, metadata and this file to one another.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product

import click

from checkout_stack.local.environment import (
    ROOT,
    EnvironmentSetupError,
    index_settings,
    make_environment,
    run_uv,
)
from checkout_stack.local.python_for_functions import find_python

OLDEST_CDK, NEWEST_CDK = "2.272.0", "2.275.0"
PYTHONS = ("3.11", "3.12", "3.13")
_TESTS = ("tests/checkout_stack", "tests/examples", "tests/checkout_runtime")
_LEFT_OUT = "tests/checkout_stack/checkers"
"""Other programs' opinion of the template; one version of it is enough."""


def passes_on(cdk: str, version: str, python: str) -> bool:
    """Run the tests on a corner; what they print goes where this program prints."""
    environment = ROOT / ".local" / "versions" / f"python{version}-cdk{cdk}"
    inside = make_environment(environment, python=python, say=click.echo)
    # The lock's versions stay, but for those that this aws-cdk-lib chooses itself.
    other = ["pip", "install", "--quiet", "--python", str(inside), f"aws-cdk-lib=={cdk}"]
    run_uv(other, environment={**index_settings(os.environ), **os.environ})
    options = ["-q", "-p", "no:cacheprovider", "--numprocesses=auto", "--dist=loadfile"]
    options += [f"--ignore={_LEFT_OUT}", "-m", "not browser and not fuzzing and not package"]
    path = f"{inside.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(inside), "-m", "pytest", *options, *_TESTS],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        check=False,
    )
    return done.returncode == 0


def tested_on(cdk: str, version: str) -> str:
    """What came of a corner, in words."""
    python = find_python(version)
    if python is None:
        return "not tested: no such Python here"
    try:
        return "passed" if passes_on(cdk, version, python) else "FAILED"
    except EnvironmentSetupError as problem:
        return f"FAILED: {problem}"


@click.command(help=__doc__)
@click.option("--only", default="", help="Corners whose name holds this, such as cdk2.275.")
def main(only: str) -> None:
    """Test every corner that this machine has a Python for."""
    corners = [
        (cdk, version)
        for cdk, version in product((OLDEST_CDK, NEWEST_CDK), PYTHONS)
        if only in f"python{version}-cdk{cdk}"
    ]
    results = {corner: tested_on(*corner) for corner in corners}
    for (cdk, version), result in results.items():
        click.echo(f"Python {version}, aws-cdk-lib {cdk}: {result}")
    sys.exit(any(result.startswith("FAILED") for result in results.values()) or not results)


if __name__ == "__main__":
    main()
