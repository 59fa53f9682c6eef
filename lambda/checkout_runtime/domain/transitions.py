"""How one state of an order leads to another: the only transitions there are.

Every transition is one conditional update that names the states and the attempt it leaves and,
where it is fenced, the claim it holds. The adapter builds its conditions from this table.

Proof of capture needs no claim: a late "captured" is stored whoever brings it.
"""

from dataclasses import dataclass

from checkout_runtime.domain.order import OrderStatus

__all__ = [
    "CAPTURE",
    "CLAIM",
    "CLAIM_TO_LOOK_UP",
    "DECLINE",
    "NEW_ATTEMPT",
    "RECORD_UNKNOWN",
    "RELEASE",
    "REQUIRE_ACTION",
    "RESUME",
    "REVIEW",
    "Transition",
]

_S = OrderStatus


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of ``leaves`` to ``to``."""

    leaves: tuple[OrderStatus, ...]
    to: OrderStatus
    fenced: bool = False
    """Whether only the holder of the current claim (``claim_epoch``) may take it."""


CLAIM = Transition((_S.PENDING, _S.UNKNOWN), _S.CHARGING)
"""Also from ``CHARGING`` once the lease ran out: its worker may be dead, its request may not."""

CLAIM_TO_LOOK_UP = Transition((*CLAIM.leaves, _S.ACTION_REQUIRED), _S.CHARGING)
"""The reconciler's: it asks what happened and never charges, also while the buyer has to act."""

CAPTURE = Transition((_S.CHARGING, _S.UNKNOWN, _S.ACTION_REQUIRED, _S.NEEDS_REVIEW), _S.PAID)
"""Proof for the current attempt. From any other state a capture is a stray charge: it is stored
beside the order, the order goes to ``NEEDS_REVIEW`` (unless ``PAID``), a person is called."""

DECLINE = Transition((_S.CHARGING,), _S.DECLINED, fenced=True)
RECORD_UNKNOWN = Transition((_S.CHARGING,), _S.UNKNOWN, fenced=True)
REQUIRE_ACTION = Transition((_S.CHARGING,), _S.ACTION_REQUIRED, fenced=True)
REVIEW = Transition((_S.CHARGING,), _S.NEEDS_REVIEW, fenced=True)
RESUME = Transition((_S.ACTION_REQUIRED,), _S.UNKNOWN)
"""The buyer says that they acted. The payment service knows more than we do now, so it is asked."""
RELEASE = Transition((_S.NEEDS_REVIEW,), _S.UNKNOWN)
"""A person's redrive: find out again, under every rule that holds for an unknown outcome."""
NEW_ATTEMPT = Transition((_S.DECLINED,), _S.PENDING)
"""By a new payment method; names the attempt that it replaces."""
