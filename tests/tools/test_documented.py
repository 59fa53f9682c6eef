"""What is public says what it means, or there is no page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.documented import Class, UndocumentedError, Value, read
from tools.package_source import public_names

BASE = '''
class Base:
    """A base."""

    #: Inherited.
    price: int
'''
SHOP = '''
from parts.base import Base

LONGEST = Duration.days(1)
#: The currency of every price.
CURRENCY: Final = "EUR"


class Shop(Base):
    """A shop."""

    #: Its name.
    #: On two lines.
    name: str
    _hidden: int

    def __init__(self, scope: Construct, *, patience: Duration = LONGEST, open: bool) -> None:
        """Open a shop.

        :param patience: How long it waits,
            at most.
        :param open: Whether it is.
        :raises ShopClosed: at night.
        """

    @property
    def size(self) -> int:
        """How large it is."""

    def sell(self, sku: str) -> None:
        """Sell something."""

    def _count(self) -> int: ...
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "base.py").write_text(BASE)
    (parts / "shop.py").write_text(SHOP)
    return parts


def shop(package: Path) -> Class:
    found = read(package, "shop", "Shop")
    assert isinstance(found, Class)
    return found


def test_a_property_has_its_type_its_default_and_its_meaning(package: Path) -> None:
    constructor = shop(package).constructor
    assert constructor is not None
    assert constructor.parameters[1:] == (
        Value("patience", "Duration", "Duration.days(1)", "How long it waits, at most."),
        Value("open", "bool", None, "Whether it is."),
    )
    assert constructor.raises == (("ShopClosed", "at night."),)


def test_attributes_are_read_from_comments_properties_and_bases(package: Path) -> None:
    assert shop(package).attributes == (
        Value("name", "str", None, "Its name.\nOn two lines."),
        Value("size", "int", None, "How large it is."),
        Value("price", "int", None, "Inherited."),
    )


def test_what_begins_with_an_underscore_is_not_public(package: Path) -> None:
    assert [each.name for each in shop(package).methods] == ["sell"]


def test_a_constant_has_the_meaning_above_it(package: Path) -> None:
    found = read(package, "shop", "CURRENCY")
    assert found == Value("CURRENCY", "Final", "'EUR'", "The currency of every price.")


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('"""A shop."""', "...", "Shop has no docstring"),
        (
            "    #: Its name.\n    #: On two lines.\n",
            "    #: Of size.\n    size_: int\n",
            "Shop.name",
        ),
        ("        :param open: Whether it is.\n", "", r"\['open'\]"),
        (":param open:", ":param closed:", r"no parameters \['closed'\]"),
        ('        """Sell something."""', "        ...", "Shop.sell has no docstring"),
        ("#: The currency of every price.\n", "", "CURRENCY"),
    ],
)
def test_a_public_name_without_a_meaning_is_an_error(
    before: str, after: str, problem: str, package: Path
) -> None:
    assert before in SHOP
    (package / "shop.py").write_text(SHOP.replace(before, after))
    name = "CURRENCY" if problem == "CURRENCY" else "Shop"
    with pytest.raises(UndocumentedError, match=problem):
        read(package, "shop", name)


def test_a_name_that_is_not_there_is_an_error(package: Path) -> None:
    with pytest.raises(UndocumentedError, match="Market"):
        read(package, "shop", "Market")


def test_public_names_come_with_the_module_that_defines_them(package: Path) -> None:
    (package / "__init__.py").write_text(
        "if TYPE_CHECKING:\n    from parts.shop import Shop\n    from parts.base import Base\n"
        '__all__ = ["Shop"]\n'
    )
    assert public_names(package) == {"Shop": "shop"}
