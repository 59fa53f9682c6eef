"""What is done to the checkout, and to the payment service behind it."""

from __future__ import annotations

import hashlib
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkout_stack.local.cdk_cli import CdkCli
from checkout_stack.local.chaos.load import Load
from checkout_stack.local.chaos.plan import Kind
from checkout_stack.local.local_checkout import ON_TRIAL, LocalCheckout
from checkout_stack.local.payment_service_process import PaymentServiceProcess

HANG_SECONDS = (3.0, 8.0)
"""Longer than the payment timeout of 2 s."""
DOWN_SECONDS = (1.0, 6.0)
MOST_GARBAGE = 12
BODIES = ("this is not JSON", '{"order_id": 7}', "[]", '{"attempt":1,"order_id":"ord_nobody"}')


@dataclass
class Disturber:
    """Disturbs deployed checkouts at one payment service, which are under load."""

    loads: Sequence[Load]
    draw: random.Random
    done: Counter[str] = field(default_factory=Counter)
    garbage_sent: int = 0

    @property
    def _checkouts(self) -> list[LocalCheckout]:
        return [load.checkout for load in self.loads]

    @property
    def _payment_service(self) -> PaymentServiceProcess:
        return self._checkouts[0].payment_service

    def disturb(self, kind: Kind) -> None:
        """Do it, and count it if it could be done."""
        match kind:
            case Kind.KILL_CONSUMER:
                happened = sum(each.controls.kill_consumer() for each in self._checkouts) > 0
            case Kind.HANG_SERVICE:
                with self._payment_service.hanging():
                    time.sleep(self.draw.uniform(*HANG_SECONDS))
                happened = True
            case Kind.RESTART_SERVICE:
                happened = self._restart()
            case Kind.GARBAGE:
                happened = self._send_garbage()
            case Kind.DEPLOY:
                happened = self._deploy()
        self.done[kind.value] += happened

    def _restart(self) -> bool:
        self._payment_service.stop()
        time.sleep(self.draw.uniform(*DOWN_SECONDS))
        self._payment_service.start()
        return True

    def _send_garbage(self) -> bool:
        load = self.draw.choice(self.loads)
        for _ in range(self.draw.randint(1, MOST_GARBAGE)):
            group = f"garbage-{uuid.uuid4().hex}"
            named = [name for each in load.purchases[-20:] for name in each.order_ids]
            if named and self.draw.random() < 0.2:
                group = self.draw.choice(named)  # in front of what is still to come of an order
            load.checkout.controls.send(self.draw.choice(BODIES), group)
            self.garbage_sent += 1
        return True

    def _deploy(self) -> bool:
        checkout = self._checkouts[0]
        cdk = CdkCli(checkout.run)
        make_next_version(cdk.assembly, checkout.controls.code_asset())
        cdk.deploy([each.stack_name for each in ON_TRIAL], checkout.aws)
        return True


def make_next_version(assembly: Path, code: Path) -> None:
    """Change the code asset of a cloud assembly, and so its hash, as a release does."""
    before = code.name.removeprefix("asset.")
    after = hashlib.sha256(before.encode()).hexdigest()
    (code / "next_version.txt").write_text("The next version.\n")
    code.rename(assembly / f"asset.{after}")
    for file in assembly.glob("*.json"):
        text = file.read_text()
        if before in text:
            file.write_text(text.replace(before, after))
            json.loads(file.read_text())
