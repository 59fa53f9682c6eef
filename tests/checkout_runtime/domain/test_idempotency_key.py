"""The Idempotency-Key header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.idempotency_key import (
    MAX_KEY_LENGTH,
    MalformedKeyError,
    parse_idempotency_key,
)

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
BARE = st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='",')


@given(st.text(BARE, min_size=1, max_size=MAX_KEY_LENGTH))
def test_a_bare_key_is_taken_as_it_is(key: str) -> None:
    assert parse_idempotency_key(key) == key


@given(st.text(PRINTABLE, min_size=1, max_size=MAX_KEY_LENGTH).filter(str.strip))
def test_a_quoted_key_names_what_was_quoted(key: str) -> None:
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_idempotency_key(f'"{quoted}"') == key


def test_bare_and_quoted_name_the_same_key() -> None:
    assert parse_idempotency_key('"8e03978e"') == parse_idempotency_key(" \t8e03978e ")


@pytest.mark.parametrize(
    ("header", "key"),
    [(r'"a\"b"', 'a"b'), (r'"a\\b"', r"a\b"), ('"a,b"', "a,b"), ('"a b"', "a b"), (r"a\b", r"a\b")],
)
def test_escapes_and_commas_inside_quotes_belong_to_the_key(header: str, key: str) -> None:
    assert parse_idempotency_key(header) == key


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", "empty"),
        ("  \t", "empty"),
        ('""', "empty"),
        ('"   "', "empty"),
        ("a,b", "more than one"),
        ("a, b", "more than one"),
        ('"a", "b"', "more than one"),
        ('"a","a"', "more than one"),
        ("a b", "printable"),
        ('"a', "printable"),
        ('a"', "printable"),
        ('a"b', "printable"),
        (r'"a\b"', "printable"),
        ('"a";b=1', "printable"),
        ("a\x00b", "printable"),
        ("a\nb", "printable"),
        ("clé", "printable"),
        ('"clé"', "printable"),
        ("\uff4b", "printable"),
        ("a\u00a0b", "printable"),
        ("a\x7f", "printable"),
        ("a" * 256, "256 characters"),
        ('"' + "a" * 256 + '"', "256 characters"),
    ],
)
def test_what_is_not_exactly_one_key_is_refused_and_said_why(header: str, why: str) -> None:
    with pytest.raises(MalformedKeyError, match=why):
        parse_idempotency_key(header)


def test_the_longest_key_is_taken() -> None:
    assert len(parse_idempotency_key("a" * MAX_KEY_LENGTH)) == MAX_KEY_LENGTH


@given(st.text())
def test_a_header_is_a_usable_key_or_malformed_and_nothing_else(header: str) -> None:
    try:
        key = parse_idempotency_key(header)
    except MalformedKeyError:
        return
    assert 1 <= len(key) <= MAX_KEY_LENGTH
    assert key.isascii()
    assert key.isprintable()
