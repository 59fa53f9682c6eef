"""What a buyer submits: read strictly, every wrong field named, nothing guessed."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checkout_runtime.domain.order import OrderLine

__all__ = [
    "FieldError",
    "OrderSubmission",
    "Price",
    "UnpricedSubmission",
    "parse_submission",
    "parse_unpriced",
    "payment_method_error",
]

MAX_AMOUNT = 999_999_999_999
"""Minor units; above any real order, below what a JSON reader anywhere rounds (2**53)."""
MAX_LINES = 100
MAX_QUANTITY = 1_000_000
MAX_TEXT = 128
"""Characters of a customer id, SKU or payment token: a full order stays far below 400 KB, the
largest item that DynamoDB stores (DynamoDB developer guide, "Quotas")."""
MAX_UNKNOWN_NAMES = 5
"""Unknown fields of one object that are named in an answer."""
MAX_ERRORS = 50
"""Wrong fields that are named in one answer."""

_CURRENCY = re.compile(r"[A-Z]{3}")  # ISO 4217 alphabetic code
_CARD_NUMBER_DIGITS = range(12, 20)  # ISO/IEC 7812: 12 to 19 digits, Luhn checked


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: a path such as ``lines[0].sku``, and what is wrong with it."""

    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class OrderSubmission:
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
        """SHA-256 of what the buyer asked for: amount, currency, customer, lines.

        The payment method is left out: the same intent with another card is the same order. So is a
        price that the shop computes: a resubmission after a change of prices is still the first
        intent, and stands at the first price.
        """
        price = [] if self.priced_by_shop else [self.amount, self.currency]
        lines = [[line.sku, line.quantity] for line in self.lines]
        canonical = json.dumps([*price, self.customer, lines], separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Price:
    """What a purchase costs, as the shop says."""

    amount: int
    """In minor units of ``currency`` (cents): 1 to 999,999,999,999."""
    currency: str
    """ISO 4217 code in capitals."""


@dataclass(frozen=True, slots=True)
class UnpricedSubmission:
    """A purchase intent whose price the shop computes."""

    customer: str
    lines: tuple[OrderLine, ...]
    payment_method: str

    def at(self, price: Price) -> OrderSubmission:
        """Return the submission at this price.

        Raises:
            ValueError: The price is none: the defect is the shop's, not the buyer's.
        """
        for name, value in (("amount", price.amount), ("currency", price.currency)):
            problem = _ORDER_FIELDS[name](value)
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


def parse_submission(body: object) -> OrderSubmission | list[FieldError]:
    """Return the submission in a decoded JSON body, or every field that is wrong with it."""
    errors = _check_body(body, _ORDER_FIELDS)
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
    errors = _check_body(body, _UNPRICED_FIELDS)
    if errors or not isinstance(body, Mapping):
        return errors
    return UnpricedSubmission(body["customer"], _order_lines(body), body["payment_method"])


def _check_body(body: object, fields: Mapping[str, "_Check"]) -> list[FieldError]:
    if not isinstance(body, Mapping):
        return [FieldError("", "must be a JSON object")]
    errors = _check_fields(body, fields, prefix="")
    lines = body.get("lines")
    if isinstance(lines, list):
        for position, line in enumerate(lines[:MAX_LINES]):
            errors += _check_line(line, f"lines[{position}]")
    return errors[:MAX_ERRORS]


def _order_lines(body: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    return tuple(OrderLine(line["sku"], line["quantity"]) for line in body["lines"])


def payment_method_error(value: object) -> str | None:
    """Return what is wrong with a payment token, or None. A card number is refused."""
    problem = _text_error(value)
    if problem is None and isinstance(value, str) and _looks_like_card_number(value):
        return "looks like a card number; send the payment service's token for it"
    return problem


def _check_line(line: object, path: str) -> list[FieldError]:
    if not isinstance(line, Mapping):
        return [FieldError(path, "must be an object with sku and quantity")]
    return _check_fields(line, _LINE_FIELDS, prefix=f"{path}.")


def _check_fields(
    found: Mapping[str, object], fields: Mapping[str, "_Check"], prefix: str
) -> list[FieldError]:
    errors = []
    for name, check in fields.items():
        problem = check(found[name]) if name in found else "is required"
        if problem:
            errors.append(FieldError(f"{prefix}{name}", problem))
    unknown = [name for name in found if name not in fields]
    # Echoed cut short, and not all: the answer stays small whatever was sent.
    errors += [
        FieldError(f"{prefix}{name[:MAX_TEXT]}", "is not a known field")
        for name in unknown[:MAX_UNKNOWN_NAMES]
    ]
    return errors


def _integer_error(low: int, high: int) -> "_Check":
    def check(value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return f"must be an integer from {low} to {high}"
        return None

    return check


def _currency_error(value: object) -> str | None:
    if isinstance(value, str) and _CURRENCY.fullmatch(value):
        return None
    return "must be an ISO 4217 code in capitals, such as EUR"


def _lines_error(value: object) -> str | None:
    if isinstance(value, list) and 1 <= len(value) <= MAX_LINES:
        return None
    return f"must be a list of 1 to {MAX_LINES} lines"


def _text_error(value: object) -> str | None:
    # isprintable() also refuses NUL, line breaks and lone surrogates, which have no UTF-8 form.
    if (
        isinstance(value, str)
        and 1 <= len(value) <= MAX_TEXT
        and value.isprintable()
        and value == value.strip()
    ):
        return None
    return f"must be 1 to {MAX_TEXT} printable characters, with no space at either end"


def _looks_like_card_number(text: str) -> bool:
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in _CARD_NUMBER_DIGITS):
        return False
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


_Check = Callable[[object], str | None]

_ORDER_FIELDS: Mapping[str, _Check] = {
    "amount": _integer_error(1, MAX_AMOUNT),
    "currency": _currency_error,
    "customer": _text_error,
    "lines": _lines_error,
    "payment_method": payment_method_error,
}
_UNPRICED_FIELDS = {
    name: check for name, check in _ORDER_FIELDS.items() if name not in ("amount", "currency")
}
_LINE_FIELDS: Mapping[str, _Check] = {
    "sku": _text_error,
    "quantity": _integer_error(1, MAX_QUANTITY),
}
