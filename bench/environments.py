"""The environments that the programs run in: pinned, made once, apart from ours."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench.paths import ROOT, STATE
from bench.row import BenchError
from checkout_stack.local.environment import EnvironmentProblem, make_environment
from checkout_stack.local.python_for_functions import python_for_functions


def functions_python(say: Callable[[str], None]) -> Path:
    """The Python of the Lambda programs, ours and others': of the version that is deployed."""
    return _python(
        "bench-venv",
        made_with=python_for_functions(),
        requirements="requirements-bench.txt",
        say=say,
    )


def synth_python(say: Callable[[str], None]) -> Path:
    """The Python of the synth programs, with the aws-cdk-lib that Solutions Constructs takes."""
    return _python(
        "bench-synth-venv",
        made_with=str(getattr(sys, "_base_executable", sys.executable)),
        requirements="requirements-bench-synth.txt",
        say=say,
    )


def _python(name: str, *, made_with: str, requirements: str, say: Callable[[str], None]) -> Path:
    directory = STATE / name
    try:
        make_environment(directory, python=made_with, requirements=ROOT / requirements, say=say)
    except EnvironmentProblem as problem:
        raise BenchError(str(problem)) from problem
    return directory / "bin" / "python"
