"""``POST /orders/{order_id}/payment-attempts``: pay a declined order by another method."""

from functools import cache
from typing import Any, cast

from checkout_runtime.application.read_order import shown_status
from checkout_runtime.application.start_payment_attempt import (
    AttemptRefused,
    AttemptReplayed,
    NoSuchOrder,
    StartPaymentAttempt,
)
from checkout_runtime.domain.fields import check_object
from checkout_runtime.domain.submission import payment_method_error
from checkout_runtime.handlers.dependencies import make_at_start, orders, system_clock
from checkout_runtime.handlers.http_api import (
    attempt_error,
    http_handler,
    json_body,
    order_id_in_path,
    order_not_found,
    principal,
)
from checkout_runtime.handlers.order_answers import order_answer
from checkout_runtime.handlers.problems import HttpError, invalid_fields
from checkout_runtime.handlers.settings import Settings

__all__ = ["handler"]


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    buyer = principal(event, Settings().scope_from)
    order_id = order_id_in_path(event)
    replaces, payment_method = _read(json_body(event))
    result = _start_payment_attempt()(
        buyer, order_id, replaces=replaces, payment_method=payment_method
    )
    if isinstance(result, NoSuchOrder):
        raise order_not_found()
    if isinstance(result, AttemptRefused):
        raise HttpError(
            409,
            "attempt-not-replaceable",
            "No new payment attempt was started",
            result.reason,
            order_status=shown_status(result.order).value,
            current_attempt=result.order.attempt,
        )
    return order_answer(result.order, replayed=isinstance(result, AttemptReplayed))


@cache
def _start_payment_attempt() -> StartPaymentAttempt:
    return StartPaymentAttempt(orders(), system_clock(), Settings().max_payment_attempts)


def _read(body: object) -> tuple[int, str]:
    errors = check_object(body, {"replaces": attempt_error, "payment_method": payment_method_error})
    if errors or not isinstance(body, dict):
        raise invalid_fields(errors)
    return cast(int, body["replaces"]), cast(str, body["payment_method"])


make_at_start(_start_payment_attempt)
