"""Names are short, printable, and have lost nothing on the way."""

from __future__ import annotations

import pytest

from checkout_runtime.domain.fields import MAX_NAME, is_name


@pytest.mark.parametrize("length", [1, MAX_NAME])
def test_a_name_may_be_as_short_and_as_long_as_is_said(length: int) -> None:
    assert is_name("x" * length)


@pytest.mark.parametrize(
    "value", ["", "x" * (MAX_NAME + 1), " x", "x ", "a\nb", "a\ufffdb", 7, None]
)
def test_what_is_no_name(value: object) -> None:
    assert not is_name(value)
