"""An answer of a payment service as a JSON object that says one thing, or as none."""

import json
from typing import Any

__all__ = ["json_object"]


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the object that an answer holds, or None where it cannot be read beyond doubt.

    >>> json_object(b'{"status": "captured"}')
    {'status': 'captured'}
    >>> json_object(b'{"status": "captured", "status": "declined"}') is None
    True
    """
    try:
        fields = json.loads(body, object_pairs_hook=_said_once)
        # Half of a surrogate pair has no UTF-8 form, so no table would take it.
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an answer that says two things under one name: the last is not the truer one."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")
    return fields
