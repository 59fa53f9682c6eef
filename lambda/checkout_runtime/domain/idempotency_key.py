"""The ``Idempotency-Key`` request header (draft-ietf-httpapi-idempotency-key-header)."""

import re

__all__ = ["KEY_FORM", "MAX_KEY_LENGTH", "MalformedKeyError", "parse_idempotency_key"]

MAX_KEY_LENGTH = 255
"""Characters; as payment services have it (Stripe API reference, "Idempotent requests")."""
KEY_FORM = (
    f"1 to {MAX_KEY_LENGTH} printable ASCII characters without spaces, commas and quotation marks"
)
"""What a value has to be that is used as a key and was not made to be one, such as a cart's id."""

_BARE = re.compile(r"[!-~]+")
# RFC 9651, section 3.3.3: printable ASCII; only the quote and the backslash are escaped.
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')


class MalformedKeyError(ValueError):
    """The header does not hold exactly one usable key; the message says why."""


def parse_idempotency_key(header: str) -> str:
    """Return the one key that the header holds.

    The draft writes the key as a quoted structured-field string; most clients send it bare. Both
    name the same key. Two values that a proxy joined by a comma are refused: no guess at money.

    >>> parse_idempotency_key('"8e03978e"') == parse_idempotency_key("8e03978e")
    True

    Raises:
        MalformedKeyError: empty, longer than 255 characters, several values, or not printable
            ASCII.
    """
    text = header.strip(" \t")
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        key = re.sub(r'\\(["\\])', r"\1", quoted[1])
    elif "," in text:
        raise MalformedKeyError("more than one value; send exactly one key")
    elif '"' in text or (text and not _BARE.fullmatch(text)):
        raise MalformedKeyError("not printable ASCII without spaces, nor a quoted string of it")
    else:
        key = text
    if not key.strip():
        raise MalformedKeyError("empty; send 1 to 255 characters, such as a UUID")
    if len(key) > MAX_KEY_LENGTH:
        raise MalformedKeyError(f"{len(key)} characters; at most {MAX_KEY_LENGTH} are allowed")
    return key
