"""What a scalar of YAML is worth, and which intrinsic function a tag is short for."""

from __future__ import annotations

import math
import re
from typing import Any

_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# Octal, hexadecimal and base-60 numbers stay text: an account id that begins with 0 is one.
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30})\Z")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,30}\.[0-9]{0,30}(?:[eE][-+]?[0-9]{1,3})?\Z")
_STANDARD = "tag:yaml.org,2002:"
_WITHOUT_PREFIX = frozenset(("Ref", "Condition"))


def scalar(written: str, tag: str | None, *, plain: bool) -> Any:
    """Text, number, boolean or ``None``: YAML 1.1 as CloudFormation reads it, dates as text."""
    typed = tag is not None and tag.startswith(_STANDARD) and tag != f"{_STANDARD}str"
    if not plain and not typed:
        return written
    if written in _NULLS:
        return None
    if written in _BOOLEANS:
        return _BOOLEANS[written]
    if _WHOLE.match(written):
        return int(written)
    if _DECIMAL.match(written) and math.isfinite(number := float(written)):
        return number
    return written


def intrinsic_function(tag: str | None) -> str | None:
    """The long form: ``Fn::Sub`` for ``!Sub``; ``None`` if the tag is none of CloudFormation's."""
    if tag is None or not tag.startswith("!") or tag == "!":
        return None
    name = tag[1:]
    return name if name in _WITHOUT_PREFIX else f"Fn::{name}"
