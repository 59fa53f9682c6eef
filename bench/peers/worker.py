"""Run one program many times in this process and print what it took, as JSON.

``python -m bench.peers.worker MODULE PHASE ITERATIONS RUN``: runs in the functions' environment,
so it imports the standard library, what Lambda has, and the program.
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

__all__ = ["timed"]


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
    module, phase, iterations, run = sys.argv[1:]
    _log_as_lambda_does()
    call: Callable[[str], None] = importlib.import_module(f"bench.peers.{module}").program()
    for number in range(max(int(iterations) // 4, 3)):
        call(f"{run}-{phase}-warm-up-{number}")
    sys.stdout.write("warm\n")
    sys.stdout.flush()
    sys.stdin.readline()  # the counts are taken meanwhile
    names = [f"{run}-{number}" for number in range(int(iterations))]
    result = {"once": timed(call, names)}
    sys.stdout.write(json.dumps(result["once"]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
