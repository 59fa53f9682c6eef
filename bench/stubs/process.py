"""The stubs' process, from outside."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.paths import ROOT
from bench.row import BenchError


@dataclass(frozen=True)
class StubProcess:
    """Where the stubs are."""

    url: str
    tls_url: str | None = None
    """The same by HTTPS, if they were given a certificate."""

    def delay(self, *, payment_ms: float = 0) -> None:
        """Have payments answered so many milliseconds late."""
        self._post("/bench/delays", {"payment_ms": payment_ms})

    def counts(self) -> dict[str, int]:
        """What was called how often since the start; write units under ``write_units``."""
        counted: dict[str, int] = self._post("/bench/counts", {})
        return counted

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode())  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())


@contextlib.contextmanager
def stub_process(certificate: Path | None = None) -> Iterator[StubProcess]:
    """Start the stubs with nothing stored, and end them.

    ``certificate`` is a file of a certificate for localhost, with its key before it.
    """
    paths = os.pathsep.join((str(ROOT), str(ROOT / "lambda")))
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "bench.stubs", *([] if certificate is None else [certificate])],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port, *tls_ports = process.stdout.readline().split() or [""]
        if not port:
            raise BenchError("the stubs did not start; what they said is above")
        tls_url = f"https://localhost:{tls_ports[0]}" if tls_ports else None
        yield StubProcess(f"http://127.0.0.1:{port}", tls_url)
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()
