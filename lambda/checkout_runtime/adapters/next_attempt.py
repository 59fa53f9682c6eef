"""The payment attempt that replaces another one, as a change of its order's item."""

from __future__ import annotations

from checkout_runtime.adapters.conditional_updates import ATTEMPT
from checkout_runtime.adapters.item_update import Update
from checkout_runtime.adapters.order_item import open_shard, remembered_attempt
from checkout_runtime.adapters.owed_announcements import EXPIRY
from checkout_runtime.domain.identity import unsettled_shard

__all__ = ["attempt_replaced"]


def attempt_replaced(order_id: str, replaces: int, now: int, *, shards: int) -> Update:
    """Return the update by which the attempt after ``replaces`` begins, claimed by nobody."""
    begun = Update(
        set={
            "attempt": ATTEMPT.plus(1),
            "attempt_claims": 0,
            "resend": 0,
            "unsettled_since": now,
            "unsettled_shard": open_shard(unsettled_shard(order_id, shards)),
        },
        remove=(
            *("decline_code", "first_claimed_at", "resent_at", "claim_id", "action_url"),
            *("action_deadline", "payment_reference", *EXPIRY),
        ),
    )
    return begun.also(remembered_attempt(replaces))
