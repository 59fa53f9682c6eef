"""Errors of the HTTP API as ``application/problem+json`` (RFC 9457), and the types of them all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from checkout_runtime.domain.fields import FieldError
from checkout_runtime.domain.record import Record

__all__ = [
    "ATTEMPT_NOT_CURRENT",
    "ATTEMPT_NOT_REPLACEABLE",
    "CANNOT_CANCEL",
    "CAPTURE_REFUSED",
    "CART_ALREADY_ORDERED",
    "CONTENT_TOO_LARGE",
    "IDEMPOTENCY_KEY_MALFORMED",
    "IDEMPOTENCY_KEY_MISSING",
    "IDEMPOTENCY_KEY_REUSED",
    "INVALID_FIELDS",
    "MALFORMED_JSON",
    "MISCONFIGURED",
    "OF_A_BODY",
    "OF_EVERY_ROUTE",
    "ORDER_NOT_FOUND",
    "REFUND_REFUSED",
    "TOO_MANY_ATTEMPTS",
    "TRY_AGAIN",
    "TYPE_PREFIX",
    "UNIDENTIFIED_PRINCIPAL",
    "UNSUPPORTED_MEDIA_TYPE",
    "HttpError",
    "ProblemType",
    "invalid_fields",
]

TYPE_PREFIX = "urn:idempotent-checkout:problem:"
"""Before the slug, in the ``type`` of a problem."""


class HttpError(Exception):
    """An answer other than success. The caller that raises it has stored nothing."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(title)
        self._status = status
        self._headers = headers or {}
        self._body: dict[str, object] = {
            "type": f"{TYPE_PREFIX}{slug}",
            "title": title,
            "status": status,
            **({"detail": detail} if detail else {}),
            **members,
        }

    @property
    def slug(self) -> str:
        """The last part of the problem's type."""
        return str(self._body["type"]).removeprefix(TYPE_PREFIX)

    def answer(self) -> dict[str, Any]:
        """Return the answer for API Gateway (payload format 2.0)."""
        return {
            "statusCode": self._status,
            "headers": {
                "Content-Type": "application/problem+json",
                "Cache-Control": "no-store",
                **self._headers,
            },
            "body": json.dumps(self._body),
        }


class ProblemType(Record):
    """One way in which a request fails. The published description is generated from these."""

    status: int
    slug: str
    """The last part of the ``type``. Clients compare it, so it never changes."""
    title: str

    def error(
        self, detail: str | None = None, *, headers: dict[str, str] | None = None, **members: object
    ) -> HttpError:
        """Return the answer of this type; ``members`` are further fields of its body."""
        return HttpError(self.status, self.slug, self.title, detail, headers=headers, **members)


IDEMPOTENCY_KEY_MISSING = ProblemType(
    400,
    "idempotency-key-missing",
    "Send an Idempotency-Key header: one for each purchase or refund",
)
IDEMPOTENCY_KEY_MALFORMED = ProblemType(
    400, "idempotency-key-malformed", "The Idempotency-Key header is malformed"
)
MALFORMED_JSON = ProblemType(400, "malformed-json", "The body is not valid JSON in UTF-8")
UNIDENTIFIED_PRINCIPAL = ProblemType(
    403, "unidentified-principal", "The credentials do not say who you are"
)
ORDER_NOT_FOUND = ProblemType(404, "order-not-found", "There is no such order")
"""The one answer for an unknown order and for another principal's."""
ATTEMPT_NOT_CURRENT = ProblemType(409, "attempt-not-current", "Nothing was resumed")
ATTEMPT_NOT_REPLACEABLE = ProblemType(
    409, "attempt-not-replaceable", "No new payment attempt was started"
)
CART_ALREADY_ORDERED = ProblemType(
    409, "cart-already-ordered", "This cart is another order already"
)
CANNOT_CANCEL = ProblemType(409, "cannot-cancel", "The order is not cancelled")
CAPTURE_REFUSED = ProblemType(
    409, "capture-refused", "The capture was not accepted; nothing was stored"
)
REFUND_REFUSED = ProblemType(
    409, "refund-refused", "The refund was not accepted; nothing was stored"
)
CONTENT_TOO_LARGE = ProblemType(413, "content-too-large", "The body is too large")
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    415, "unsupported-media-type", "Send Content-Type: application/json"
)
INVALID_FIELDS = ProblemType(422, "invalid-fields", "Some fields are wrong")
IDEMPOTENCY_KEY_REUSED = ProblemType(
    422, "idempotency-key-reused", "This Idempotency-Key belongs to a request with other content"
)
TOO_MANY_ATTEMPTS = ProblemType(429, "too-many-attempts", "Too many payment attempts")
MISCONFIGURED = ProblemType(500, "misconfigured", "The checkout is misconfigured")
TRY_AGAIN = ProblemType(503, "try-again", "The checkout cannot answer now")

OF_EVERY_ROUTE = (UNIDENTIFIED_PRINCIPAL, MISCONFIGURED, TRY_AGAIN)
"""What any request may meet, whatever it asks for."""
OF_A_BODY = (MALFORMED_JSON, CONTENT_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_FIELDS)
"""What a request with a JSON body may meet besides."""


def invalid_fields(errors: Sequence[FieldError]) -> HttpError:
    """Return the answer that names every wrong field."""
    return INVALID_FIELDS.error(
        errors=[{"field": error.field, "detail": error.detail} for error in errors]
    )
