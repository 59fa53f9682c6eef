"""Card numbers are found however they are spelled, and ids are not taken for them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checkout_runtime.domain.card_numbers import contains_card_number, storable_charge_id
from checkout_runtime.domain.correlation import is_correlation_id
from checkout_runtime.domain.submission import PAYMENT_METHOD, parse_submission
from tests.checkout_runtime.factories import submitted

CARDS = (
    *("4242424242424242", "4000056655665556", "4222222222222", "4000000000000000006"),  # Visa
    *("5555555555554444", "5105105105105100", "2223003122003222", "2720990000000007"),  # Mastercard
    *("378282246310005", "371449635398431"),  # American Express
    *("3056930009020004", "36227206271667", "38520000023237"),  # Diners Club
    *("3566002020360505", "3530111333300000"),  # JCB
    *("6011111111111117", "6011000990139424"),  # Discover
    *("6200000000000005", "6205500000000000004"),  # UnionPay
    *("6759649826438453", "630495060000000000", "5018000000000009"),  # Maestro
    "2200000000000004",  # Mir
)
"""Test numbers that the payment services publish, and some of their lengths."""
USUAL = tuple(each for each in CARDS if len(each) in (15, 16))
SEPARATORS = (
    *(" ", ".", "-", "/", "_", ",", "\u00b7", "\u2010", "\u2013", "\u2014", "\u00a0", " - "),
    *("     ", " ... ", "\u200b", "\u200b\u200c\u200d\u2060", "\ufeff", "\u00ad", "\ufe0f\u20e3 "),
    *("\u3164", "\n"),
)
FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
ARABIC = str.maketrans("0123456789", "".join(chr(0x0660 + n) for n in range(10)))
SUPERSCRIPT = str.maketrans(
    "0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)
CIRCLED = str.maketrans(
    "0123456789", "\u24ea\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467\u2468"
)
BEFORE = ("", "card ", "my card is: ", "visa:", "PAN=", "(", "#", "1. ", "für ", "'", "12/27 ")
AFTER = ("", " exp 12/27 123", ", thanks", ")", ";cvc=123", " 12", "?", "'")


@st.composite
def spelled_cards(draw: st.DrawFn) -> str:
    """A card number as somebody may write it, with something around it."""
    number = draw(st.sampled_from(CARDS))
    separator = draw(st.sampled_from(SEPARATORS))
    cuts = draw(st.sets(st.integers(1, len(number) - 1)))
    spelled = "".join(
        (separator if place in cuts else "") + digit for place, digit in enumerate(number)
    )
    table = draw(st.sampled_from([{}, FULL_WIDTH, ARABIC, SUPERSCRIPT, CIRCLED]))
    return draw(st.sampled_from(BEFORE)) + spelled.translate(table) + draw(st.sampled_from(AFTER))


@given(spelled_cards())
def test_a_card_number_is_found_however_it_is_spelled(text: str) -> None:
    assert contains_card_number(text)


@given(
    st.sampled_from(USUAL),
    st.sampled_from(["card", "x", "pm_", "visa_", "K", "für"]),
    st.sampled_from(["", "x", "_x", "exp"]),
)
def test_a_card_number_is_found_between_letters(number: str, before: str, after: str) -> None:
    assert contains_card_number(before + number + after)
    assert contains_card_number(f"{number}{after or 'x'}")


@pytest.mark.parametrize(
    "text",
    [
        *("card4242424242424242x", "4242_4242_4242_4242", "4242/4242/4242/4242"),
        *(
            "x4242_4242_4242_4242_x",
            "4242\u200b4242\u200b4242\u200b4242",
            "card4242 4242 4242 4242",
        ),
        "4242424242424242".translate(FULL_WIDTH),
        "4242424242424242".translate(ARABIC),
        "kort" + "4242424242424242".translate(ARABIC) + "x",
    ],
)
def test_a_card_number_is_refused_in_each_spelling(text: str) -> None:
    assert contains_card_number(text)
    assert PAYMENT_METHOD(text) is not None


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize("name", ["customer", "payment_method"])
def test_a_card_number_is_refused_in_every_text_of_a_submission(name: str, number: str) -> None:
    result = parse_submission(submitted(**{name: f"card {number}"}))
    assert isinstance(result, list)
    assert [each.field for each in result] == [name]
    assert "card number" in result[0].detail
    assert number not in result[0].detail


@given(spelled_cards().filter(lambda text: len(text) <= 128 and text.isprintable()))
def test_a_spelled_card_number_is_refused_in_every_text_of_a_submission(text: str) -> None:
    for body in (
        submitted(customer=text),
        submitted(payment_method=text),
        submitted(lines=[{"sku": f"x {text}", "quantity": 1}]),
    ):
        assert isinstance(parse_submission(body), list)


@pytest.mark.parametrize("number", [each for each in CARDS if len(each) > 14])
def test_a_card_number_is_refused_as_an_article_number(number: str) -> None:
    result = parse_submission(submitted(lines=[{"sku": number, "quantity": 1}]))
    assert isinstance(result, list)
    assert [each.field for each in result] == ["lines[0].sku"]


@pytest.mark.parametrize("number", ["4242424242424242", "4242-4242-4242-4242", "378282246310005"])
def test_a_card_number_is_no_correlation_id(number: str) -> None:
    assert not is_correlation_id(number)
    assert not is_correlation_id(f"card:{number}")


# The id of a charge -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "charge_id",
    [
        *("ch_1", "ch_4242424242424242", "py_3NffrFeUfNV2HibA", "tr-4242-4242-4242-4242"),
        *("4242424242424241", "8825408195409505", "1700000000000", "630495060000000000"),
        *("4222222222222", "7b0f7fd0-4242-4242-8000-000000000000", "A4242424242424242"),
    ],
)
def test_an_id_of_a_charge_is_stored_exactly(charge_id: str) -> None:
    assert storable_charge_id(charge_id) == charge_id


@pytest.mark.parametrize("number", USUAL)
@pytest.mark.parametrize("spelled", ["{}", " {} ", "card {}", "{} (visa)"])
def test_a_card_number_in_the_place_of_an_id_is_cut(number: str, spelled: str) -> None:
    cut = storable_charge_id(spelled.format(number))
    assert cut == f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    assert storable_charge_id(cut) == cut


# What is none ----------------------------------------------------------------------------------


@given(st.uuids())
def test_a_uuid_is_no_card_number(value: Any) -> None:
    assert not contains_card_number(str(value))
    assert not contains_card_number(f"order {value} of ada")
    assert not contains_card_number(value.hex)


def test_a_uuid_of_digits_alone_is_no_card_number() -> None:
    number = "42424242-4242-4242-8000-000000000000"
    assert contains_card_number(number[:18])
    assert not contains_card_number(number)


def with_check_digit(digits: str) -> str:
    """An article number, as GS1 makes it."""
    total = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


@given(st.from_regex(r"[0-9]{12,13}", fullmatch=True).filter(str.isascii))
def test_an_article_number_is_a_sku(digits: str) -> None:
    sku = with_check_digit(digits)
    result = parse_submission(submitted(lines=[{"sku": sku, "quantity": 1}]))
    assert not isinstance(result, list)


def test_an_article_number_is_one_in_a_sku_alone() -> None:
    both = next(
        number
        for number in (with_check_digit(str(n)) for n in range(3600000000000, 3600000001000))
        if contains_card_number(number)
    )
    assert not isinstance(parse_submission(submitted(lines=[{"sku": both, "quantity": 1}])), list)
    in_groups = [{"sku": f"{both[:4]} {both[4:]}", "quantity": 1}]
    assert isinstance(parse_submission(submitted(lines=in_groups)), list)
    assert isinstance(parse_submission(submitted(customer=both)), list)
    assert PAYMENT_METHOD(both) is not None


@given(
    st.sampled_from(["cus_", "pm_", "ord_", "sku_", "K", "pm_card_"]),
    st.sampled_from(CARDS).filter(lambda each: each not in USUAL),
)
def test_digits_of_another_length_behind_letters_are_an_id(prefix: str, digits: str) -> None:
    assert not contains_card_number(prefix + digits)
    assert PAYMENT_METHOD(prefix + digits) is None


@given(
    st.sampled_from(["cus_", "pm_", "K", "order"]), st.from_regex(r"[0-9]{15,16}", fullmatch=True)
)
def test_digits_behind_letters_are_an_id_by_their_check_digit(prefix: str, digits: str) -> None:
    assume(digits.isascii() and not contains_card_number(digits))
    assert not contains_card_number(prefix + digits)


@given(st.text("0123456789abcdef", min_size=24, max_size=64))
def test_a_digest_is_no_card_number(digest: str) -> None:
    assume(not digest.isdigit())
    assert not contains_card_number(digest)
    assert not contains_card_number(f"cus_{digest}")


@given(st.integers(1_500_000_000_000, 2_500_000_000_000), st.sampled_from(["", "order", "ord-"]))
def test_a_time_is_no_card_number(milliseconds: int, prefix: str) -> None:
    assert not contains_card_number(f"{prefix}{milliseconds}")


@given(
    st.sampled_from(["pm_", "cus_", "tok_", "src_"]),
    st.text(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=24, max_size=24
    ),
)
def test_an_id_of_a_payment_service_passes(prefix: str, rest: str) -> None:
    assert PAYMENT_METHOD(f"{prefix}1{rest}") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "cus_1", "mug", "tok_visa", "pm_1NffrFeUfNV2HibABCDEFGH", "42"),
        "4242424242424241",  # another check digit
        "1242424242424244",  # no network's
        "2024-05-17-0000000042",  # a date and a number
        "1700000000000",  # a time in milliseconds
        "978-3-16-148410-0",  # an ISBN
        "DE89370400440532013000",  # an IBAN
        "42424242424242424242",  # 20 digits
        "card4242424242424241x",
        "4242x4242x4242x4242",
        "65f1a2b3c4242424242424242",  # an id in hexadecimal digits
    ],
)
def test_what_a_shop_names_things_by_is_no_card_number(text: str) -> None:
    assert not contains_card_number(text)


def test_a_phone_number_is_one_by_its_plus() -> None:
    number = next(
        str(n) for n in range(4915112345600, 4915112345700) if contains_card_number(str(n))
    )
    assert not contains_card_number(f"+{number}")
    assert not contains_card_number(f"+{number[:2]} {number[2:5]} {number[5:]}")
    assert not contains_card_number("+378282246310005")  # as long as the longest
    assert contains_card_number("+4242424242424242")  # longer than any phone number


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_is_judged(text: str) -> None:
    digits = sum(character.isdecimal() for character in unicodedata.normalize("NFKC", text))
    assert not contains_card_number(text) or digits >= 13


@pytest.mark.parametrize(
    "text",
    [
        "4242----4242----4242----4242",
        f"4242{'.' * 16}4242{'_' * 16}4242 {'-' * 8} 4242",
        "4242424242424242123",
        "4242-4242-4242-4242123",
        "5555555555554444999",
        "3782822463100051234",
        "00004242424242424242",
        "04242424242424242",
        "0000000378282246310005",
        "00004242 4242 4242 4242",
        "0424242424242 4242",
    ],
)
def test_a_card_number_is_found_behind_padding_and_before_its_code(text: str) -> None:
    assert contains_card_number(text)
    assert contains_card_number(f"card: {text}, thanks")


@pytest.mark.parametrize(
    "begin", ["4", "51", "52", "53", "54", "55", "2221", "23", "24", "25", "26", "27", "34", "37"]
)
def test_a_code_is_found_behind_all_numbers_of_the_networks_that_print_it(begin: str) -> None:
    length = 15 if begin in ("34", "37") else 16
    numbers = (f"{begin:0<{length - 1}}{check_digit}" for check_digit in range(10))
    [number] = filter(contains_card_number, numbers)
    assert contains_card_number(number + "1234"[: 19 - length])


@pytest.mark.parametrize("invisible", ["\u200b", "\u20dd", "\ufe0f"], ids=unicodedata.category)
def test_any_number_of_invisible_characters_may_stand_in_a_card_number(invisible: str) -> None:
    assert contains_card_number((invisible * 17).join("4242424242424242"))


@pytest.mark.parametrize(
    "text",
    [
        f"4242{'-' * 17}4242{'-' * 17}4242{'-' * 17}4242",
        "04.12.2026 12:30:45",
        "04.12.2026 12:30:45.120",
        "00447911123456789",
        "004222222222222",
        "ord_4242424242424242123",
        "6011111111111117123",
        "3782822463100061234",
        "1234567890123456789",
        "00000000004242424242",
        "042424242424 24242",
        "0004222222222222",
        "4222222222222x",
        "00378282246310005",
        "000 +378282246310005",
        "4242424242424241124",
        "5018000000000071234",
    ],
)
def test_padded_and_longer_numbers_are_ids(text: str) -> None:
    assert not contains_card_number(text)
