"""An order's history: when it first and last came to each state, in each payment attempt.

Kept in attributes of the order itself, written by the update that takes the transition: no write
more, and a bounded number of attributes whatever happens. That both times are kept and not every
one in between is the price of that; ``claim_epoch`` and ``resend`` count, and the log has each.
"""

from checkout_runtime.domain.order import OrderStatus

__all__ = ["RELEASED", "came_to", "remember"]

RELEASED = "released"
"""A person's redrive, which names no attempt."""


def came_to(status: OrderStatus, attempt: int) -> str:
    """Name the passage of an order to a state in an attempt.

    >>> came_to(OrderStatus.PAID, 1)
    '1_PAID'
    """
    return f"{attempt}_{status.value}"


def remember(passage: str) -> str:
    """Return what a ``SET`` needs so that the passage is remembered at ``:at``, by whose clock the
    update is made.

    >>> remember("1_PAID")
    'first_1_PAID = if_not_exists(first_1_PAID, :at), last_1_PAID = :at'
    """
    first, last = f"first_{passage}", f"last_{passage}"
    return f"{first} = if_not_exists({first}, :at), {last} = :at"
