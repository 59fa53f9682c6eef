"""What a buyer submits: read strictly, every wrong field named, nothing guessed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from checkout_runtime.domain.fields import (
    MAX_ERRORS,
    MAX_TEXT,
    Check,
    FieldError,
    Integer,
    Text,
    check_fields,
    check_object,
)
from checkout_runtime.domain.order import Order, OrderLine
from checkout_runtime.domain.record import Record

__all__ = [
    "LINE_FIELDS",
    "MAX_TEXT",
    "NOT_MONEY",
    "ORDER_FIELDS",
    "PAYMENT_METHOD",
    "UNPRICED_FIELDS",
    "Currency",
    "FieldError",
    "Lines",
    "OrderSubmission",
    "Price",
    "UnpricedSubmission",
    "parse_submission",
    "parse_unpriced",
]

MAX_AMOUNT = 999_999_999_999
"""Minor units; above any real order, below what a JSON reader anywhere rounds (2**53)."""
MAX_LINES = 100
MAX_QUANTITY = 1_000_000
NOT_MONEY = frozenset(
    {
        *("XXX", "XTS"),  # no currency; for tests
        *("XAG", "XAU", "XPD", "XPT"),  # metals
        *("XBA", "XBB", "XBC", "XBD"),  # bond markets' units
        *("XAD", "XDR", "XSU", "XUA"),  # units of account between central banks
    }
)
"""Codes of ISO 4217 that nobody can be charged in. They are the ones that are listed, and not the
currencies: those change every year, and only the payment service knows which of them it takes."""

_CURRENCY = re.compile(r"[A-Z]{3}")  # ISO 4217 alphabetic code


class OrderSubmission(Record):
    """A purchase intent that can be stored as an order."""

    amount: int
    currency: str
    customer: str
    lines: tuple[OrderLine, ...]
    payment_method: str
    priced_by_shop: bool = False
    """Whether the price is the shop's, computed at each submission, and not the buyer's word."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the buyer asked for: amount, currency, customer, and lines in any order.

        The payment method is left out: the same intent with another card is the same order. So is a
        price that the shop computes: a resubmission after a change of prices is still the first
        intent, and stands at the first price.
        """
        return _fingerprint(self._price, self.customer, _sorted(self.lines))

    def matches(self, order: Order) -> bool:
        """Tell whether the stored order is of this purchase."""
        return _matches(order, self._price, self.customer, self.lines)

    @property
    def _price(self) -> list[object]:
        return [] if self.priced_by_shop else [self.amount, self.currency]


class Price(Record):
    """What a purchase costs, as the shop says."""

    amount: int
    """In minor units of ``currency`` (cents): 1 to 999,999,999,999."""
    currency: str
    """ISO 4217 code in capitals."""


class UnpricedSubmission(Record):
    """A purchase intent whose price the shop computes."""

    customer: str
    lines: tuple[OrderLine, ...]
    payment_method: str

    def at(self, price: Price) -> OrderSubmission:
        """Return the submission at this price.

        Raises:
            ValueError: The price is invalid: the defect is the shop's, not the buyer's.
        """
        for name, value in (("amount", price.amount), ("currency", price.currency)):
            problem = ORDER_FIELDS[name](value)
            if problem is not None:
                raise ValueError(f"the shop's price: {name} is {value!r}; it {problem}")
        return OrderSubmission(
            amount=price.amount,
            currency=price.currency,
            customer=self.customer,
            lines=self.lines,
            payment_method=self.payment_method,
            priced_by_shop=True,
        )

    def matches(self, order: Order) -> bool:
        """Tell whether the stored order is of this purchase, whatever the shop asks for it now."""
        return _matches(order, [], self.customer, self.lines)


def parse_submission(body: object) -> OrderSubmission | list[FieldError]:
    """Return the submission in a decoded JSON body, or every field that is wrong with it."""
    errors = _check_body(body, ORDER_FIELDS)
    if errors or not isinstance(body, Mapping):
        return errors
    return OrderSubmission(
        amount=body["amount"],
        currency=body["currency"],
        customer=body["customer"],
        lines=_order_lines(body),
        payment_method=body["payment_method"],
    )


def parse_unpriced(body: object) -> UnpricedSubmission | list[FieldError]:
    """Return the submission without a price in a decoded body, or every wrong field.

    A price in it is a wrong field: a buyer's word about a price is refused, not ignored.
    """
    errors = _check_body(body, UNPRICED_FIELDS)
    if errors or not isinstance(body, Mapping):
        return errors
    return UnpricedSubmission(body["customer"], _order_lines(body), body["payment_method"])


def _fingerprint(price: Sequence[object], customer: str, lines: Sequence[OrderLine]) -> str:
    pairs = [[line.sku, line.quantity] for line in lines]
    canonical = json.dumps([*price, customer, pairs], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _sorted(lines: Sequence[OrderLine]) -> list[OrderLine]:
    return sorted(lines, key=lambda line: (line.sku, line.quantity))


def _matches(
    order: Order, price: Sequence[object], customer: str, lines: Sequence[OrderLine]
) -> bool:
    """Compare the stored fingerprint with this purchase's.

    The first version made it of the lines as they came, so an order of its time is compared with
    this purchase in the order's own sequence of lines.
    """
    own = _sorted(lines)
    if order.fingerprint == _fingerprint(price, customer, own):
        return True
    return _sorted(order.lines) == own and order.fingerprint == _fingerprint(
        price, customer, order.lines
    )


def _check_body(body: object, fields: Mapping[str, Check]) -> list[FieldError]:
    errors = check_object(body, fields)
    lines = body.get("lines") if isinstance(body, Mapping) else None
    if isinstance(lines, list):
        for position, line in enumerate(lines[:MAX_LINES]):
            errors += _check_line(line, f"lines[{position}]")
    return errors[:MAX_ERRORS]


def _order_lines(body: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    return tuple(OrderLine(line["sku"], line["quantity"]) for line in body["lines"])


def _check_line(line: object, path: str) -> list[FieldError]:
    if not isinstance(line, Mapping):
        return [FieldError(path, "must be an object with sku and quantity")]
    return check_fields(line, LINE_FIELDS, prefix=f"{path}.")


class Currency(Record):
    """Checks for a code of ISO 4217 that is money."""

    def __call__(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
            return "must be an ISO 4217 code in capitals, such as EUR"
        if value in NOT_MONEY:
            return "is no currency that anybody can be charged in; send one such as EUR"
        return None


class Lines(Record):
    """Checks that a value is a list of 1 to ``most`` lines; each line is checked by itself."""

    most: int

    def __call__(self, value: object) -> str | None:
        """Return what is wrong with the value, or None."""
        if isinstance(value, list) and 1 <= len(value) <= self.most:
            return None
        return f"must be a list of 1 to {self.most} lines"


PAYMENT_METHOD = Text(instead="send the payment service's token for it")
"""A payment token. A card number is refused."""
ORDER_FIELDS: Mapping[str, Check] = {
    "amount": Integer(1, MAX_AMOUNT),
    "currency": Currency(),
    "customer": Text(),
    "lines": Lines(MAX_LINES),
    "payment_method": PAYMENT_METHOD,
}
"""An order with its price. What is published about requests is generated from these tables."""
UNPRICED_FIELDS = {
    name: check for name, check in ORDER_FIELDS.items() if name not in ("amount", "currency")
}
"""An order whose price the shop computes."""
LINE_FIELDS: Mapping[str, Check] = {
    "sku": Text(article_numbers=True, instead="send the article's own number"),
    "quantity": Integer(1, MAX_QUANTITY),
}
"""A line of an order."""
