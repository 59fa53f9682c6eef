"""A consumer that falls asleep with the payment service's answer in hand, and wakes too late.

MiniStack, as Lambda, ends a worker at the function's timeout, before its lease is over. So this
worker is a process of the run's own: the deployed function's handler, code and environment, given a
message that was really received.
"""

from __future__ import annotations

import json
import os
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkout_stack.local.aws import LocalAws
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.ministack import make_ministack_environment
from checkout_stack.local.processes import ChildProcess

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef
    from mypy_boto3_sqs.type_defs import MessageTypeDef

PROGRAM = Path(__file__).with_name("stale_worker_program.py")
SECONDS_TO_END = 20.0


@dataclass(frozen=True)
class StaleWorker:
    """A worker that stops itself once it knows the answer."""

    message: MessageTypeDef
    child: ChildProcess
    asleep: Path
    """A file that is there once it has stopped."""

    @classmethod
    def start(
        cls,
        run: LocalRun,
        message: MessageTypeDef,
        function: FunctionConfigurationResponseTypeDef,
        *,
        asset: Path,
        aws: LocalAws,
        payment_port: int,
    ) -> StaleWorker:
        """Give the message to a worker of a deployed function, as Lambda would."""
        name = f"stale worker {uuid.uuid4().hex[:8]}"
        event = run.directory / f"{name.replace(' ', '-')}.json"
        event.write_text(json.dumps({"Records": [_record(message)]}))
        asleep = event.with_suffix(".asleep")
        child = run.processes.start(
            name,
            [
                *(str(make_ministack_environment(run)), "-P", str(PROGRAM), function["Handler"]),
                *(str(event), str(asleep), str(payment_port), str(function["Timeout"])),
            ],
            environment={
                "PATH": os.defpath,
                **function["Environment"]["Variables"],
                **aws.environment(),
                "PYTHONPATH": str(asset),
            },
            directory=run.directory,
        )
        return cls(message, child, asleep)

    def is_asleep(self) -> bool:
        """Whether it has stopped with the answer in hand."""
        return self.asleep.exists()

    def wake(self) -> int:
        """Let it go on, to its end; returns its exit code."""
        os.kill(self.child.process.pid, signal.SIGCONT)
        return self.child.process.wait(timeout=SECONDS_TO_END)


def _record(message: MessageTypeDef) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
    }
