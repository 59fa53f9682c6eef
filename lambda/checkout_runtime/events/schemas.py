"""The JSON Schemas of the events, one file for each kind and version, in this package."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["event_schema"]


def event_schema(kind: str, version: int = 1) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the ``detail`` of one kind and version.

    It allows fields that it does not name: a later version has more of them.

    Args:
        kind: The event's ``detail-type``, such as ``OrderPaid``.
        version: From 1 up. Default: 1.

    Raises:
        LookupError: There is no such event.
    """
    # Here, because an application that only reads events needs no schemas, and this import is slow.
    from importlib.resources import files

    try:
        file = files(__package__).joinpath("json_schemas", f"{kind}-{version}.json")
        schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LookupError(f"no event {kind} of version {version}") from error
    return schema
