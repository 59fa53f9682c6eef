"""The body of a request for a refund: an object whose fields may all be left out."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.fields import FieldError
from checkout_runtime.domain.refund import RefundRequest
from checkout_runtime.domain.refund_request import parse_refund_request
from checkout_runtime.domain.submission import MAX_AMOUNT


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        ({}, RefundRequest()),
        ({"charge_id": None, "reason": None}, RefundRequest()),
        ({"amount": 1}, RefundRequest(1)),
        ({"amount": MAX_AMOUNT}, RefundRequest(MAX_AMOUNT)),
        ({"charge_id": "ch_1", "reason": "broken"}, RefundRequest(None, "ch_1", "broken")),
    ],
)
def test_what_is_asked_for(body: object, request_: RefundRequest) -> None:
    assert parse_refund_request(body) == request_


@pytest.mark.parametrize("body", [None, 5, "text", ["amount"]])
def test_what_is_no_object_is_refused(body: object) -> None:
    assert parse_refund_request(body) == [FieldError("", "must be a JSON object")]


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0},
        {"amount": MAX_AMOUNT + 1},
        {"amount": True},
        # JavaScript writes a number that it could not compute so: not all of the money.
        {"amount": None},
        {"charge_id": ""},
        {"reason": 5},
        {"unknown": 1},
    ],
)
def test_a_field_that_is_wrong_is_named(body: dict[str, object]) -> None:
    errors = parse_refund_request(body)
    assert isinstance(errors, list)
    assert [each.field for each in errors] == list(body)
