"""What an operator's event holds, and how it is answered: wishes about one order or one refund."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checkout_runtime.domain.card_numbers import contains_card_number
from checkout_runtime.domain.identity import is_order_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checkout_runtime.domain.fields import FieldError
    from checkout_runtime.domain.order import Order

__all__ = [
    "MAX_TEXT",
    "given_object",
    "given_order_id",
    "given_text",
    "is_dry_run",
    "told_of_order",
    "wrong_fields",
]

MAX_TEXT = 500
"""Characters of who and why: enough for a ticket's address and a sentence."""


def given_object(given: Any, name: str) -> dict[str, Any]:
    """Return an object that an event has under a name.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(given, dict):
        raise ValueError(f"{name}: give an object")
    return given


def given_order_id(asked: dict[str, Any]) -> str:
    """Return the order that a wish is about.

    Raises:
        ValueError: It is no order id.
    """
    order_id = asked.get("order_id")
    if not isinstance(order_id, str) or not is_order_id(order_id):
        raise ValueError(f"order_id {order_id!r}: give one order id")
    return order_id


def given_text(asked: dict[str, Any], name: str) -> str:
    """Return a text that is stored, without the spaces around it.

    Raises:
        ValueError: It is none, too long, or holds a card number.
    """
    value = asked.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= MAX_TEXT:
        raise ValueError(f"{name}: give 1 to {MAX_TEXT} characters")
    if contains_card_number(value):
        raise ValueError(f"{name} holds a card number, and would be stored")
    return value.strip()


def is_dry_run(asked: dict[str, Any]) -> bool:
    """Whether nothing is to be changed: only ``dry_run`` that is false lets anything change."""
    return asked.get("dry_run") is not False


def wrong_fields(errors: Iterable[FieldError]) -> ValueError:
    """Return the error that names every wrong field."""
    return ValueError("; ".join(f"{each.field} {each.detail}" for each in errors))


def told_of_order(done: str, order: Order | None, detail: str = "") -> dict[str, Any]:
    """Return the answer to a wish about an order; None: there is no such order."""
    status = None if order is None else order.status.value
    return {"done": done, "detail": detail, "status": status}
