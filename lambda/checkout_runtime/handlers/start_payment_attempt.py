"""``POST /orders/{order_id}/payment-attempts``: pay a declined order by another method."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from checkout_runtime.application.limit_attempts import TooManyAttempts
from checkout_runtime.application.read_order import shown_status
from checkout_runtime.application.start_payment_attempt import (
    AttemptRefused,
    AttemptReplayed,
    NoSuchOrder,
    StartPaymentAttempt,
)
from checkout_runtime.domain.fields import ATTEMPT, Check, check_object
from checkout_runtime.domain.submission import PAYMENT_METHOD
from checkout_runtime.handlers.buyers import buyer_of
from checkout_runtime.handlers.dependencies import make_at_start, orders, system_clock
from checkout_runtime.handlers.http_api import (
    http_handler,
    json_body,
    order_id_in_path,
    order_not_found,
)
from checkout_runtime.handlers.order_answers import order_answer
from checkout_runtime.handlers.problems import (
    ATTEMPT_NOT_REPLACEABLE,
    OF_A_BODY,
    OF_EVERY_ROUTE,
    ORDER_NOT_FOUND,
    TOO_MANY_ATTEMPTS,
    invalid_fields,
)
from checkout_runtime.handlers.settings import Settings

__all__ = ["FIELDS", "PROBLEMS", "handler"]

FIELDS: Mapping[str, Check] = {"replaces": ATTEMPT, "payment_method": PAYMENT_METHOD}
PROBLEMS = (
    *OF_EVERY_ROUTE,
    *OF_A_BODY,
    ORDER_NOT_FOUND,
    ATTEMPT_NOT_REPLACEABLE,
    TOO_MANY_ATTEMPTS,
)


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    buyer = buyer_of(event, Settings())
    order_id = order_id_in_path(event)
    replaces, payment_method = _read(json_body(event))
    result = _start_payment_attempt()(
        buyer, order_id, replaces=replaces, payment_method=payment_method
    )
    if isinstance(result, TooManyAttempts):
        raise TOO_MANY_ATTEMPTS.error(
            "The order is as it was; ask for it, and pay it later or at the shop",
            headers={"Retry-After": str(result.retry_after_seconds)},
        )
    if isinstance(result, NoSuchOrder):
        raise order_not_found()
    if isinstance(result, AttemptRefused):
        raise ATTEMPT_NOT_REPLACEABLE.error(
            result.reason,
            order_status=shown_status(result.order).value,
            current_attempt=result.order.attempt,
        )
    return order_answer(
        result.order,
        attempt_limit=Settings().attempt_limit,
        replayed=isinstance(result, AttemptReplayed),
    )


@cache
def _start_payment_attempt() -> StartPaymentAttempt:
    settings = Settings()
    return StartPaymentAttempt(
        orders(), system_clock(), settings.max_payment_attempts, settings.attempt_limits
    )


def _read(body: object) -> tuple[int, str]:
    errors = check_object(body, FIELDS)
    if errors or not isinstance(body, dict):
        raise invalid_fields(errors)
    return cast(int, body["replaces"]), cast(str, body["payment_method"])


make_at_start(_start_payment_attempt)
