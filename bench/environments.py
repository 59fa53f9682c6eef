"""The environments that the programs run in: pinned, made once, apart from ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.paths import STATE
from bench.row import BenchError
from checkout_stack.local.environment import EnvironmentSetupError, make_environment
from checkout_stack.local.python_for_functions import FUNCTION_PYTHON, python_for_functions


def functions_python(say: Callable[[str], None]) -> Path:
    """The Python of the Lambda programs, ours and others': of the version that is deployed."""
    return _python("bench-venv", "bench", made_with=python_for_functions(), say=say)


def synth_python(say: Callable[[str], None]) -> Path:
    """The Python of the synth programs, with the aws-cdk-lib that Solutions Constructs takes."""
    return _python("bench-synth-venv", "bench-synth", made_with=None, say=say)


def local_aws_python(say: Callable[[str], None]) -> Path:
    """The Python of the local AWS, which can make certificates."""
    python = python_for_functions()
    return _python(f"ministack-venv-{FUNCTION_PYTHON}", "local", made_with=python, say=say)


def _python(name: str, group: str, *, made_with: str | None, say: Callable[[str], None]) -> Path:
    try:
        return make_environment(STATE / name, group=group, python=made_with, say=say)
    except EnvironmentSetupError as problem:
        raise BenchError(str(problem)) from problem
