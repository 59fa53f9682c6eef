"""``python stale_worker_program.py HANDLER EVENT ASLEEP TIMEOUT``, with the asset on the path.

Runs a deployed handler on an event, and stops the process when the payment service has answered.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


class Context:
    """What a handler uses of Lambda's context."""

    def __init__(self, timeout_seconds: int) -> None:
        self._ends = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda counts it."""
        return int((self._ends - time.monotonic()) * 1000)


def main(handler: str, event: str, asleep: str, timeout_seconds: str) -> None:
    """Handle the event."""
    service = importlib.import_module("checkout_runtime.adapters.http_payment_service")
    charge = service.HttpPaymentService.charge

    def fall_asleep_with_the_answer(self: object, order: object) -> Any:
        answer = charge(self, order)
        Path(asleep).touch()
        os.kill(os.getpid(), signal.SIGSTOP)
        return answer

    service.HttpPaymentService.charge = fall_asleep_with_the_answer
    module, _, function = handler.rpartition(".")
    handle = getattr(importlib.import_module(module), function)
    answer = handle(json.loads(Path(event).read_text()), Context(int(timeout_seconds)))
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
