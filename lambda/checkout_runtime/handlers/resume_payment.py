"""``POST /orders/{order_id}/resume``: the buyer acted; find out what came of it."""

from functools import cache
from typing import Any, cast

from checkout_runtime.application.resume_payment import (
    NothingToResume,
    ResumePayment,
    ResumeReplayed,
)
from checkout_runtime.domain.submission import FieldError
from checkout_runtime.handlers.http_api import (
    attempt_error,
    http_handler,
    json_body,
    order_answer,
    order_id_in_path,
    order_not_found,
    principal,
)
from checkout_runtime.handlers.parts import orders, system_clock
from checkout_runtime.handlers.problems import Problem, invalid_fields
from checkout_runtime.handlers.settings import Settings

__all__ = ["handler"]


@http_handler
def handler(event: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    buyer = principal(event, Settings().scope_from)
    order_id = order_id_in_path(event)
    attempt = _read(json_body(event))
    result = _resume_payment()(buyer, order_id, attempt)
    if isinstance(result, NothingToResume):
        if result.order is None:
            raise order_not_found()
        raise Problem(
            409,
            "attempt-not-current",
            "Nothing was resumed",
            f"attempt {attempt} is not the current one; the current one is {result.order.attempt}",
            order_status=result.order.status.value,
            current_attempt=result.order.attempt,
        )
    return order_answer(result.order, replayed=isinstance(result, ResumeReplayed))


@cache
def _resume_payment() -> ResumePayment:
    return ResumePayment(orders(), system_clock())


def _read(body: object) -> int:
    if not isinstance(body, dict):
        raise invalid_fields([FieldError("", "must be a JSON object")])
    problem = attempt_error(body.get("attempt"))
    if problem:
        raise invalid_fields([FieldError("attempt", problem)])
    return cast(int, body["attempt"])
