"""Requests and answers of the HTTP API (API Gateway HTTP API, payload format 2.0)."""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from checkout_runtime.adapters.aws import AwsError
from checkout_runtime.adapters.secret import SecretMisconfiguredError, SecretUnavailableError
from checkout_runtime.domain.correlation import is_correlation_id
from checkout_runtime.domain.fields import fields_named_once, has_lost_text
from checkout_runtime.domain.idempotency_key import MalformedKeyError, parse_idempotency_key
from checkout_runtime.domain.identity import is_order_id, principal_of
from checkout_runtime.handlers.environment import (
    MalformedEnvironmentError,
    MissingEnvironmentError,
)
from checkout_runtime.handlers.problems import (
    CONTENT_TOO_LARGE,
    IDEMPOTENCY_KEY_MALFORMED,
    IDEMPOTENCY_KEY_MISSING,
    MALFORMED_JSON,
    MISCONFIGURED,
    ORDER_NOT_FOUND,
    TRY_AGAIN,
    UNIDENTIFIED_PRINCIPAL,
    UNSUPPORTED_MEDIA_TYPE,
    HttpError,
)

__all__ = [
    "MAX_BODY_BYTES",
    "POLL_SECONDS",
    "header",
    "http_handler",
    "idempotency_key",
    "json_answer",
    "json_body",
    "order_id_in_path",
    "order_not_found",
    "principal",
    "request_id",
]

MAX_BODY_BYTES = 64 * 1024
"""A hundred lines of the longest SKUs fit as UTF-8; API Gateway itself would let 10 MB through."""
POLL_SECONDS = "1"
"""When a buyer who waits asks again."""
_ANYBODY = "anonymous"

_log = logging.getLogger(__name__)
_Event = dict[str, Any]
_Answer = dict[str, Any]


def http_handler(answer: Callable[[_Event], _Answer]) -> Callable[[_Event, Any], _Answer]:
    """Make a Lambda handler of a function from request to answer.

    A ``HttpError`` becomes its answer. If AWS does not answer, the buyer is told to come back: the
    same request under the same key is safe. If AWS refuses for good, because a permission, the
    table or the secret is missing, or if a variable is missing or malformed, the answer is a 500:
    only an operator can mend that.
    """

    @wraps(answer)
    def handler(event: _Event, context: Any) -> _Answer:  # noqa: ARG001
        try:
            return answer(event)
        except HttpError as problem:
            _log.info("order_refused", extra={"event": "order_refused", "problem": problem.slug})
            return problem.answer()
        except (SecretMisconfiguredError, MissingEnvironmentError, MalformedEnvironmentError):
            return _misconfigured()
        except SecretUnavailableError:
            return _unavailable("secret_unavailable")
        except AwsError as error:
            if error.is_misconfiguration:
                return _misconfigured()
            return _unavailable("store_unavailable")

    return handler


def _misconfigured() -> _Answer:
    _log.exception("misconfigured", extra={"event": "misconfigured"})
    return MISCONFIGURED.error(
        "Sending the request again does not help; its operator has to repair the deployment"
    ).answer()


def _unavailable(event: str) -> _Answer:
    _log.exception(event, extra={"event": event})
    return TRY_AGAIN.error(
        "Send the same request with the same key again", headers={"Retry-After": POLL_SECONDS}
    ).answer()


def principal(event: _Event, scope_from: list[list[str]]) -> str:
    """Return who asks, from the claims that the authorizer vouches for."""
    if not scope_from:
        return principal_of([_ANYBODY])
    claims = []
    for path in scope_from:
        found: Any = event.get("requestContext", {}).get("authorizer", {})
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        claims.append(found)
    try:
        return principal_of(claims)
    except (TypeError, ValueError):
        raise UNIDENTIFIED_PRINCIPAL.error() from None


def header(event: _Event, name: str) -> str | None:
    """Return a request header; API Gateway hands their names over in lower case."""
    value = event.get("headers", {}).get(name)
    return value if isinstance(value, str) else None


def request_id(event: _Event) -> str | None:
    """Return what this request is called in logs: the caller's ``X-Correlation-Id``, if it is one,
    or API Gateway's own id."""
    for named in (
        header(event, "x-correlation-id"),
        event.get("requestContext", {}).get("requestId"),
    ):
        if is_correlation_id(named):
            return str(named)
    return None


def idempotency_key(given: str | None) -> str:
    """Return the key in the header's value."""
    if given is None:
        raise IDEMPOTENCY_KEY_MISSING.error()
    try:
        return parse_idempotency_key(given)
    except MalformedKeyError as problem:
        raise IDEMPOTENCY_KEY_MALFORMED.error(str(problem)) from None


def json_body(event: _Event) -> object:
    """Return the decoded JSON body, refusing what a lenient reader would let through."""
    media_type = (header(event, "content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UNSUPPORTED_MEDIA_TYPE.error()
    raw = _raw_body(event)
    if len(raw) > MAX_BODY_BYTES:
        detail = f"{len(raw)} bytes; at most {MAX_BODY_BYTES} are allowed"
        raise CONTENT_TOO_LARGE.error(detail)
    try:
        return json.loads(
            raw.decode(), object_pairs_hook=fields_named_once, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise _malformed() from None


def json_answer(
    status: int, body: object, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return an answer that no cache keeps; ``headers`` are those beside its type."""
    common = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {
        "statusCode": status,
        "headers": {**common, **(headers or {})},
        "body": json.dumps(body),
    }


def order_id_in_path(event: _Event) -> str:
    """Return the order id in the path; anything else cannot exist."""
    order_id = (event.get("pathParameters") or {}).get("order_id", "")
    if not is_order_id(order_id):
        raise order_not_found()
    return str(order_id)


def order_not_found() -> HttpError:
    """Return the one answer for an unknown order and for another principal's."""
    return ORDER_NOT_FOUND.error()


def _raw_body(event: _Event) -> bytes:
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise _malformed() from None
    # API Gateway decoded it, and replaced what was no UTF-8.
    if has_lost_text(body):
        raise _malformed("It holds bytes that are no UTF-8, or U+FFFD, which stands for such bytes")
    return body.encode("utf-8", "surrogatepass")


def _malformed(detail: str | None = None) -> HttpError:
    return MALFORMED_JSON.error(detail)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
