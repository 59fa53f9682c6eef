"""What a buyer can do next about an order, in one word and one number."""

from __future__ import annotations

from enum import StrEnum

from checkout_runtime.application.read_order import shown_status
from checkout_runtime.domain.order import Order, OrderStatus

__all__ = ["NextStep", "attempts_left", "next_step", "shown_payment_method"]

SHOWN_CHARACTERS = 4
"""Of a payment token's end, at most: as many as card schemes let a receipt show of a number."""


class NextStep(StrEnum):
    """What there is for the buyer to do."""

    WAIT = "wait"
    """Nothing: the checkout is at work. Ask again after a while."""
    ACT = "act"
    """Go to ``action_url``, for example for 3-D Secure, then resume the attempt."""
    PAY_AGAIN = "pay_again"
    """The payment was declined: start another attempt, with another payment method."""
    NONE = "none"
    """Nothing: it is paid, held or cancelled, or it is declined and no attempt is left."""


def next_step(order: Order, attempt_limit: int | None) -> NextStep:
    """Return what the buyer can do next.

    Args:
        order: The stored order.
        attempt_limit: How many payment attempts an order may have; None where that is not known.
            Another attempt then looks possible, and is refused if it is not.
    """
    match shown_status(order):
        case OrderStatus.PAID | OrderStatus.CANCELLED | OrderStatus.AUTHORIZED:
            return NextStep.NONE
        case OrderStatus.DECLINED:
            is_last = attempt_limit is not None and not attempts_left(order, attempt_limit)
            is_over = is_last or order.is_to_be_cancelled
            return NextStep.NONE if is_over else NextStep.PAY_AGAIN
        case OrderStatus.ACTION_REQUIRED if order.action_url and not order.is_to_be_cancelled:
            return NextStep.ACT
        case _:
            return NextStep.WAIT


def attempts_left(order: Order, attempt_limit: int) -> int:
    """Return how many more payment attempts the order may have, from 0.

    None once it is paid, or once somebody asked to cancel it.
    """
    if order.status is OrderStatus.PAID or order.is_to_be_cancelled:
        return 0
    return max(attempt_limit - order.attempt, 0)


def shown_payment_method(order: Order) -> str:
    """Return the end of the token in use, by which a buyer tells two cards apart.

    Never more than half of the token, so that it cannot be used.
    """
    token = order.payment_method
    shown = min(SHOWN_CHARACTERS, len(token) // 2)
    return f"…{token[len(token) - shown :]}"
