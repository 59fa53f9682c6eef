"""From what a property may be worth to one judgement of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeVar

from checkout_stack.foundation.secret_names import without_secrets
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

NO_STREAM = "no stream carries orders"
NO_CHARGE = "nothing here starts a payment in this way"
ONLY_READS = ("GET", "HEAD", "OPTIONS")
"""Methods of HTTP that ask for something, and charge nothing."""
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
    """Ask of everything that ``value`` may be, unless the template does not say what it is.

    Where a condition picks between values with different answers, the template does not say.
    """
    return agreed(
        shown(value),
        [each if isinstance(each, Unknown) else holds(each) for each in possibilities(value)],
    )


def settled_flag(value: Value, *, default: bool = False) -> Verdict:
    """Whether a boolean property is true; an absent one is AWS's ``default``."""

    def holds(each: Value) -> Verdict:
        read = boolean(each)
        return default if read is None else read

    return settled(value, holds)


def settled_number(value: Value, holds: Callable[[int], bool], *, default: int) -> Verdict:
    """Ask of a whole number; an absent one is AWS's ``default``."""

    def read(each: Value) -> Verdict:
        found = number(each, default)
        return found if isinstance(found, Unknown) else holds(found)

    return settled(value, read)


def is_given(value: Value) -> Verdict:
    """Whether something is named; an import or a parameter names something, too."""
    return agreed(shown(value), [each not in (None, "") for each in possibilities(value)])


def includes(items: Iterable[object], wanted: object) -> Verdict:
    """Whether ``wanted`` is among the items, as far as they are known."""
    unknown: Verdict = False
    for item in items:
        if item == wanted:
            return True
        if isinstance(item, Unknown):
            unknown = unknown or item
    return unknown


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


def known(*numbers: int | Unknown) -> list[int] | Unknown:
    """All the numbers, or the first that the template does not say."""
    read: list[int] = []
    for each in numbers:
        if isinstance(each, Unknown):
            return each
        read.append(each)
    return read


def judged(
    verdict: Verdict,
    resource: Resource,
    *path: str | int,
    allowed: str,
    fix: str,
    given: str | None = None,
) -> Judgement:
    """Turn a verdict on the property at ``path`` into a judgement.

    :param given: What the message says is wrong; by default the property and its value.
    """
    if isinstance(verdict, Unknown):
        return cannot_tell(resource, *path, why=verdict.why)
    if verdict:
        return compliant(resource, *path)
    if given is None:
        given = stated(".".join(map(str, path)), resource.prop(*path))
    return violated(resource, *path, given=given, allowed=allowed, fix=fix)


def shown(value: Value) -> str:
    """Write a value into a message: short, and as a template would write it.

    A secret is taken out of the whole value: where it is cut short nothing would know it.
    """
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    text = without_secrets(str(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def stated(name: str, value: Value) -> str:
    """Say what a property is: the first part of a message."""
    return f"{name} is {shown(value)}"
