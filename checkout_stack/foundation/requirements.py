"""Requirements on what the constructs were given, checked at synth and reported all together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from constructs import IConstruct

from checkout_stack.foundation.secret_names import without_secrets


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One row of a table of requirements: what has to hold, and what to say when it does not."""

    holds: bool
    #: The property as the caller wrote it, for example ``timing.consumer_timeout``.
    property: str
    #: What the caller gave, in words or digits.
    given: object
    #: What would have been accepted, with the reason where it is not obvious.
    allowed: str
    #: The change that makes the requirement hold.
    fix: str


class CheckoutMisconfiguredError(ValueError):
    """A checkout was given properties under which it could not keep its promise.

    Raised once per construct with every violated requirement, so that one synth shows all there is
    to repair. ``violations`` holds them as values, in the order in which they were checked. The
    message ends up in logs of CI, so it does not quote what is written like a secret.
    """

    def __init__(self, path: str, violations: tuple[Requirement, ...]) -> None:
        self.path = path
        self.violations = violations
        lines = (
            f"{path}: {violation.property} is {violation.given}; "
            f"allowed: {violation.allowed}; fix: {violation.fix}"
            for violation in violations
        )
        super().__init__(without_secrets("\n".join(lines)))


#: The earlier name of :class:`CheckoutMisconfiguredError`: the same class.
CheckoutMisconfigured: TypeAlias = CheckoutMisconfiguredError


def enforce(construct: IConstruct, requirements: Iterable[Requirement]) -> None:
    """Raise :class:`CheckoutMisconfiguredError` with every requirement that does not hold."""
    violations = tuple(requirement for requirement in requirements if not requirement.holds)
    if violations:
        raise CheckoutMisconfiguredError(construct.node.path, violations)
