"""The payment service as a process of the local run, and the client of its controls."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.loopback_http import request
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.payment_service.__main__ import SECRET_VARIABLE
from checkout_stack.local.ports import LOOPBACK
from checkout_stack.local.processes import ChildProcess

NAME = "payment service"
SECONDS_TO_START = 15.0


@dataclass(frozen=True)
class PaymentControls:
    """Settings and ledger of a running payment service."""

    port: int
    secret: str

    @property
    def charges_url(self) -> str:
        """Where a checkout POSTs charges and looks them up."""
        return f"http://{LOOPBACK}:{self.port}/charges"

    def charges(self, customer: str | None = None) -> list[dict[str, Any]]:
        """Every capture really made, by the payment service's own ledger."""
        wanted = f"?customer={quote(customer)}" if customer is not None else ""
        charges: list[dict[str, Any]] = self._ask("GET", f"/_control/ledger{wanted}")["charges"]
        return charges

    def refunds(self, customer: str | None = None) -> list[dict[str, Any]]:
        """Every refund really made, by the payment service's own ledger."""
        wanted = f"?customer={quote(customer)}" if customer is not None else ""
        refunds: list[dict[str, Any]] = self._ask("GET", f"/_control/refunds{wanted}")["refunds"]
        return refunds

    def holds(self) -> list[dict[str, Any]]:
        """Every hold, by the payment service's own ledger, and what became of it."""
        holds: list[dict[str, Any]] = self._ask("GET", "/_control/holds")["holds"]
        return holds

    def change(self, **settings: object) -> None:
        """Change settings of the whole service."""
        self._ask("PUT", "/_control/settings", settings)

    def forget_keys(self) -> None:
        """Forget every remembered Idempotency-Key."""
        self._ask("POST", "/_control/forget-keys")

    def buyer_acts(self, payment_key: str) -> None:
        """Confirm a payment that waits for its buyer, as on their bank's page; it captures."""
        self._ask("POST", f"/_control/buyer-acts?key={quote(payment_key, safe='')}")

    def hold_lapses(self, payment_key: str) -> None:
        """Let the hold under a key lapse now, however long it was to stand."""
        self._ask("POST", f"/_control/hold-lapses?key={quote(payment_key, safe='')}")

    def send_webhooks_to(self, url: str, *, host: str, secret: str) -> None:
        """Let it tell an endpoint of the payments whose payment method ends in ``.webhook``."""
        self._ask("PUT", "/_control/webhooks", {"url": url, "host": host, "secret": secret})

    def resend_webhook(self, payment_key: str) -> None:
        """Let it tell once more of a payment or a refund, as services do for days."""
        self._ask("POST", f"/_control/webhooks/resend?key={quote(payment_key, safe='')}")

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            self._ask("GET", "/_control/health")
        except OSError:
            return False
        return True

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.secret}"}
        reply = request(self.port, method, path, headers=headers, body=body, timeout=10)
        if reply.status != 200:
            said = reply.content.decode(errors="replace")
            raise LocalRunError(f"{NAME}: {method} {path} answered {reply.status}: {said}")
        return reply.fields()


@dataclass
class PaymentServiceProcess:
    """A payment service that can be stopped and started again on the same ledger."""

    run: LocalRun
    controls: PaymentControls
    name: str = NAME
    _child: ChildProcess | None = None

    @property
    def ledger(self) -> Path:
        """Its SQLite file, in the run's directory."""
        kind = self.name.removesuffix(NAME).strip()
        return self.run.directory / f"{kind and f'{kind}-'}ledger.sqlite"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._child = child = self.run.processes.start(
            self.name,
            [
                *(sys.executable, "-m", "checkout_stack.local.payment_service"),
                *("--port", str(self.controls.port), "--ledger", str(self.ledger)),
            ],
            environment={
                "PATH": f"{self.run.paths.programs}{os.pathsep}{os.defpath}",
                "HOME": os.environ.get("HOME", str(self.run.paths.state)),
                SECRET_VARIABLE: self.controls.secret,
            },
            directory=self.run.paths.root,
        )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            child.check_running()
            if self.controls.is_up():
                return
            time.sleep(0.05)
        raise LocalRunError(f"the {self.name} does not answer; its log: {child.log}")

    def stop(self) -> None:
        """Stop it: connections to it are refused until it is started again."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let it answer nothing for a while: connections are taken and stay open."""
        child = self._child
        if child is None:
            raise LocalRunError(f"the {self.name} is not running, so it cannot hang")
        os.kill(child.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(child.process.pid, signal.SIGCONT)

    def check_running(self) -> None:
        """Raise if it has ended without having been stopped."""
        if self._child is not None:
            self._child.check_running()
