"""What makes input that cannot be checked end in one line."""

from __future__ import annotations

from checkout_stack.foundation.secret_names import without_secrets
from checkout_stack.policy.template.document import Location

LONGEST_MESSAGE = 300
"""Characters of one problem; a hostile template must not fill the terminal."""


class NotReadableError(Exception):
    """A text that is not JSON or YAML within the bounds."""

    def __init__(self, line: int, column: int, problem: str) -> None:
        """Say where, from 1, and what."""
        super().__init__(problem)
        self.line = line
        self.column = column
        self.problem = problem


class UnusableInputError(Exception):
    """A file that is no template, baseline or assembly; its text is one line with the place."""

    def __init__(self, location: Location, problem: str) -> None:
        """Say where and what: ``problem`` names what was given and what is allowed."""
        self.location = location
        self.problem = printable(without_secrets(problem), LONGEST_MESSAGE)
        super().__init__(f"{printable(str(location), 1000)}: {self.problem}")


def printable(text: str, longest: int) -> str:
    """``text`` as one line that a terminal prints as it is, cut to ``longest`` characters.

    Control characters become ``?``: a template is not to move a reader's cursor.
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(each if each.isprintable() else "?" for each in cut)
