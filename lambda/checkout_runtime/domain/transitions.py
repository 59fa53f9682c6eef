"""How one state of an order leads to another: the only transitions there are.

Every transition is one conditional update that names the states and the attempt it leaves. The
adapter builds its conditions from this table. What a worker stores of an attempt names the claim
that it holds, too. Proof of capture needs no claim: a late "captured" is stored for any caller.
"""

from __future__ import annotations

from enum import StrEnum

from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.record import Record

__all__ = [
    "ASK_TO_CAPTURE",
    "ASK_TO_VOID",
    "AUTHORIZE",
    "BY_EXPIRY",
    "CANCEL",
    "CANCEL_ATTEMPT",
    "CANCEL_REVIEWED",
    "CAPTURE",
    "CLAIM",
    "CLAIM_TO_LOOK_UP",
    "DECLINE",
    "NEW_ATTEMPT",
    "PAY_BY_EARLIER",
    "PROCESS",
    "RECORD_UNKNOWN",
    "RELEASE",
    "REQUIRE_ACTION",
    "RESUME",
    "REVIEW",
    "STRAYS_REFUNDED",
    "VERDICT_DECLINED",
    "VERDICT_PAID",
    "CancelReason",
    "Transition",
]

_S = OrderStatus


class CancelReason(StrEnum):
    """Why an order is cancelled."""

    ASKED = "asked"
    """Somebody asked for that."""
    EXPIRED = "expired"
    """Nobody paid in time."""
    LAPSED = "lapsed"
    """Its hold ended by itself."""
    VOIDED = "voided"
    """Somebody asked to let its hold go."""


BY_EXPIRY = "expires_after"
"""Who asked, of an order that nobody paid in time."""


class Transition(Record):
    """From any of ``from_states`` to ``to_state``."""

    from_states: tuple[StrEnum, ...]
    to_state: StrEnum


CLAIM = Transition((_S.PENDING, _S.UNKNOWN), _S.CHARGING)
"""Also from ``CHARGING`` once the lease ran out: its worker may be dead, its request may not."""

CLAIM_TO_LOOK_UP = Transition((*CLAIM.from_states, _S.ACTION_REQUIRED), _S.CHARGING)
"""The reconciler's: it asks what happened and never charges, also while the buyer has to act."""

CAPTURE = Transition(
    (
        *(_S.CHARGING, _S.UNKNOWN, _S.ACTION_REQUIRED, _S.PROCESSING, _S.AUTHORIZED),
        _S.NEEDS_REVIEW,
    ),
    _S.PAID,
)
"""Proof for the current attempt. From any other state a capture is a stray charge: it is stored
beside the order, the order goes to ``NEEDS_REVIEW`` (unless ``PAID``), an operator is called."""

PAY_BY_EARLIER = Transition((_S.CHARGING,), _S.PAID)
"""The attempt before this one turns out to be captured. Only while this one was never requested."""

DECLINE = Transition((_S.CHARGING, _S.PROCESSING), _S.DECLINED)
RECORD_UNKNOWN = Transition((_S.CHARGING,), _S.UNKNOWN)
REQUIRE_ACTION = Transition((_S.CHARGING, _S.PROCESSING), _S.ACTION_REQUIRED)
PROCESS = Transition((_S.CHARGING, _S.PROCESSING), _S.PROCESSING)
"""The payment service decides in days. The order is only looked up, which takes no claim: the epoch
that brought it here fences what a look-up stores."""
REVIEW = Transition((_S.CHARGING, _S.PROCESSING, _S.AUTHORIZED), _S.NEEDS_REVIEW)
RESUME = Transition((_S.ACTION_REQUIRED,), _S.UNKNOWN)
"""The buyer says that they acted. The payment service knows more than we do now, so it is asked."""
RELEASE = Transition((_S.NEEDS_REVIEW,), _S.UNKNOWN)
"""An operator's redrive: find out again, under every rule that holds for an unknown outcome."""
VERDICT_PAID = Transition((_S.NEEDS_REVIEW, _S.DECLINED, _S.CANCELLED), _S.PAID)
"""An operator names the charge that pays the order. One that was declined or cancelled is paid only
by a charge that the payment service confirms."""
VERDICT_DECLINED = Transition((_S.NEEDS_REVIEW,), _S.DECLINED)
"""An operator says that nothing was charged, and it was cancelled or cannot happen any more."""
STRAYS_REFUNDED = Transition((_S.NEEDS_REVIEW,), _S.DECLINED)
"""The last stray charge of an attempt that nothing else can be captured by went back."""
NEW_ATTEMPT = Transition((_S.DECLINED,), _S.PENDING)
"""By a new payment method; names the attempt that it replaces."""
CANCEL = Transition((_S.PENDING, _S.DECLINED), _S.CANCELLED)
"""Nothing can be captured by the current attempt: it was never claimed, or it was declined. So the
order is cancelled at once; a claim at the same time makes one of the two fail."""
CANCEL_ATTEMPT = Transition((_S.CHARGING, _S.PROCESSING, _S.AUTHORIZED), _S.CANCELLED)
"""What would be declined of an order that somebody asked to cancel, and a hold that is gone."""
CANCEL_REVIEWED = Transition((_S.NEEDS_REVIEW,), _S.CANCELLED)
"""The same, of an order in review: by a verdict, or as its last stray charge went back."""
AUTHORIZE = Transition((_S.CHARGING, _S.PROCESSING, _S.AUTHORIZED), _S.AUTHORIZED)
"""The payment service holds the money. Until somebody asks for it the order is only looked up,
which takes no claim, as while it is ``PROCESSING``."""
ASK_TO_CAPTURE = Transition((_S.AUTHORIZED,), _S.UNKNOWN)
"""Somebody asks for the held money: the payment service is told, under a key of its own."""
ASK_TO_VOID = Transition((_S.AUTHORIZED,), _S.UNKNOWN)
"""Somebody asks to let it go. Both leave the same state, so that only one of them is accepted."""
