"""``python stale_worker_program.py HANDLER EVENT ASLEEP PORT TIMEOUT``, with the asset on the path.

Runs a deployed handler on an event, and stops the process when it has read the first answer of the
payment service, which listens on PORT. It knows the handler by its name only, as Lambda does.
"""

from __future__ import annotations

import http.client
import json
import os
import pkgutil
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


def fall_asleep_after_an_answer(asleep: Path, port: int) -> None:
    """Let the first answer from a port be read to its end, and then stop this process."""
    get_response = http.client.HTTPConnection.getresponse

    def get_response_and_stop(connection: http.client.HTTPConnection) -> Any:
        response = get_response(connection)
        if connection.port == port:
            read = response.read

            def read_and_stop(*sizes: int) -> bytes:
                content = read(*sizes)
                if not asleep.exists():
                    asleep.touch()
                    os.kill(os.getpid(), signal.SIGSTOP)
                return content

            response.read = read_and_stop  # type: ignore[method-assign, assignment]
        return response

    http.client.HTTPConnection.getresponse = get_response_and_stop  # type: ignore[method-assign, assignment]


def main(handler: str, event: str, asleep: str, port: str, timeout_seconds: str) -> None:
    """Handle the event."""
    fall_asleep_after_an_answer(Path(asleep), int(port))
    handle = pkgutil.resolve_name(handler)
    answer = handle(json.loads(Path(event).read_text()), Context(int(timeout_seconds)))
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
