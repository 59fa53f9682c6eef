"""Errors of the HTTP API as ``application/problem+json`` (RFC 9457)."""

import json
from collections.abc import Sequence
from typing import Any

from checkout_runtime.domain.fields import FieldError

__all__ = ["HttpError", "invalid_fields"]

_TYPE_PREFIX = "urn:idempotent-checkout:problem:"


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
            "type": f"{_TYPE_PREFIX}{slug}",
            "title": title,
            "status": status,
            **({"detail": detail} if detail else {}),
            **members,
        }

    @property
    def slug(self) -> str:
        """The last part of the problem's type."""
        return str(self._body["type"]).removeprefix(_TYPE_PREFIX)

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


def invalid_fields(errors: Sequence[FieldError]) -> HttpError:
    """Return the answer that names every wrong field."""
    return HttpError(
        422,
        "invalid-fields",
        "Some fields are wrong",
        errors=[{"field": error.field, "detail": error.detail} for error in errors],
    )
