"""The body of a request for a refund: every field may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from checkout_runtime.domain.fields import (
    Check,
    FieldError,
    Integer,
    Text,
    check_object,
    is_name,
)
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.refund import RefundRequest
from checkout_runtime.domain.submission import MAX_AMOUNT

__all__ = ["REFUND_FIELDS", "ChargeId", "parse_refund_request"]


class ChargeId(Record):
    """Checks that a value may be a payment service's id of a charge."""

    def __call__(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        return None if is_name(value) else "must be the id of one of the order's charges"


REFUND_FIELDS: Mapping[str, Check] = {
    "amount": Integer(1, MAX_AMOUNT),
    "charge_id": ChargeId(),
    "reason": Text(),
}
"""The fields of a request, none of which has to be there."""


def parse_refund_request(body: object) -> RefundRequest | list[FieldError]:
    """Return what is asked for, or everything that is wrong with a decoded JSON body.

    >>> parse_refund_request({"amount": 500})
    RefundRequest(amount=500, charge_id=None, reason=None)
    """
    given: object = body
    if isinstance(body, Mapping):
        # A field that is null is one that is left out.
        given = {name: value for name, value in body.items() if value is not None}
    found = given if isinstance(given, Mapping) else {}
    wanted = {name: check for name, check in REFUND_FIELDS.items() if name in found}
    errors = check_object(given, wanted)
    if errors:
        return errors
    return RefundRequest(
        cast("int | None", found.get("amount")),
        cast("str | None", found.get("charge_id")),
        cast("str | None", found.get("reason")),
    )
