"""Take the claim of a refund that is only looked up."""

from __future__ import annotations

from checkout_runtime.application.refund_ports import Refunds
from checkout_runtime.application.refund_records import NotClaimed
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund

__all__ = ["claim_to_look_up"]


def claim_to_look_up(
    refunds: Refunds, refund: Refund, run_id: str, now: int, policy: ChargePolicy
) -> Refund | None:
    """Return the refund under a claim; None where another worker has it, or it moved on.

    ``run_id`` is unique to the run that asks.
    """
    claimed = refunds.claim(
        refund.refund_id,
        claim_id=f"{run_id}/{refund.refund_id}",
        now=now,
        lease_expires_at=now + policy.lease_seconds * 1000,
        to_look_up=True,
    )
    if isinstance(claimed, NotClaimed):
        return None
    # Not the first holder, though a look-up's claim is not counted as one that may request.
    return replace(claimed, attempt_claims=claimed.attempt_claims + 1)
