"""Card numbers in a text, however they are spelled: found before the text is stored or logged.

A card number is 13 to 19 digits that begin as those of a card network do, have a length of that
network's, and end in the right check digit (ISO/IEC 7812). Other long numbers pass: most of them
begin otherwise, and nine of ten that do not have another check digit.
"""

import re
import unicodedata

__all__ = ["contains_card_number"]

MOST_DIGITS = 19
FEWEST_DIGITS = 13
MOST_PHONE_DIGITS = 15
"""Of a phone number behind its ``+`` (ITU-T E.164)."""

# Visa; Mastercard; American Express; Diners Club; JCB; Mir; Maestro, Discover, UnionPay, RuPay.
_NETWORK = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"
    r"|5[1-5][0-9]{14}"
    r"|(?:222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|3[47][0-9]{13}"
    r"|(?:30[0-5]|309|36[0-9]|3[89][0-9])[0-9]{11,16}"
    r"|35[2-8][0-9]{13,16}"
    r"|220[0-4][0-9]{12,15}"
    r"|(?:5[06-8]|6[0-9])[0-9]{11,17}"
)
_DIGITS = re.compile(r"[0-9]+")
_SEPARATOR = re.compile(r"[\W_]{1,3}")  # "4242 - 4242" has three
_LETTER_BEFORE = re.compile(r"[^\W\d_]_?\Z")
_LETTER_AFTER = re.compile(r"_?[^\W\d_]")
_UUID = re.compile(
    r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", re.IGNORECASE
)
_ARTICLE_NUMBER_DIGITS = (13, 14)


def contains_card_number(text: str, *, article_numbers: bool = False) -> bool:
    """Tell whether a card number stands in the text.

    Its digits may be of any script, in groups with up to three separators between them, and other
    words and numbers may stand around it. Digits that are joined to a letter, directly or by an
    underscore, belong to an id (``cus_4242…``) and are none; neither is a UUID, or a phone number
    behind its ``+``.

    Args:
        text: Any text.
        article_numbers: Whether 13 or 14 digits with the check digit of an article number (EAN,
            GTIN; GS1 General Specifications, section 7.9) are one. Default: they may be a card's.

    >>> contains_card_number("visa 4242.4242.4242.4242, 12/30")
    True
    >>> contains_card_number("pm_4242424242424242")
    False
    """
    plain = _UUID.sub("x", _plain(text))
    groups = list(_DIGITS.finditer(plain))
    if sum(len(group[0]) for group in groups) < FEWEST_DIGITS:
        return False
    for place, first in enumerate(groups):
        if _LETTER_BEFORE.search(plain, max(0, first.start() - 2), first.start()):
            continue
        is_phone = plain[: first.start()].endswith("+")
        digits, end = "", first.start()
        for group in groups[place:]:
            if digits and not _SEPARATOR.fullmatch(plain, end, group.start()):
                break
            digits, end = digits + group[0], group.end()
            if len(digits) > MOST_DIGITS:
                break
            if (
                _is_card_number(digits)
                and not _LETTER_AFTER.match(plain, end)
                and not (is_phone and len(digits) <= MOST_PHONE_DIGITS)
                and not (article_numbers and digits == first[0] and _is_article_number(digits))
            ):
                return True
    return False


def _plain(text: str) -> str:
    """Return the text with its digits, also full-width and other scripts', as ASCII."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)


def _is_card_number(digits: str) -> bool:
    if len(digits) < FEWEST_DIGITS or not _NETWORK.fullmatch(digits):
        return False
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_article_number(digits: str) -> bool:
    if len(digits) not in _ARTICLE_NUMBER_DIGITS:
        return False
    weighted = (int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return sum(weighted) % 10 == 0
