"""From what a property may be worth to one judgement of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

from checkout_stack.policy.rules.rule import (
    Judgement,
    cannot_tell,
    compliant,
    not_applicable,
    violated,
)
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import (
    Unknown,
    Value,
    boolean,
    possibilities,
    whole_number,
)

Subject = TypeVar("Subject")
Verdict: TypeAlias = bool | Unknown
"""Whether a promise holds, or why the template does not say."""

LONGEST_SHOWN = 80
"""Characters of a value that a message shows."""


def judge_each(
    subjects: Iterable[Subject], judge: Callable[[Subject], Judgement | None], otherwise: str
) -> list[Judgement]:
    """Judge every subject that a rule is about; where there is none, say why with ``otherwise``."""
    judgements = [judge(subject) for subject in subjects]
    found = [judgement for judgement in judgements if judgement is not None]
    return found or [not_applicable(otherwise)]


def settled(value: Value, holds: Callable[[Value], Verdict]) -> Verdict:
    """Ask of everything that ``value`` may be; where the answers differ, the template is silent."""
    return agreed(f"{shown(value)}", [holds(possibility) for possibility in possibilities(value)])


def agreed(alternatives: str, verdicts: list[Verdict]) -> Verdict:
    """One verdict where all agree, else why they do not: a condition picks of ``alternatives``."""
    for verdict in verdicts:
        if isinstance(verdict, Unknown):
            return verdict
    if all(verdicts):
        return True
    if not any(verdicts):
        return False
    return Unknown(f"a condition decides between {alternatives}")


def number(value: Value, default: int) -> int | Unknown:
    """Read a whole number; an absent one is AWS's ``default``."""
    read = whole_number(value)
    return default if read is None else read


def flag(value: Value, default: bool = False) -> Verdict:
    """Read a boolean; an absent one is AWS's ``default``."""
    read = boolean(value)
    return default if read is None else read


def judged(
    verdict: Verdict, resource: Resource, *path: str | int, given: str, allowed: str, fix: str
) -> Judgement:
    """Turn a verdict on the property at ``path`` into a judgement."""
    if isinstance(verdict, Unknown):
        return cannot_tell(resource, *path, why=verdict.why)
    if verdict:
        return compliant(resource, *path)
    return violated(resource, *path, given=given, allowed=allowed, fix=fix)


def shown(value: Value) -> str:
    """Write a value into a message: short, and as a template would write it."""
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def stated(name: str, value: Value) -> str:
    """Say what a property is: the first part of a message."""
    return f"{name} is {shown(value)}"
