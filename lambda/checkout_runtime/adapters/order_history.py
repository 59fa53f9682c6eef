"""An order's history: when it first and last came to each state, in each payment attempt.

Kept in attributes of the order itself, written by the update that takes the transition: no write
more, and a bounded number of attributes whatever happens. That both times are kept and not every
one in between is the price of that; ``claim_epoch`` and ``resend`` count, and the log has each.
"""

from enum import StrEnum

from checkout_runtime.adapters.item_update import Attribute, Update

__all__ = ["RELEASED", "history_key", "remembered"]

RELEASED = "released"
"""The history key of an operator's redrive, which names no attempt."""


def history_key(status: StrEnum, attempt: int) -> str:
    """Return the key under which the order's history has a state in an attempt.

    >>> from checkout_runtime.domain.order import OrderStatus
    >>> history_key(OrderStatus.PAID, 1)
    '1_PAID'
    """
    return f"{attempt}_{status.value}"


def remembered(key: str, now: int) -> Update:
    """Return the update that remembers a history key at a time.

    >>> list(remembered("1_PAID", 1_750_000_000_000).set)
    ['first_1_PAID', 'last_1_PAID']
    """
    return Update(set={f"first_{key}": Attribute(f"first_{key}").or_else(now), f"last_{key}": now})
