"""What a buyer submits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.submission import (
    MAX_QUANTITY,
    MAX_TEXT,
    PAYMENT_METHOD,
    FieldError,
    OrderSubmission,
    parse_submission,
)
from tests.checkout_runtime.factories import submitted

NO_INTEGERS: list[Any] = [None, True, False, 1.0, 4200.5, "4200", [], {}, float("inf"), 0, -1]
NO_TEXTS: list[Any] = [
    None,
    True,
    7,
    1.5,
    [],
    {},
    "",
    " ",
    " a",
    "a ",
    "a\x00b",
    "a\nb",
    "a\u200bb",
    "a\ufffdb",
    "\ud800",
    "a" * (MAX_TEXT + 1),
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def wrong_fields(body: object) -> list[str]:
    result = parse_submission(body)
    assert isinstance(result, list)
    return [error.field for error in result]


def test_a_valid_submission_is_read_as_it_is() -> None:
    result = parse_submission(submitted())
    assert isinstance(result, OrderSubmission)
    assert (result.amount, result.currency, result.customer) == (4200, "EUR", "cus_1")
    assert [(line.sku, line.quantity) for line in result.lines] == [("mug", 2)]
    assert result.payment_method == "pm_ok"


@pytest.mark.parametrize("name", ["amount", "currency", "customer", "lines", "payment_method"])
def test_a_missing_field_is_named(name: str) -> None:
    assert parse_submission(submitted(**{name: ...})) == [FieldError(name, "is required")]


@pytest.mark.parametrize("value", [*NO_INTEGERS, 10**12, 10**40])
def test_an_amount_is_a_positive_integer_of_minor_units(value: Any) -> None:
    assert wrong_fields(submitted(amount=value)) == ["amount"]


@pytest.mark.parametrize(
    "value", [None, 7, "", "eur", "Eur", "EU", "EURO", "EUR\n", " EUR", "€€€", "\uff25UR", ["EUR"]]
)
def test_a_currency_is_three_capital_letters(value: Any) -> None:
    assert wrong_fields(submitted(currency=value)) == ["currency"]


@pytest.mark.parametrize(
    "code",
    [
        *("XXX", "XTS", "XAU", "XAG", "XPD", "XPT"),
        *("XBA", "XBB", "XBC", "XBD", "XAD", "XDR", "XSU", "XUA"),
    ],
)
def test_a_code_that_is_no_money_is_no_currency(code: str) -> None:
    assert wrong_fields(submitted(currency=code)) == ["currency"]


@pytest.mark.parametrize("code", ["EUR", "XAF", "XOF", "XPF", "XCD", "XCG", "ZWG"])
def test_money_is_a_currency_also_where_it_begins_with_x(code: str) -> None:
    assert isinstance(parse_submission(submitted(currency=code)), OrderSubmission)


def test_text_of_which_some_was_lost_says_so() -> None:
    [error] = parse_submission(submitted(customer="Zo\ufffd"))  # type: ignore[misc]
    assert "U+FFFD" in error.detail


@pytest.mark.parametrize("name", ["customer", "payment_method"])
@pytest.mark.parametrize("value", NO_TEXTS, ids=ascii)
def test_a_text_is_short_and_printable(name: str, value: Any) -> None:
    assert wrong_fields(submitted(**{name: value})) == [name]


@pytest.mark.parametrize("value", [None, {}, "mug", 1, [], [{"sku": "a", "quantity": 1}] * 101])
def test_lines_are_a_list_of_one_to_a_hundred(value: Any) -> None:
    assert "lines" in wrong_fields(submitted(lines=value))


@pytest.mark.parametrize("value", [*NO_INTEGERS, MAX_QUANTITY + 1])
def test_the_wrong_quantity_of_a_line_is_named_with_its_place(value: Any) -> None:
    lines = [{"sku": "mug", "quantity": 1}, {"sku": "tea", "quantity": value}]
    assert wrong_fields(submitted(lines=lines)) == ["lines[1].quantity"]


@pytest.mark.parametrize("value", NO_TEXTS, ids=ascii)
def test_the_wrong_sku_of_a_line_is_named_with_its_place(value: Any) -> None:
    assert wrong_fields(submitted(lines=[{"sku": value, "quantity": 1}])) == ["lines[0].sku"]


@pytest.mark.parametrize("line", [None, "mug", 3, ["mug", 1]])
def test_a_line_that_is_no_object_is_named(line: Any) -> None:
    assert wrong_fields(submitted(lines=[line])) == ["lines[0]"]


def test_unknown_fields_are_refused_wherever_they_stand() -> None:
    lines = [{"sku": "mug", "quantity": 1, "price": 3}]
    assert wrong_fields(submitted(lines=lines, coupon="X")) == ["coupon", "lines[0].price"]


def test_a_long_unknown_name_is_echoed_cut_short() -> None:
    [field] = wrong_fields(submitted(**{"x" * 10_000: 1}))
    assert len(field) == MAX_TEXT


def test_a_name_that_is_no_text_is_an_unknown_field() -> None:
    """An application of one's own may hand over any mapping."""
    body: dict[Any, Any] = {**submitted(), 7: 1}
    assert wrong_fields(body) == ["7"]


def test_every_wrong_field_is_named_at_once() -> None:
    body = submitted(amount=0, currency="eur", customer="", lines=[{}], payment_method=None)
    assert sorted(wrong_fields(body)) == [
        "amount",
        "currency",
        "customer",
        "lines[0].quantity",
        "lines[0].sku",
        "payment_method",
    ]


@pytest.mark.parametrize("body", [None, [], "text", 1, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    assert parse_submission(body) == [FieldError("", "must be a JSON object")]


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "378282246310005",
        "6011000990139424",
        "630495060000000000",
    ],
)
def test_a_card_number_is_refused_with_a_reason_of_its_own(number: str) -> None:
    assert "card number" in str(PAYMENT_METHOD(number))


@pytest.mark.parametrize("token", ["pm_4242424242424241", "tok_visa", "4242424242424241", "12345"])
def test_a_token_that_is_no_card_number_is_taken(token: str) -> None:
    assert PAYMENT_METHOD(token) is None


@given(JSON_VALUES)
def test_any_json_value_is_a_submission_or_a_list_of_errors(body: Any) -> None:
    result = parse_submission(body)
    assert isinstance(result, OrderSubmission) or (result and isinstance(result, list))


@given(st.sampled_from(list(submitted())), JSON_VALUES)
def test_any_value_in_any_field_is_taken_or_named(name: str, value: Any) -> None:
    result = parse_submission(submitted(**{name: value}))
    if isinstance(result, OrderSubmission):
        # What is taken can be stored and sent: UTF-8, and numbers that DynamoDB keeps exactly.
        json.dumps(submitted(**{name: value}), ensure_ascii=False).encode()
    else:
        assert all(error.field.startswith(name) for error in result)


def test_the_smallest_amount_is_one_minor_unit() -> None:
    assert isinstance(parse_submission(submitted(amount=1)), OrderSubmission)


def test_the_largest_submission_fits_an_item_of_dynamodb() -> None:
    lines = [{"sku": "\U0001f600" * MAX_TEXT, "quantity": MAX_QUANTITY}] * 100
    body = submitted(lines=lines, amount=10**12 - 1, customer="\U0001f600" * MAX_TEXT)
    assert isinstance(parse_submission(body), OrderSubmission)
    assert len(json.dumps(body, ensure_ascii=False).encode()) < 200 * 1024
