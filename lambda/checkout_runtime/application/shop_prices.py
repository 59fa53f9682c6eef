"""The price of a purchase, as a hook of the shop's application computes it."""

from __future__ import annotations

from collections.abc import Callable

from checkout_runtime.domain.record import Record
from checkout_runtime.domain.submission import OrderSubmission, Price, UnpricedSubmission

__all__ = ["NotForSale", "PriceOrder", "priced_by"]


class NotForSale(Record):
    """The shop does not sell this, or not any more."""

    detail: str
    """What the buyer is told, such as ``not for sale: yacht``."""
    field: str = "lines"
    """The field that is at fault."""


PriceOrder = Callable[[UnpricedSubmission], Price | NotForSale]
"""The shop's own price of a purchase, or that it has none.

It is asked at every submission, and the first price stands. A resubmission of a stored order is
answered by that order whatever the hook returns or raises now. For a new purchase ``NotForSale``
becomes :class:`~checkout_runtime.intake.InvalidOrder`, and an exception is the application's
defect: it reaches the caller of ``place``.
"""


def priced_by(
    price_order: PriceOrder, submission: UnpricedSubmission
) -> OrderSubmission | NotForSale | Exception:
    """Return the submission at the shop's price, or why it has none.

    An exception is returned, not raised: the purchase may be an order already.
    """
    try:
        price: object = price_order(submission)
        if isinstance(price, NotForSale):
            return price
        if not isinstance(price, Price):
            kind = type(price).__name__
            return TypeError(f"price_order returned a {kind}; it must return Price or NotForSale")
        return submission.at(price)
    except Exception as problem:  # noqa: BLE001 - whatever the application's own code raises
        return problem
