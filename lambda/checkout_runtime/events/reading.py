"""From what EventBridge or a queue delivers to a typed event."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from checkout_runtime.domain.record import Record
from checkout_runtime.events.order_events import (
    KINDS,
    SOURCE,
    VERSION,
    Event,
    OrderEvent,
    UnknownEvent,
)

__all__ = ["NotAnOrderEventError", "annotations_of", "read_event"]

_OR_NONE = " | None"


class NotAnOrderEventError(ValueError):
    """What was delivered is no event of a checkout; the message says why not."""


def read_event(envelope: Mapping[str, Any] | str | bytes) -> Event:
    """Return the event that was delivered.

    Fields that are not known here are ignored. An event of a newer checkout is never an error: one
    of another kind, or of a newer version that lacks what is needed here, is an
    :class:`UnknownEvent`.

    Args:
        envelope: What EventBridge hands to a target, decoded or as JSON text. The body of an SQS
            message that a rule sent is such a text.

    Raises:
        NotAnOrderEventError: It is no JSON, no event of EventBridge, another source's, or lacks
            what every event of its version has. Delivering it again changes nothing: let it go to
            a dead-letter queue.
    """
    event = _decoded(envelope)
    kind, detail = event.get("detail-type"), event.get("detail")
    if event.get("source") != SOURCE:
        raise NotAnOrderEventError(f"its source is {_short(event.get('source'))}, not {SOURCE!r}")
    if not isinstance(kind, str) or not isinstance(detail, Mapping):
        raise NotAnOrderEventError("it has no detail-type that is text, or no detail")
    found, problems = _fields_of(OrderEvent, detail)
    if "id" not in found or found.get("version", 0) < 1:
        raise NotAnOrderEventError("its detail has no id that is text, or no version from 1 up")
    if kind in KINDS:
        found, problems = _fields_of(KINDS[kind], detail)
        if not problems:
            return KINDS[kind](**found)
        if found["version"] <= VERSION:
            raise NotAnOrderEventError(f"{kind}: {'; '.join(problems)}")
    return UnknownEvent(kind, found["id"], found["version"], detail)


def annotations_of(record: type[Record]) -> dict[str, str]:
    """Return the types of a record's fields as they are written, those of its bases first."""
    return {
        name: str(annotation)
        for each in reversed(record.__mro__)
        if issubclass(each, Record)
        for name, annotation in vars(each).get("__annotations__", {}).items()
    }


def _decoded(envelope: Mapping[str, Any] | str | bytes) -> Mapping[str, Any]:
    if isinstance(envelope, Mapping):
        return envelope
    try:
        event = json.loads(envelope)
    except (ValueError, RecursionError) as error:
        raise NotAnOrderEventError("it is no JSON") from error
    if not isinstance(event, Mapping):
        raise NotAnOrderEventError("it is no JSON object")
    return event


def _fields_of(
    record: type[OrderEvent], detail: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that could be read, and what is wrong with the others."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, annotation in annotations_of(record).items():
        if annotation.endswith(_OR_NONE) and detail.get(name) is None:
            found[name] = None
            continue
        try:
            found[name] = _READ[annotation.removesuffix(_OR_NONE)](detail.get(name))
        except ValueError as error:
            problems.append(f"{name} {error}")
    return found, problems


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"is {_short(value)}, not text")
    return value


def _whole_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"is {_short(value)}, not a whole number")
    return value


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(_text(value))
        in_utc = None if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"is {_short(value)}, not a time such as 2026-11-27T20:00:00Z") from error
    if in_utc is None:
        raise ValueError(f"is {_short(value)}, without a time zone")
    return in_utc


def _short(value: object) -> str:
    """Return enough of a value to recognise it by."""
    return "missing" if value is None else repr(value)[:60]


_READ: Mapping[str, Callable[[object], Any]] = {
    "str": _text,
    "int": _whole_number,
    "datetime": _time,
}
"""How a field is read, by its type as it is written."""
