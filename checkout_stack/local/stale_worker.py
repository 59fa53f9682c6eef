"""A consumer that falls asleep with the payment service's answer in hand, and wakes too late.

MiniStack, as Lambda, ends a worker at the function's timeout, before its lease is over. So this
worker is a process of the run's own: the handler of the built asset, with the deployed function's
environment, given a message that was really received.
"""

from __future__ import annotations

import json
import os
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkout_stack.local.checkout_controls import Operations
from checkout_stack.local.problem import LocalRunProblem
from checkout_stack.local.processes import Child

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

PROGRAM = Path(__file__).with_name("stale_worker_program.py")
SECONDS_TO_END = 20.0


@dataclass(frozen=True)
class StaleWorker:
    """A worker that stops itself once it knows the answer."""

    message: MessageTypeDef
    child: Child
    asleep: Path
    """A file that is there once it has stopped."""

    @classmethod
    def start(cls, operations: Operations, message: MessageTypeDef) -> StaleWorker:
        """Hand the message to a worker, as Lambda would."""
        name = f"stale worker {uuid.uuid4().hex[:8]}"
        function = operations.outputs["PaymentConsumerFunctionName"]
        settings = operations.functions.get_function_configuration(FunctionName=function)
        event = operations.directory / f"{name.replace(' ', '-')}.json"
        event.write_text(json.dumps({"Records": [_record(message)]}))
        asleep = event.with_suffix(".asleep")
        child = operations.children.start(
            name,
            [
                *(str(operations.python), "-P", str(PROGRAM), settings["Handler"]),
                *(str(event), str(asleep), str(int(settings["Timeout"]))),
            ],
            environment={
                "PATH": os.defpath,
                **operations.environment_of(function),
                **operations.aws.environment(),
                "PYTHONPATH": str(_asset(operations.directory)),
            },
            directory=operations.directory,
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


def _asset(directory: Path) -> Path:
    for asset in sorted((directory / "cdk.out").glob("asset.*")):
        if (asset / "checkout_runtime").is_dir():
            return asset
    raise LocalRunProblem(f"no asset in {directory / 'cdk.out'} holds checkout_runtime")
