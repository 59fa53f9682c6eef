"""Names are short, printable, and have lost nothing on the way."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.fields import MAX_NAME, is_name, text_error


@pytest.mark.parametrize("length", [1, MAX_NAME])
def test_a_name_may_be_as_short_and_as_long_as_is_said(length: int) -> None:
    assert is_name("x" * length)


@pytest.mark.parametrize(
    "value", ["", "x" * (MAX_NAME + 1), " x", "x ", "a\nb", "a\ufffdb", 7, None]
)
def test_what_is_no_name(value: object) -> None:
    assert not is_name(value)


def test_a_text_may_be_as_long_as_is_said() -> None:
    assert text_error("x" * 128) is None
    assert text_error("x" * 129) == (
        "must be 1 to 128 printable characters, with no space at either end"
    )


def test_what_is_an_article_number_as_well_is_a_card_number_where_nobody_says_otherwise() -> None:
    both = "4000000000006"
    assert text_error(both, article_numbers=True) is None
    assert text_error(both) == "looks like a card number; send an id of your own"
