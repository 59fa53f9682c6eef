"""Mutants that do what the code does, each with the reason why nothing can notice it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simulator.mutants.mutant import Mutant

__all__ = ["Equivalents"]

_FILE = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True, slots=True)
class _Entry:
    module: str
    code: str
    """The line, as written in the file, without its indentation."""
    change: str
    """What kind of change; of every kind where it is empty."""
    replacement: str
    """What takes the place of the code; anything where it is empty."""
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        return (self.module, self.code) == (mutant.module, mutant.code) and (
            self.change in ("", mutant.change) and self.replacement in ("", mutant.replacement)
        )


class Equivalents:
    """The list, and which of its entries cover a mutant."""

    def __init__(self, file: Path = _FILE) -> None:
        entries = tomllib.loads(file.read_text()).get("equivalent", [])
        self._entries = [
            _Entry(
                entry["module"],
                entry["code"],
                entry.get("change", ""),
                entry.get("replacement", ""),
                entry["reason"],
            )
            for entry in entries
        ]

    def reason(self, mutant: Mutant) -> str | None:
        """Return why nothing can notice a mutant, or None if it is not in the list."""
        return next((entry.reason for entry in self._entries if entry.covers(mutant)), None)

    def stale(self, mutants: Iterable[Mutant]) -> list[str]:
        """Return the entries that cover none of these mutants: their line has changed."""
        mutants = list(mutants)
        return [
            f"{entry.module}: {entry.code}"
            for entry in self._entries
            if not any(entry.covers(mutant) for mutant in mutants)
        ]
