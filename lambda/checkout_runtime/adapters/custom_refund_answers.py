"""Reads what a module that is not ours says of refunds: the documented values, or ``Unknown``."""

from __future__ import annotations

from checkout_runtime.adapters.answered_values import code_of, reference_of, refunded_of
from checkout_runtime.adapters.custom_answers import nonsense, validated_unknown
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundAnswer,
    Refunded,
    RefundLookUp,
    RefundPending,
)

__all__ = ["validated_refund", "validated_refund_look_up"]


def validated_refund(answer: object) -> RefundAnswer:
    """Return what an answer to a refund says about the money."""
    # Exact types: a subclass may be anything.
    if type(answer) is Refunded:
        said = refunded_of(answer.reference, answer.amount, answer.currency)
        return said or nonsense(answer)
    if type(answer) is RefundPending:
        return RefundPending(reference_of(answer.reference))
    if type(answer) is NotRefunded:
        code = code_of(answer.code, otherwise="not_refunded")
        return NotRefunded(code, already_refunded=answer.already_refunded is True)
    return validated_unknown(answer) if type(answer) is Unknown else nonsense(answer)


def validated_refund_look_up(answer: object) -> RefundLookUp:
    """Return what an answer to a look-up of a refund says."""
    return NotFound() if type(answer) is NotFound else validated_refund(answer)
