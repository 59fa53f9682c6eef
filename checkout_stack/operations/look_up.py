"""What the payment service says of every payment attempt of an order, asked by the reconciler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from checkout_stack.operations.deployed_checkout import DeployedCheckout, OperationError

NOT_ASKED = "not asked"
_CANNOT_BE_ASKED = "cannot be asked"
_NOTHING_CAPTURED = ("declined", "cancelled", "knows nothing")
_CONFIRMED_BY = {
    "PAID": ("captured",),
    "DECLINED": _NOTHING_CAPTURED,
    "CANCELLED": _NOTHING_CAPTURED,
}
"""How the function's words begin (``application/known_attempts.py``) that confirm a state."""


@dataclass(frozen=True, slots=True)
class AskedAttempt:
    """One payment attempt, and what the payment service says of it."""

    attempt: int
    service: str | None
    reference: str | None
    said: str

    def __str__(self) -> str:
        known = ", ".join(filter(None, (self.service, self.reference and f"as {self.reference}")))
        return f"attempt {self.attempt}{f' ({known})' if known else ''}: {self.said}"


@dataclass(frozen=True, slots=True)
class LookUp:
    """What was learnt about one order."""

    said: str
    """Of the current attempt, in words."""
    attempts: tuple[AskedAttempt, ...] = ()
    contradiction: str | None = None
    """Where the payment service says something else than the table."""
    what_to_do: str | None = None
    problem: str | None = None
    """Why the look-up was not made, or not of every attempt."""

    def confirms(self, status: str) -> bool:
        """Whether the payment service says what a settled order says."""
        words = _CONFIRMED_BY.get(status, ())
        confirmed = [each.said.startswith(words) for each in self.attempts]
        if status == "PAID":  # A late proof for an earlier attempt pays the order too.
            return any(confirmed)
        # Of an attempt that was made elsewhere nothing more can be found out.
        earlier = [each for each in self.attempts[:-1] if each.said != _CANNOT_BE_ASKED]
        return confirmed[-1:] == [True] and all(each.said.startswith(words) for each in earlier)

    @property
    def may_be_asked(self) -> bool:
        """Whether the payment service has a look-up, so that asking again may say more."""
        return self.said != _CANNOT_BE_ASKED


def look_up(checkout: DeployedCheckout, order_id: str) -> LookUp:
    """Ask about an order; changes nothing. That it could not be asked about is an answer too."""
    try:
        [known] = checkout.ask_reconciler("look_up", [order_id])
    except OperationError as problem:
        return LookUp(NOT_ASKED, problem=str(problem))
    if "attempts" not in known:
        return LookUp(
            str(known["payment_service"]),
            problem="the deployed functions are older than this command and ask about the current "
            "attempt only: deploy this version",
        )
    attempts = tuple(sorted(map(_asked, known["attempts"]), key=lambda each: each.attempt))
    return LookUp(
        said=attempts[-1].said if attempts else NOT_ASKED,
        attempts=attempts,
        contradiction=known.get("contradiction"),
        what_to_do=known.get("what_to_do"),
    )


def _asked(told: dict[str, Any]) -> AskedAttempt:
    return AskedAttempt(
        attempt=int(told["attempt"]),
        service=told.get("service"),
        reference=told.get("reference"),
        said=str(told["payment_service"]),
    )


def tell_look_up(look_up: LookUp) -> None:
    """Print what the payment service says, attempt by attempt, and what contradicts the table."""
    if not look_up.attempts:
        click.echo(f"payment service: {look_up.said}")
    else:
        click.echo("payment service:")
        for attempt in look_up.attempts:
            click.echo(f"  {attempt}")
    if look_up.problem is not None:
        click.echo(f"  the look-up is not complete: {look_up.problem}")
    if look_up.contradiction is not None:
        click.echo(f"CONTRADICTION: {look_up.contradiction}")
