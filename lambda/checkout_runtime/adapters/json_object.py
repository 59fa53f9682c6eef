"""An answer of a payment service as a JSON object that says one thing, or as none."""

import json
from typing import Any

from checkout_runtime.domain.fields import fields_named_once

__all__ = ["json_document", "json_object"]


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the object that an answer holds, or None where it cannot be read beyond doubt.

    >>> json_object(b'{"status": "captured"}')
    {'status': 'captured'}
    >>> json_object(b'{"status": "captured", "status": "declined"}') is None
    True
    """
    fields = json_document(body)
    return fields if isinstance(fields, dict) else None


def json_document(body: bytes) -> Any:
    """Return what JSON says, or None where it cannot be read beyond doubt.

    >>> json_document(b'[1, 2]')
    [1, 2]
    """
    try:
        document = json.loads(body, object_pairs_hook=fields_named_once)
        # Half of a surrogate pair has no UTF-8 form, so no table would take it.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return document
