"""jsii's runtime as the tests start it: a synth takes half of its usual time.

It is one process instead of two. Arguments are not compared with their annotations at each call;
programs that tests start compare them (the local run's app, and ``test_app_started_directly.py``).
And an app does not copy the functions' code into its assembly, unless its ``post_cli_context`` is
``STAGED`` (``tests/checkout_stack/synthesized.py``); the hash of the code is in the template all
the same.

Constructs do not note where they were made, and what is new gets more room, so that Node collects
garbage less often: a sixth of the time. Half of all that Python asks Node is about durations, which
never change: each is made once, and asked each thing once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jsii import _type_checking
from jsii._kernel.providers import process
from jsii._kernel.types import InvokeRequest, StaticInvokeRequest

__all__ = ["start_jsii_in_one_process"]

RUNTIME = Path(__file__).with_suffix(".cjs")
_CONTEXT = {"aws:cdk:disable-asset-staging": True, "aws:cdk:disable-stack-trace": True}
_DURATION = "aws-cdk-lib.Duration"
_IN_TWO_PROCESSES: Callable[[Any], None] = process._NodeProcess.start
_INVOKE: Callable[[Any, InvokeRequest], Any] = process.ProcessProvider.invoke
_SINVOKE: Callable[[Any, StaticInvokeRequest], Any] = process.ProcessProvider.sinvoke
_ANSWERS: dict[tuple[str, str, str], Any] = {}
"""Of durations, by who was asked, for what, and with which arguments."""


def start_jsii_in_one_process() -> None:
    """Let this process start jsii so, and none that it starts; before ``aws_cdk`` is imported."""
    process._NodeProcess.start = _start  # type: ignore[method-assign]
    process.ProcessProvider.invoke = _invoke  # type: ignore[assignment]
    process.ProcessProvider.sinvoke = _sinvoke  # type: ignore[assignment]
    _type_checking._resolved_check = lambda **_argument: None


def _start(node: Any) -> None:
    program = files("jsii._embedded.jsii").joinpath("lib__program.js")
    environment = {
        "JSII_RUNTIME": str(RUNTIME),
        "JSII_PROGRAM": str(program),
        "CDK_CONTEXT_JSON": json.dumps(_CONTEXT),
        "NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} --max-semi-space-size=64".strip(),
    }
    with patch.dict(os.environ, environment):
        _IN_TWO_PROCESSES(node)


def _invoke(provider: Any, request: InvokeRequest) -> Any:
    if not request.objref.ref.startswith(f"{_DURATION}@"):
        return _INVOKE(provider, request)
    return _answer(request.objref.ref, request, lambda: _INVOKE(provider, request))


def _sinvoke(provider: Any, request: StaticInvokeRequest) -> Any:
    if request.fqn != _DURATION:
        return _SINVOKE(provider, request)
    return _answer(request.fqn, request, lambda: _SINVOKE(provider, request))


def _answer(
    asked: str, request: InvokeRequest | StaticInvokeRequest, ask: Callable[[], Any]
) -> Any:
    key = (asked, request.method, repr(request.args))
    if key not in _ANSWERS:
        _ANSWERS[key] = ask()
    return _ANSWERS[key]
