"""Ours: the first batch of ten messages that an execution environment takes.

``first_batch.py place NAME`` places the batch's orders and prints the event that asks for their
payment. ``first_batch.py take`` reads that event, imports the handler as Lambda does before the
first event, and prints what the batch took: wall and CPU of all threads, in milliseconds.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

from bench.peers.invocations import LambdaContext


def place(name: str) -> None:
    """Place the orders of a batch, and print its event."""
    event = import_module("bench.peers.consumer_checkout").placed(name)
    sys.stdout.write(json.dumps(event) + "\n")


def take() -> None:
    """Take the batch that stands in the standard input."""
    event = json.load(sys.stdin)
    handler = import_module("checkout_runtime.handlers.process_payments").handler
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    answer = handler(event, LambdaContext())
    cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    if answer != {"batchItemFailures": []}:
        raise SystemExit(f"the handler answered {answer}")
    sys.stdout.write(f"{wall / 1e6} {cpu / 1e6}\n")


if __name__ == "__main__":
    if sys.argv[1] == "place":
        place(sys.argv[2])
    else:
        take()
