"""Card numbers in a text, however they are spelled: found before the text is stored or logged.

A card number is 13 to 19 digits that begin as those of a card network do, have a length of that
network's, and end in the right check digit (ISO/IEC 7812). Other long numbers pass: most of them
begin otherwise, and nine of ten that do not have another check digit.

Of digits that are joined to letters only 15 or 16 are one, as nearly all cards have: shops and
payment services name things by longer and shorter numbers behind a prefix. So it is behind zeros
that pad a number. Digests and UUIDs are left out.

A security code that is glued on is found behind Visa, Mastercard and American Express only, which
makes 19 digits. Of random numbers this refuses 4.2 % with 16 digits, 2.2 % with 17, 1.9 % with 18,
5.0 % with 19 (2.1 % of them for the code; 6.5 % if every network counted, which is too many), and
less than 0.1 % of those with 20 to 22. Of random 16 digits padded to 20 by zeros it refuses 4 %, as
of the same number without them. Ids that count up or begin with a time, as those of 17 to 19 digits
that begin with 1 do, are not refused.
"""

import re
import unicodedata

__all__ = ["contains_card_number", "storable_charge_id"]

MOST_DIGITS = 19
FEWEST_DIGITS = 13
USUAL_DIGITS = (15, 16)
"""Of American Express, and of nearly all others."""
MOST_PHONE_DIGITS = 15
"""Of a phone number behind its ``+`` (ITU-T E.164)."""
MOST_SEPARATORS = 16
"""Signs between two groups of digits, as many as a card has digits; spaces are not counted."""

# Visa; Mastercard; American Express; Diners Club; JCB; Mir; Maestro, Discover, UnionPay, RuPay.
# Texts, compiled where first used: they take longer than all else of this module at a start.
_NETWORK = (
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"
    r"|5[1-5][0-9]{14}"
    r"|(?:222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|3[47][0-9]{13}"
    r"|(?:30[0-5]|309|36[0-9]|3[89][0-9])[0-9]{11,16}"
    r"|35[2-8][0-9]{13,16}"
    r"|220[0-4][0-9]{12,15}"
    r"|(?:5[06-8]|6[0-9])[0-9]{11,17}"
)
_WITH_THREE_DIGITS = ("4", "51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27")
_WITH_FOUR_DIGITS = ("34", "37")
_DIGITS = re.compile(r"[0-9]+")
_SEPARATORS = re.compile(r"[\W_]+")
_LETTER_BEFORE = re.compile(r"[^\W\d_]_?\Z")
_LETTER_AFTER = re.compile(r"_?[^\W\d_]")
_NO_NUMBER = (
    r"(?i)(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])"
    r"|(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{24,}(?![0-9a-z])"
)
"""UUIDs, and hexadecimal ids of 24 digits or more with a letter among them."""
_INVISIBLE = re.compile("[\u115f\u1160\u3164\uffa0]")
"""Letters of Unicode that show nothing; other such characters are known by their category."""
_INVISIBLE_CATEGORIES = ("Cf", "Me", "Mn")
_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.:+/=-]+")
_ARTICLE_NUMBER_DIGITS = (13, 14)


def contains_card_number(
    text: str, *, article_numbers: bool = False, usual_lengths: bool = False
) -> bool:
    """Tell whether a card number stands in the text.

    Its digits may be of any script, in groups with separators between them, with invisible
    characters among them, and with other words and numbers around them.

    Args:
        text: Any text.
        article_numbers: Whether 13 or 14 digits with the check digit of an article number (EAN,
            GTIN; GS1 General Specifications, section 7.9) are one. Default: they may be a card's.
        usual_lengths: Whether only 15 or 16 digits count, also where no letter is joined to them:
            for texts whose refusal costs a sale. Default: every length of every network.

    >>> contains_card_number("visa 4242.4242.4242.4242, 12/30")
    True
    >>> contains_card_number("card4242424242424242x")
    True
    >>> contains_card_number("pm_4242424242424241")
    False
    """
    return _card_number_in(text, article_numbers, usual_lengths) is not None


