"""How long a payment service honours a key: it has to be said, and to outlast what relies on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import aws_cdk as cdk

from checkout_stack.foundation.requirements import CheckoutMisconfiguredError, Requirement
from checkout_stack.foundation.timing import CheckoutTiming

P = ParamSpec("P")
R = TypeVar("R")

_MISSING = Requirement(
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
        if _MISSING.property not in properties:
            raise CheckoutMisconfiguredError(method.__qualname__, (_MISSING,))
        return method(*args, **properties)

    return asking


@dataclass(frozen=True, kw_only=True)
class RetentionWords:
    """How a kind of payment service calls its retention, and what to do when it is too short."""

    #: The property of ``payment_service`` that gives it.
    property: str
    #: What to give where it is shorter than one try.
    fix: str
    #: When it may be lengthened for the sake of an outage; empty where it always may.
    only_if: str


KEY_RETENTION = RetentionWords(
    property="key_retention",
    fix="give the time that the payment service documents, or None if it does not honour keys",
    only_if=" if the payment service keeps keys for longer",
)


def in_whole_seconds(retention: cdk.Duration | None, words: RetentionWords) -> Requirement:
    """Return that the functions can be told the retention, which they are in seconds."""
    known = None if retention is None or retention.is_unresolved() else retention
    return Requirement(
        holds=known is None or known.to_milliseconds() % 1000 == 0,
        property=f"payment_service.{words.property}",
        given="" if known is None else known.to_human_string(),
        allowed="whole seconds",
        fix="round it down: too long a time can charge a buyer twice",
    )


def retention_requirements(
    retention: cdk.Duration | None,
    timeout: cdk.Duration,
    timing: CheckoutTiming,
    words: RetentionWords,
    *,
    looks_up: bool,
) -> list[Requirement]:
    """Return that keys outlast the first try, an outage, and a buyer who has to act.

    :param retention: How long a request may be repeated; nothing is required of ``None``, nor of
        a token.
    :param timeout: Longest time for one call.
    :param looks_up: Whether the service can be asked. Where it can, a buyer may act later than
        keys are kept: what they did is then looked up.
    """
    if retention is None or retention.is_unresolved():
        return []
    least = timing.lease.to_seconds() + timeout.to_milliseconds() / 1000
    kept = retention.to_milliseconds() / 1000
    name = f"payment_service.{words.property}"
    return [
        Requirement(
            holds=kept > least,
            property=name,
            given=retention.to_human_string(),
            allowed=(
                f"more than {least:g} seconds, one lease and one call, or no try after the "
                "first would be permitted"
            ),
            fix=words.fix,
        ),
        Requirement(
            # A shorter time than one call takes is reported above, and is no matter of outages.
            holds=kept <= least or timing.tolerated_outage.to_seconds() <= kept - least,
            property="timing.tolerated_outage",
            given=timing.tolerated_outage.to_human_string(),
            allowed=(
                f"at most {max(kept - least, 0):g} seconds, {name} less one lease "
                "and one call: after that no request may be repeated, and every order that the "
                "outage caught needs an operator"
            ),
            fix=f"shorten timing.tolerated_outage, or lengthen {name}{words.only_if}",
        ),
        Requirement(
            holds=looks_up
            or kept <= least
            or timing.customer_action_timeout.to_seconds() <= kept - least,
            property="timing.customer_action_timeout",
            given=timing.customer_action_timeout.to_human_string(),
            allowed=(
                f"at most {max(kept - least, 0):g} seconds, {name} less one lease and one call, "
                "where the payment service cannot be asked: what a buyer did is then learned by "
                "repeating the request, and after that time an operator has to find out"
            ),
            fix=f"shorten timing.customer_action_timeout, give a look-up, or lengthen "
            f"{name}{words.only_if}",
        ),
    ]
