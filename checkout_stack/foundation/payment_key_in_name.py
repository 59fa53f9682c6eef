"""Whether a key of a payment service was given where a name belongs, which everybody may read."""

from __future__ import annotations

from checkout_stack.foundation.requirements import Requirement
from checkout_stack.foundation.secret_names import contains_payment_key


def no_payment_key(prop: str, name: str) -> Requirement:
    """Return that a name, which templates and logs show, is not the key of a payment service."""
    return Requirement(
        holds=not contains_payment_key(name),
        property=prop,
        given="named by the key of a payment service",
        allowed="a name, which everybody may read: it is in the template",
        fix="keep the key in Secrets Manager, give a name, and change the key, since it was seen",
    )
