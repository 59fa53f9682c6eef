"""jsii's runtime as the tests start it: a synth takes half of its usual time.

It is one process instead of two. Arguments are not compared with their annotations at each call;
programs that tests start compare them (the local run's app, and ``test_app_started_directly.py``).
And an app does not copy the functions' code into its assembly, unless its ``post_cli_context`` is
``STAGED`` (``tests/checkout_stack/synthesized.py``); the hash of the code is in the template all
the same.

Constructs do not note where they were made, and what is new gets more room, so that Node collects
garbage less often: a sixth of the time.
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

__all__ = ["start_jsii_in_one_process"]

RUNTIME = Path(__file__).with_suffix(".cjs")
_CONTEXT = {"aws:cdk:disable-asset-staging": True, "aws:cdk:disable-stack-trace": True}
_IN_TWO_PROCESSES: Callable[[Any], None] = process._NodeProcess.start


def start_jsii_in_one_process() -> None:
    """Let this process start jsii so, and none that it starts; before ``aws_cdk`` is imported."""
    process._NodeProcess.start = _start  # type: ignore[method-assign]
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
