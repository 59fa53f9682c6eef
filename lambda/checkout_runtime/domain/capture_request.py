"""The body of a request for held money: how much of it, or all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from checkout_runtime.domain.fields import Check, FieldError, Integer, given_fields
from checkout_runtime.domain.submission import MAX_AMOUNT

__all__ = ["CAPTURE_FIELDS", "parse_capture_request"]

CAPTURE_FIELDS: Mapping[str, Check] = {"amount": Integer(1, MAX_AMOUNT)}
"""The fields of a request. ``amount`` may be left out."""


def parse_capture_request(body: object) -> int | list[FieldError] | None:
    """Return how much is asked for, None for all, or everything that is wrong with a JSON body.

    >>> parse_capture_request({"amount": 500}), parse_capture_request({})
    (500, None)
    """
    given = given_fields(body, CAPTURE_FIELDS, never_null=("amount",))
    return given if isinstance(given, list) else cast("int | None", given.get("amount"))
