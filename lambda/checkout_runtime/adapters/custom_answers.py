"""Reads the answers of a module that is not ours: exactly the documented values, or ``Unknown``."""

from checkout_runtime.adapters.answered_values import (
    authorized_of,
    captured_of,
    code_of,
    page_to_act_on,
)
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)

__all__ = [
    "nonsense",
    "validated_cancel",
    "validated_capture",
    "validated_charge",
    "validated_look_up",
    "validated_unknown",
    "validated_webhook",
]

_MAX_DETAIL = 200


def validated_charge(answer: object, *, holds: bool = False) -> Outcome:
    """Return what an answer to a charge says about the money.

    ``holds``, here and below: whether ``Authorized`` counts, as a hold may have been asked for.
    """
    if type(answer) is NotCharged:
        return NotCharged(code_of(answer.code, otherwise="not_charged"))
    return _validated(answer, holds=holds)


def validated_look_up(answer: object, *, holds: bool = False) -> Outcome | NotFound:
    """Return what an answer to a look-up says; a refused look-up says nothing about the money."""
    return NotFound() if type(answer) is NotFound else _validated(answer, holds=holds)


def validated_cancel(answer: object, *, holds: bool = False) -> Outcome | NotFound | Cancelled:
    """Return what an answer to a cancellation says."""
    if type(answer) is NotFound:
        return NotFound()
    return Cancelled() if type(answer) is Cancelled else _validated(answer, holds=holds)


def validated_capture(answer: object) -> Captured | Declined | NotCharged | Unknown:
    """Return what an answer to a capture says."""
    said = validated_charge(answer)
    if isinstance(said, Captured | Declined | NotCharged | Unknown):
        return said
    return nonsense(answer)


def validated_webhook(answer: object) -> tuple[str, ...] | None:
    """Return the payment keys that a webhook names; None where it is not the payment service's.

    Raises:
        TypeError: It is neither a key, nor a list of keys, nor None.
    """
    if answer is None:
        return None
    keys = [answer] if type(answer) is str else answer
    if isinstance(keys, list | tuple) and all(type(each) is str for each in keys):
        return tuple(keys)
    raise TypeError(f"verify_webhook answered a {type(answer).__name__}")


def _validated(answer: object, *, holds: bool) -> Outcome:
    # Exact types: a subclass may be anything.
    if type(answer) is Captured:
        captured = captured_of(answer.charge_id, answer.amount, answer.currency)
        return captured or nonsense(answer)
    if type(answer) is Authorized and holds:
        fields = (answer.charge_id, answer.amount, answer.currency, answer.capture_before)
        return authorized_of(*fields) or nonsense(answer)
    if type(answer) is Declined:
        return Declined(code_of(answer.code, otherwise="declined"))
    if type(answer) is ActionRequired:
        url = page_to_act_on(answer.action_url)
        return (
            Unknown("no_page_to_act_on", without_word=True) if url is None else ActionRequired(url)
        )
    if type(answer) is Processing:
        return Processing()
    if type(answer) is Unknown:
        return validated_unknown(answer)
    return nonsense(answer)


def validated_unknown(answer: Unknown) -> Unknown:
    """Return an ``Unknown`` of the module's, with a reason that is safe to keep."""
    return Unknown(
        code_of(answer.reason, otherwise="unknown"),
        unavailable=answer.unavailable is True,
        without_word=answer.without_word is True,
        refuses_us=answer.refuses_us is True,
        later=answer.later is True,
    )


def nonsense(answer: object) -> Unknown:
    """Return that the module answered, but nothing that says a word about the money."""
    reason = f"answered_nonsense:{type(answer).__name__}"[:_MAX_DETAIL]
    return Unknown(reason, without_word=True)
