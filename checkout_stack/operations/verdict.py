"""An operator's verdict on an order that no machine can decide, carried out by the reconciler.

A dry run answers what the function saw of the order. The real run gives that back, and is refused
where the order changed in between.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions as aws
from botocore.config import Config

from checkout_stack.operations.deployed_checkout import DeployedCheckout, OperationError

#: Who is asking is worth a second or two, and no more: there is the user's name instead.
_IMPATIENT = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an operator found out about an order, and why they are sure."""

    order_id: str
    verdict: str
    """``paid``, ``declined`` or ``refunded_elsewhere``."""
    charge_id: str | None
    """The charge that paid it, or that was refunded."""
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reconciler did about a verdict, or would do."""

    done: str
    """``settled``, ``would settle`` or ``refused``."""
    status: str | None
    """State of the order, or the one that it would have."""
    detail: str
    """What was done, or why it was refused and what to do then."""
    seen: Mapping[str, Any] | None

    @property
    def is_refused(self) -> bool:
        """Whether nothing was, or would be, changed."""
        return self.done not in ("settled", "would settle")


def ask_for_verdict(
    checkout: DeployedCheckout, verdict: Verdict, *, seen: Mapping[str, Any] | None = None
) -> Answer:
    """Carry out a verdict; without ``seen``, only ask what carrying it out would do.

    :param seen: What the dry run saw. The order must not have changed since.
    :raises OperationError: if the function failed, or does not know verdicts.
    """
    wish: dict[str, Any] = {
        "order_id": verdict.order_id,
        "verdict": verdict.verdict,
        "why": verdict.why,
        "by": verdict.by,
        "dry_run": seen is None,
    }
    if verdict.charge_id is not None:
        wish["charge_id"] = verdict.charge_id
    if seen is not None:
        wish["seen"] = dict(seen)
    told = checkout.carry_out({"settle": wish}, older="know no verdicts")
    return Answer(
        done=str(told["done"]),
        status=told.get("status"),
        detail=str(told.get("detail") or "no detail"),
        seen=told.get("seen"),
    )


def caller_of(checkout: DeployedCheckout) -> str:
    """Who is asking: the ARN of the AWS credentials, or else the name of this machine's user.

    :raises OperationError: if neither is known.
    """
    try:
        return str(checkout.client("sts", _IMPATIENT).get_caller_identity()["Arn"])
    except (aws.BotoCoreError, aws.ClientError):
        pass
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise OperationError("neither AWS nor this machine says who you are: give --by") from None
