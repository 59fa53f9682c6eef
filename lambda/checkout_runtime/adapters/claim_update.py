"""The claim of an attempt or of an operation, as a change of its item."""

from __future__ import annotations

from checkout_runtime.adapters.item_update import Attribute, Condition, Update

__all__ = ["CLAIM_EPOCH", "claim_taken", "claim_uncounted", "lease_is_over", "request_counted"]

CLAIM_EPOCH = Attribute("claim_epoch")
_CLAIMS, _FIRST = "attempt_claims", "first_claimed_at"
_LEASE, _STATUS = Attribute("lease_expires_at"), Attribute("status")


def claim_taken(claim_id: str, lease_expires_at: int) -> Update:
    """Return the update that takes the claim: a higher epoch, a lease."""
    return Update(
        set={
            "claim_epoch": CLAIM_EPOCH.plus(1),
            "claim_id": claim_id,
            "lease_expires_at": lease_expires_at,
        }
    )


def request_counted(first_at: int) -> Update:
    """Return the update that counts a claim which may send a request, the first one from then."""
    return Update(
        set={_CLAIMS: Attribute(_CLAIMS).plus(1), _FIRST: Attribute(_FIRST).or_else(first_at)}
    )


def claim_uncounted(attempt_claims: int, *first_facts: str) -> Update:
    """Return the update that takes a claim off those that may have sent a request.

    Where it was the only one, nothing was ever sent: no retention runs, and ``first_facts``, which
    the first claim stored, are forgotten with it.
    """
    return Update(
        set={_CLAIMS: Attribute(_CLAIMS).plus(-1)},
        remove=(_FIRST, *first_facts) if attempt_claims == 1 else (),
    )


def lease_is_over(status_held: str, now: int, new_lease_expires_at: int) -> Condition:
    """Hold in the state of a held claim, once its lease ran out or was made by a wrong clock."""
    # A lease that lasts twice as long as the new one is longer than any.
    beyond_any_lease = 2 * new_lease_expires_at - now
    is_over = _LEASE.at_most(now) | _LEASE.above(beyond_any_lease)
    return _STATUS.equals(status_held) & is_over
