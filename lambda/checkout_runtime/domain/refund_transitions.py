"""How one state of a refund leads to another: the only transitions there are.

As with orders, each is one conditional update that names the states it leaves. What a worker stores
names the claim that it holds, too; proof of a refund needs no claim.
"""

from __future__ import annotations

from checkout_runtime.domain.refund import RefundStatus
from checkout_runtime.domain.transitions import Transition

__all__ = [
    "CLAIM_REFUND",
    "NOT_REFUND",
    "PROCESS_REFUND",
    "REFUND",
    "REFUND_AFTER_ALL",
    "REFUND_UNKNOWN",
    "RELEASE_REFUND",
    "RETURN_REFUND",
    "REVIEW_AFTER_NO",
    "REVIEW_REFUND",
    "VERDICT_NOT_REFUNDED",
    "VERDICT_REFUNDED",
]

_S = RefundStatus

CLAIM_REFUND = Transition((_S.REQUESTED, _S.UNKNOWN), _S.REFUNDING)
"""Also from ``REFUNDING`` once the lease ran out: its worker may be dead, its request may not."""
REFUND = Transition((_S.REFUNDING, _S.UNKNOWN, _S.PROCESSING, _S.NEEDS_REVIEW), _S.REFUNDED)
"""Proof. The amount was taken off what is refundable when the refund was accepted."""
REFUND_AFTER_ALL = Transition((_S.NOT_REFUNDED,), _S.REFUNDED)
"""Proof of what was stored as a no. Its amount is taken off once more, where so much is left."""
NOT_REFUND = Transition((_S.REFUNDING, _S.PROCESSING), _S.NOT_REFUNDED)
"""A known no, in one transaction with the order, which gets the amount back."""
RETURN_REFUND = Transition((_S.REFUNDED,), _S.NOT_REFUNDED)
"""It had succeeded, and the bank returned it: by what the payment service says when it is asked."""
REFUND_UNKNOWN = Transition((_S.REFUNDING,), _S.UNKNOWN)
PROCESS_REFUND = Transition((_S.REFUNDING, _S.PROCESSING), _S.PROCESSING)
REVIEW_REFUND = Transition((_S.REFUNDING, _S.PROCESSING), _S.NEEDS_REVIEW)
REVIEW_AFTER_NO = Transition((_S.NOT_REFUNDED,), _S.NEEDS_REVIEW)
"""By proof of other money than was asked for, or of more than the order has left. The amount is
taken off the order again in the same transaction."""
RELEASE_REFUND = Transition((_S.NEEDS_REVIEW,), _S.UNKNOWN)
"""An operator lets it be found out about again, under every rule for an unknown outcome."""
VERDICT_REFUNDED = Transition((_S.NEEDS_REVIEW,), _S.REFUNDED)
VERDICT_NOT_REFUNDED = Transition((_S.NEEDS_REVIEW,), _S.NOT_REFUNDED)
"""An operator says that no money went back, and that none will."""
