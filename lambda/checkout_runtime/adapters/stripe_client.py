"""Stripe's SDK under one total deadline, without its own retries, telemetry or log records.

The SDK's time-outs are per socket read, and its retries wait outside of them. Here everything that
one client does ends before its deadline, over the same exchange as any other payment service.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import stripe

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError, exchange
from checkout_runtime.adapters.json_object import json_object

__all__ = ["UNREADABLE", "quieten_sdk", "stripe_client"]

UNREADABLE = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What the SDK and the adapters raise over an answer of another shape than Stripe documents."""

_MAX_DETAIL = 200
_OK = 200
"""The one status under which Stripe says what it did."""
_FIRST_ERROR = 400
_ERROR_TYPES = frozenset({"api_error", "card_error", "idempotency_error", "invalid_request_error"})
"""https://docs.stripe.com/api/errors"""


def quieten_sdk() -> None:
    """Keep the SDK from logging what it sends, and from telling Stripe about this machine."""
    logging.getLogger("stripe").setLevel(logging.WARNING)
    stripe.enable_telemetry = False


def stripe_client(
    api_key: str,
    *,
    api_url: str,
    timeout_seconds: float,
    send: Callable[..., HttpAnswer] = exchange,
) -> stripe.StripeClient:
    """Return a client for a few requests that all end within the time-out, from now."""
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_url},
        max_network_retries=0,
        http_client=_DeadlineHttpClient(time.monotonic() + timeout_seconds, send),
    )


class _DeadlineHttpClient(stripe.HTTPClient):
    """The SDK's transport: each request has the time that the ones before it left."""

    name = "checkout"

    def __init__(self, deadline: float, send: Callable[..., HttpAnswer]) -> None:
        super().__init__()
        self._deadline = deadline
        self._send = send

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request; return body, status and no headers, as nothing here reads them.

        Raises:
            stripe.APIConnectionError: no complete answer in time, or one that is not Stripe's; the
                latter has an ``http_status``.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _no_answer("no time left")
        body = post_data.encode() if post_data is not None else None
        try:
            answer = self._send(method.upper(), url, dict(headers or {}), body, left)
        except NoAnswerError as problem:
            raise _no_answer(str(problem)[:_MAX_DETAIL]) from problem
        if not _is_stripes(answer):
            raise _no_answer(f"http_{answer.status}_unreadable", answer.status)
        return answer.body.decode(), answer.status, {}

    def close(self) -> None:
        """No connection is kept."""


def _is_stripes(answer: HttpAnswer) -> bool:
    """Tell whether Stripe wrote an answer: an object, or under another status an error object.

    The SDK takes the status alone for the kind of the error, so a gateway's own JSON would pass
    for a refusal.
    """
    fields = json_object(answer.body)
    if fields is None:
        return False
    if answer.status == _OK:
        return isinstance(fields.get("object"), str)
    error = fields.get("error")
    kind = error.get("type") if isinstance(error, dict) else None
    return isinstance(kind, str) and kind in _ERROR_TYPES and answer.status >= _FIRST_ERROR


def _no_answer(why: str, status: int | None = None) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(why, http_status=status)  # type: ignore[no-untyped-call]
