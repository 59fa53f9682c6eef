"""Run one program many times in this process and print what it took, as JSON.

``python -m bench.peers.worker PROGRAM PHASE ITERATIONS RUN``: runs in the functions' environment,
so it imports the standard library, what Lambda has, and the program. A program is a module with
``program()``, which returns what is timed, and, where something has to be there before,
``prepare(names)``, which is not. ``MODULE:VARIANT`` passes a variant on to both.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable

from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

LEAST_WARM_UP = 10
"""Calls that fill every thread, connection and cache."""


def timed(call: Callable[[str], None], names: Iterable[str]) -> dict[str, float]:
    """Call once for each name; return wall and CPU (all threads) in milliseconds a call."""
    todo = list(names)
    gc.collect()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    for name in todo:
        call(name)
    cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    return {"wall_ms": wall / len(todo) / 1e6, "cpu_ms": cpu / len(todo) / 1e6}


def _log_as_lambda_does() -> None:
    """JSON records from INFO up, by Lambda's own formatter, to a file that keeps nothing."""
    handler = logging.StreamHandler(open(os.devnull, "w"))  # noqa: SIM115 - as long as the process
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def main() -> None:
    """Warm up under other names than those that are measured, then measure."""
    name, phase, iterations, run = sys.argv[1:]
    module, *variant = name.split(":")
    _log_as_lambda_does()
    program = importlib.import_module(f"bench.peers.{module}")
    warm_up = [
        f"{run}-{phase}-warm-up-{n}" for n in range(max(int(iterations) // 4, LEAST_WARM_UP))
    ]
    names = [f"{run}-{n}" for n in range(int(iterations))]
    if hasattr(program, "prepare"):
        program.prepare([*warm_up, *names], *variant)
    call: Callable[[str], None] = program.program(*variant)
    for name in warm_up:
        call(name)
    sys.stdout.write("warm\n")
    sys.stdout.flush()
    sys.stdin.readline()  # meanwhile the calls so far are counted, and the delays are set
    sys.stdout.write(json.dumps(timed(call, names)) + "\n")


if __name__ == "__main__":
    main()
