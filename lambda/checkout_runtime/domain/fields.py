"""Fields of a JSON object: each is checked, every wrong one is named, unknown ones are refused."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, TypeGuard

from checkout_runtime.domain.card_numbers import contains_card_number
from checkout_runtime.domain.record import Record

__all__ = [
    "ATTEMPT",
    "MAX_ERRORS",
    "MAX_TEXT",
    "MAX_UNKNOWN_NAMES",
    "Check",
    "FieldError",
    "Integer",
    "Text",
    "check_fields",
    "check_object",
    "fields_named_once",
    "given_fields",
    "has_lost_text",
    "is_name",
    "text_error",
    "unknown_fields",
    "without_nulls",
]

MAX_TEXT = 128
"""Characters of a customer id, SKU or payment token: a full order stays far below 400 KB, the
largest item that DynamoDB stores (DynamoDB developer guide, "Quotas")."""
MAX_UNKNOWN_NAMES = 5
"""Unknown fields of one object that are named in an answer."""
MAX_ERRORS = 50
"""Wrong fields that are named in one answer."""
MAX_NAME = 255
"""Characters of a charge id or of whatever a payment service calls a thing; far above theirs."""
LOST_TEXT = "\ufffd"
"""The replacement character: a decoder put it where bytes were no UTF-8."""

Check = Callable[[object], str | None]
"""What is wrong with a value, or None."""


class FieldError(Record):
    """One wrong field: a path such as ``lines[0].sku``, and what is wrong with it."""

    field: str
    detail: str


def check_object(body: object, fields: Mapping[str, Check]) -> list[FieldError]:
    """Return what is wrong with a decoded JSON body that has to be an object of these fields."""
    if not isinstance(body, Mapping):
        return [FieldError("", "must be a JSON object")]
    return check_fields(body, fields)


def given_fields(
    body: object, fields: Mapping[str, Check], *, never_null: Container[str] = ()
) -> Mapping[str, object] | list[FieldError]:
    """Return what a decoded JSON body gives of these fields, or everything that is wrong with it.

    Every field may be left out. One that is null is left out, too, unless it is ``never_null``:
    JSON writes null for a number that a caller could not compute.
    """
    given = without_nulls(body, never_null) if isinstance(body, Mapping) else body
    found = given if isinstance(given, Mapping) else {}
    return check_object(given, {name: fields[name] for name in fields if name in found}) or found


def without_nulls(fields: Mapping[str, object], kept: Container[str] = ()) -> dict[str, object]:
    """Return the fields that are not null, and those whose names are ``kept``."""
    return {name: value for name, value in fields.items() if value is not None or name in kept}


def check_fields(
    found: Mapping[str, object], fields: Mapping[str, Check], prefix: str = ""
) -> list[FieldError]:
    """Return an error for each field that is missing, wrong or unknown."""
    errors = []
    for name, check in fields.items():
        problem = check(found[name]) if name in found else "is required"
        if problem:
            errors.append(FieldError(f"{prefix}{name}", problem))
    return errors + unknown_fields(found, fields, prefix)


def fields_named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's fields; for ``json.loads``, which lets the last of two with one name win.

    Raises:
        ValueError: Two fields have the same name.
    """
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")
    return fields


def unknown_fields(
    found: Mapping[str, object], known: Container[str], prefix: str = ""
) -> list[FieldError]:
    """Return an error for each field that is not known, up to a number that keeps an answer small.

    Names are echoed cut short.
    """
    unknown = [str(name)[:MAX_TEXT] for name in found if name not in known]
    return [
        FieldError(f"{prefix}{name}", "is not a known field")
        for name in unknown[:MAX_UNKNOWN_NAMES]
    ]


class Integer(Record):
    """Checks that a value is an integer from ``low`` to ``high``, both included."""

    low: int
    high: int

    def __call__(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        if type(value) is int and self.low <= value <= self.high:
            return None
        return f"must be an integer from {self.low} to {self.high}"


ATTEMPT = Integer(1, 1_000_000)
"""The number of a payment attempt; an order has a few at most."""


class Text(Record):
    """Checks a short text that is stored (:func:`text_error`)."""

    article_numbers: bool = False
    """As for :func:`contains_card_number`."""
    instead: str = "send an id of your own"
    """What to send in place of a card number."""

    def __call__(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        return text_error(value, article_numbers=self.article_numbers, instead=self.instead)


def text_error(
    value: object, *, article_numbers: bool = False, instead: str = "send an id of your own"
) -> str | None:
    """Return what is wrong with a short text that is stored, or None.

    Args:
        value: Any JSON value.
        article_numbers: As for :func:`contains_card_number`.
        instead: What to send in place of a card number.
    """
    if isinstance(value, str) and has_lost_text(value):
        return "holds U+FFFD, which stands where text was lost on the way; send it as UTF-8"
    if not is_name(value, MAX_TEXT):
        return f"must be 1 to {MAX_TEXT} printable characters, with no space at either end"
    if contains_card_number(value, article_numbers=article_numbers):
        return f"looks like a card number; {instead}"
    return None


def is_name(value: object, longest: int = MAX_NAME) -> TypeGuard[str]:
    """Tell whether a value can name somebody or something.

    A name is text of 1 to ``longest`` printable characters, with no space at either end, of which
    nothing was lost on the way.

    >>> is_name("ch_1"), is_name(" "), is_name("ch_1\\n"), is_name("\\ufffd")
    (True, False, False, False)
    """
    # isprintable() also refuses NUL, line breaks and lone surrogates, which have no UTF-8 form.
    return (
        isinstance(value, str)
        and 1 <= len(value) <= longest
        and value.isprintable()
        and value == value.strip()
        and not has_lost_text(value)
    )


def has_lost_text(text: str) -> bool:
    """Tell whether some of the text was lost: two different texts may then look the same."""
    return LOST_TEXT in text
