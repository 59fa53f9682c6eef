"""The body of a request for a refund: every field may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from checkout_runtime.domain.fields import (
    Check,
    FieldError,
    Integer,
    Text,
    given_fields,
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
    given = given_fields(body, REFUND_FIELDS, never_null=("amount",))
    if isinstance(given, list):
        return given
    return RefundRequest(
        cast("int | None", given.get("amount")),
        cast("str | None", given.get("charge_id")),
        cast("str | None", given.get("reason")),
    )
