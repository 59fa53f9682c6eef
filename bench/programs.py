"""Run a program of ``bench.peers`` in the functions' environment and count its calls."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.paths import ROOT
from bench.row import BenchError
from bench.stubs.aws import IDEMPOTENCY_TABLE, PEER_ORDER_TABLE
from bench.stubs.process import StubProcess
from simulator.deployment import settings_for
from simulator.traits import Traits

SHOWN_CHARACTERS = 2000
"""Of what a failed program said."""
AWS_LIKE_LAMBDA = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "token" * 100,
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "LAMBDA_TASK_ROOT": "/var/task",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "TZ": ":UTC",
}
"""What Lambda puts into the environment, with AWS's own examples for credentials."""
_KEY_RETENTION_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run of one program took, a call of the program."""

    wall_ms: float
    cpu_ms: float
    counts: Mapping[str, float]
    """Calls of AWS under ``calls``, each operation by its name, and ``write_units``."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs that talk to one set of stubs."""

    python: Path
    stubs: StubProcess

    def run(
        self, program: str, *, iterations: int, run: str, phase: str = "new", payment_ms: float = 0
    ) -> Taken:
        """Run ``bench.peers.<program>`` in a fresh process; ``module:variant`` is one, too.

        ``run`` names the run: two processes of one run meet the same names, so the second one
        resubmits. ``phase`` sets their warm-ups apart. A payment takes ``payment_ms`` once the
        program is warm.

        Raises:
            BenchError: it failed, or answered what it must not.
        """
        worker = subprocess.Popen(  # noqa: S603
            [self.python, "-m", "bench.peers.worker", program, phase, str(iterations), run],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdout.readline()  # warm, or ended
            self.stubs.delay(payment_ms=payment_ms)
            before = self.stubs.counts()
            said, complaint = worker.communicate("go\n")
        finally:
            worker.kill()
            worker.wait()
            self.stubs.delay()
        if worker.returncode != 0:
            raise BenchError(f"{program} failed:\n{complaint[-SHOWN_CHARACTERS:]}")
        after = self.stubs.counts()
        counted = {name: (after[name] - before.get(name, 0)) / iterations for name in after}
        taken = json.loads(said)
        return Taken(taken["wall_ms"], taken["cpu_ms"], counted)

    def environment(self) -> dict[str, str]:
        """The environment variables of every program: our settings as deployed, and the stubs'."""
        return {
            **function_settings(),
            **AWS_LIKE_LAMBDA,
            "AWS_ENDPOINT_URL": self.stubs.url,
            "PAYMENT_SERVICE_URL": f"{self.stubs.url}/payments",
            "PAYMENT_SERVICE_LOOK_UP_URL": f"{self.stubs.url}/payments",
            "PAYMENT_SERVICE_CANCEL_URL": f"{self.stubs.url}/payments/cancel",
            "PAYMENT_QUEUE_URL": f"{self.stubs.url}/000000000000/payments.fifo",
            "IDEMPOTENCY_TABLE": IDEMPOTENCY_TABLE,
            "PEER_ORDER_TABLE": PEER_ORDER_TABLE,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "lambda"))),
            "PATH": os.environ.get("PATH", ""),
        }


def said_by(
    command: Sequence[str | Path], *, env: Mapping[str, str], given: str | None = None
) -> str:
    """Run a command in the clone to its end, and return what it wrote to standard output.

    ``given`` is its standard input.

    Raises:
        BenchError: it failed.
    """
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=env, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise BenchError(f"{words} failed:\n{done.stderr[-SHOWN_CHARACTERS:]}")
    return done.stdout


def function_settings() -> dict[str, str]:
    """Our functions' settings as deployed, with every recovery path there is."""
    traits = Traits(honours_keys_for_ms=_KEY_RETENTION_MS, can_look_up=True, can_cancel=True)
    audit = {
        "PAYMENT_SERVICE_LIST_URL": "https://payments.example/charges/list",
        "AUDIT_PATIENCE_SECONDS": "86400",
    }
    return settings_for(traits, quarantine_before=0) | audit
