"""A property without a default, whose choices are explained where it was left out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from checkout_stack.foundation.requirements import CheckoutMisconfigured, Requirement

P = ParamSpec("P")
R = TypeVar("R")

_KEY_RETENTION = Requirement(
    holds=False,
    property="key_retention",
    given="missing",
    allowed=(
        "a Duration, where the service answers a repeated key with the first outcome for that "
        "long, also after it answered 4xx or 5xx; None, where it forgets failed requests, "
        "publishes no time, or honours no keys: then it needs a look-up, or every unclear order "
        "soon needs an operator"
    ),
    fix=(
        "give the time that the service documents, for example "
        "key_retention=Duration.hours(24), or key_retention=None"
    ),
)


def asks_for_key_retention(method: Callable[P, R]) -> Callable[P, R]:
    """Let a call without ``key_retention`` fail with what each choice means."""

    @wraps(method)
    def asking(*args: P.args, **properties: P.kwargs) -> R:
        if _KEY_RETENTION.property not in properties:
            raise CheckoutMisconfigured(method.__qualname__, (_KEY_RETENTION,))
        return method(*args, **properties)

    return asking
