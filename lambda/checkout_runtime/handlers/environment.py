"""Reads environment variables, and says of a missing or malformed one what it has to be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "Environment",
    "MalformedEnvironmentError",
    "MissingEnvironmentError",
    "are_paths",
    "are_texts",
]


class MissingEnvironmentError(KeyError):
    """Variables that the construct knows are not set; the message names all of them."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(*names)
        self.names = tuple(names)

    def __str__(self) -> str:
        """Say what is missing, and how to give it."""
        return (
            f"not set: {', '.join(self.names)}. Give the application every variable of the"
            " construct's intake_environment (docs/guide/own-application.md)."
        )


class MalformedEnvironmentError(ValueError):
    """A variable holds what the construct never writes; the message says what is allowed."""

    def __init__(self, name: str, given: str, allowed: str) -> None:
        super().__init__(name, given, allowed)
        self.name = name

    def __str__(self) -> str:
        """Say which variable it is, what it holds, and what it may hold."""
        name, given, allowed = self.args
        return f"{name} is {given!r}; allowed: {allowed}"


class Environment:
    """Typed access to variables. A name that is required is set, and not empty."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str) -> str:
        """Return a required text.

        Raises:
            MissingEnvironmentError: It is not set, or is empty.
        """
        value = self._variables.get(name)
        if not value:
            raise MissingEnvironmentError([name])
        return value

    def number(self, name: str, *, at_least: int = 0) -> int:
        """Return a required whole number, in decimal digits.

        Raises:
            MalformedEnvironmentError: It is another text, or below ``at_least``.
            MissingEnvironmentError: It is not set, or is empty.
        """
        value = self.text(name)
        if not (value.isascii() and value.isdigit()) or int(value) < at_least:
            raise MalformedEnvironmentError(name, value, f"a whole number from {at_least}")
        return int(value)

    def optional_number(self, name: str, *, at_least: int = 0) -> int | None:
        """Return a number; None where it is not set. Raises as :meth:`number`."""
        return self.number(name, at_least=at_least) if name in self._variables else None

    def one_of(self, name: str, *allowed: str) -> str | None:
        """Return one of the texts that are allowed; None where it is not set.

        Raises:
            MalformedEnvironmentError: It is another text.
        """
        value = self._variables.get(name)
        if value is not None and value not in allowed:
            raise MalformedEnvironmentError(name, value, f"{', '.join(allowed)}, or not set")
        return value

    def flag(self, name: str) -> bool:
        """Return whether it is ``true``; ``false`` and not set are no. Raises as :meth:`one_of`."""
        return self.one_of(name, "true", "false") == "true"

    def decoded(
        self,
        name: str,
        is_allowed: Callable[[Any], bool],
        allowed: str,
        *,
        default: str | None = None,
    ) -> Any:
        """Return what a JSON text holds; it is required unless there is a ``default``.

        Raises:
            MalformedEnvironmentError: It is no JSON, or not what ``is_allowed``.
            MissingEnvironmentError: It is not set, or is empty.
        """
        value = self.text(name) if default is None else self._variables.get(name, default)
        try:
            found = json.loads(value)
        except ValueError:
            raise MalformedEnvironmentError(name, value, allowed) from None
        if not is_allowed(found):
            raise MalformedEnvironmentError(name, value, allowed)
        return found


def are_texts(found: object) -> bool:
    """Return whether it is an object whose members are all texts."""
    return isinstance(found, dict) and all(isinstance(each, str) for each in found.values())


def are_paths(found: object) -> bool:
    """Return whether it is a list of paths, each a list of names that is not empty."""
    return isinstance(found, list) and all(
        isinstance(path, list) and path and all(isinstance(name, str) for name in path)
        for path in found
    )