def storable_charge_id(charge_id: str) -> str:
    """Return a payment service's id of a charge as it is stored and logged.

    The id is proof: by it a charge is found, refunded, and told from another one. So whatever has
    the shape of an id (a letter, no spaces: ``ch_4242424242424242``) is stored exactly, and so is
    every number that is no card's by its check digit. What remains is a card number in the place
    of an id. Of that the first six and the last four digits are kept, which PCI DSS allows and
    which is enough to find the charge by. A service whose ids are bare numbers of 15 or 16 digits
    has about one in twenty-five of them stored so; the order's payment key still names the charge.

    >>> storable_charge_id("4242 4242 4242 4242")
    '424242******4242'
    >>> storable_charge_id("ch_4242424242424242")
    'ch_4242424242424242'
    """
    if _ID.fullmatch(charge_id):
        return charge_id
    digits = _card_number_in(charge_id, article_numbers=False, usual_lengths=True)
    if digits is None:
        return charge_id
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def _card_number_in(text: str, article_numbers: bool, usual_lengths: bool) -> str | None:
    """Return the digits of the first card number in the text, or None."""
    plain = re.sub(_NO_NUMBER, "x", _plain(text))
    groups = list(_DIGITS.finditer(plain))
    if sum(len(group[0]) for group in groups) < FEWEST_DIGITS:
        return None
    for place, first in enumerate(groups):
        is_joined = _LETTER_BEFORE.search(plain, max(0, first.start() - 2), first.start())
        unpadded = _without_zeros(first[0])
        is_padded = unpadded != first[0]
        is_phone = plain.endswith("+", 0, first.start()) or first[0] == f"00{unpadded}"
        digits, end = "", first.start()
        for group in groups[place:]:
            goes_on = len(digits) < MOST_DIGITS and _separates(plain, end, group.start())
            if digits and not goes_on:
                break
            digits += unpadded if group is first else group[0]
            end = group.end()
            usual = usual_lengths or is_joined or is_padded or _LETTER_AFTER.match(plain, end)
            if not usual and _is_card_number_with_code(digits):
                return digits
            if (
                _is_card_number(digits)
                and not (usual and len(digits) not in USUAL_DIGITS)
                and not (is_phone and len(digits) <= MOST_PHONE_DIGITS)
                and not (article_numbers and digits == first[0] and _is_article_number(digits))
            ):
                return digits
    return None


def _separates(text: str, start: int, end: int) -> bool:
    """Tell whether the text between two groups of digits may be part of one number."""
    if not _SEPARATORS.fullmatch(text, start, end):
        return False
    return sum(not each.isspace() for each in text[start:end]) <= MOST_SEPARATORS


def _plain(text: str) -> str:
    """Return the text with its digits as ASCII, whatever their script, and nothing invisible."""
    if text.isascii():
        return text
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return "".join(
        str(unicodedata.digit(each)) if each.isdigit() else each
        for each in folded
        if unicodedata.category(each) not in _INVISIBLE_CATEGORIES
    )


def _is_card_number(digits: str) -> bool:
    if not re.fullmatch(_NETWORK, digits):
        return False
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_card_number_with_code(digits: str) -> bool:
    """Tell whether a card number stands with its security code glued on.

    Visa and Mastercard print 3 digits, American Express 4, so all of these have 19 together.
    """
    if len(digits) != MOST_DIGITS:
        return False
    has_three = digits.startswith(_WITH_THREE_DIGITS) and _is_card_number(digits[:16])
    return has_three or (digits.startswith(_WITH_FOUR_DIGITS) and _is_card_number(digits[:15]))


def _without_zeros(group: str) -> str:
    """Return a group of digits without what pads it.

    One zero before a short group belongs to it, as in a date or a time.
    """
    unpadded = group.lstrip("0")
    is_short = len(group) < FEWEST_DIGITS and len(group) == len(unpadded) + 1
    return group if is_short or not unpadded else unpadded


def _is_article_number(digits: str) -> bool:
    if len(digits) not in _ARTICLE_NUMBER_DIGITS:
        return False
    weighted = (int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return sum(weighted) % 10 == 0
