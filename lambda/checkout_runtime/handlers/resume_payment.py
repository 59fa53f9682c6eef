"""``POST /orders/{order_id}/resume``: the buyer acted; find out what came of it."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from checkout_runtime.application.read_order import shown_status
from checkout_runtime.application.resume_payment import (
    NothingToResume,
    ResumePayment,
    ResumeReplayed,
)
from checkout_runtime.domain.fields import ATTEMPT, Check, check_object
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
    ATTEMPT_NOT_CURRENT,
    OF_A_BODY,
    OF_EVERY_ROUTE,
    ORDER_NOT_FOUND,
    invalid_fields,
)
from checkout_runtime.handlers.settings import Settings

__all__ = ["FIELDS", "PROBLEMS", "handler"]

FIELDS: Mapping[str, Check] = {"attempt": ATTEMPT}
PROBLEMS = (*OF_EVERY_ROUTE, *OF_A_BODY, ORDER_NOT_FOUND, ATTEMPT_NOT_CURRENT)


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    buyer = buyer_of(event, Settings())
    order_id = order_id_in_path(event)
    attempt = _read(json_body(event))
    result = _resume_payment()(buyer, order_id, attempt)
    if isinstance(result, NothingToResume):
        if result.order is None:
            raise order_not_found()
        raise ATTEMPT_NOT_CURRENT.error(
            f"attempt {attempt} is not the current one; the current one is {result.order.attempt}",
            order_status=shown_status(result.order).value,
            current_attempt=result.order.attempt,
        )
    return order_answer(
        result.order,
        attempt_limit=Settings().attempt_limit,
        replayed=isinstance(result, ResumeReplayed),
    )


@cache
def _resume_payment() -> ResumePayment:
    return ResumePayment(orders(), system_clock())


def _read(body: object) -> int:
    errors = check_object(body, FIELDS)
    if errors or not isinstance(body, dict):
        raise invalid_fields(errors)
    return cast(int, body["attempt"])


make_at_start(_resume_payment)
