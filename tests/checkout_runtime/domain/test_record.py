"""Records are frozen values with slots, as dataclasses would make them."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from checkout_runtime.domain.record import Record, as_dict, field_names, replace

RUNTIME = Path(__file__).parents[3] / "lambda" / "checkout_runtime"


class Price(Record):
    """What something costs."""

    amount: int
    currency: str = "EUR"

    def doubled(self) -> Price:
        return replace(self, amount=2 * self.amount)


class Same(Record):
    amount: int
    currency: str = "EUR"


class Line(Record):
    name: str
    price: Price


class Nothing(Record):
    """Has no field."""


def test_fields_are_given_by_place_or_by_name() -> None:
    assert Price(5, "USD") == Price(currency="USD", amount=5)
    assert Price(5).currency == "EUR"
    assert Nothing() == Nothing()


@pytest.mark.parametrize("given", [{}, {"amount": 1, "curency": "EUR"}])
def test_arguments_are_checked_as_python_does(given: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="argument"):
        Price(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["amount", "more"])
def test_it_does_not_change(name: str) -> None:
    price = Price(5)
    with pytest.raises(AttributeError, match=r"Price does not change; replace\(\)"):
        setattr(price, name, 6)
    with pytest.raises(AttributeError, match="Price does not change"):
        delattr(price, name)
    assert price.amount == 5
    assert not hasattr(price, "__dict__")


def test_it_is_equal_to_what_is_of_its_class_and_has_its_values() -> None:
    assert Price(5) == Price(5)
    assert Price(5) != Price(6)
    assert Price(5) != Same(5)
    assert Price(5) != (5, "EUR")
    assert len({Price(5), Price(5), Price(6)}) == 2


def test_another_one_is_made_of_it() -> None:
    assert Price(5, "USD").doubled() == Price(10, "USD")
    with pytest.raises(TypeError, match="price"):
        replace(Price(5), price=6)


def test_its_fields_are_told() -> None:
    line = Line("a", Price(5))
    assert field_names(Line) == ("name", "price")
    assert as_dict(line) == {"name": "a", "price": {"amount": 5, "currency": "EUR"}}
    assert repr(line) == "Line(name='a', price=Price(amount=5, currency='EUR'))"
    assert str(inspect.signature(Price)) == "(amount, currency='EUR')"


def test_it_is_matched_by_place() -> None:
    match Line("a", Price(5)):
        case Line(name, Price(amount)):
            assert (name, amount) == ("a", 5)
        case _:
            pytest.fail("not matched")


@pytest.mark.parametrize(
    "made", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))]
)
def test_it_is_copied(made: object) -> None:
    line = Line("a", Price(5))
    assert made(line) == line  # type: ignore[operator]


def test_a_field_without_a_default_does_not_follow_one_with() -> None:
    with pytest.raises(SyntaxError):
        exec("class Wrong(Record):\n  a: int = 1\n  b: int\n", {"Record": Record, "__name__": "x"})


class Discounted(Line):
    """Has the fields of another record, and one of its own."""

    percent: int = 10


class Reduced(Discounted):
    """Has no field of its own."""


def test_it_has_the_fields_of_its_base_before_its_own() -> None:
    one = Discounted("a", Price(5))
    assert field_names(Discounted) == ("name", "price", "percent")
    assert one == Discounted(percent=10, price=Price(5), name="a") != Line("a", Price(5))
    assert replace(one, name="b") == Discounted("b", Price(5))
    assert Reduced("a", Price(5), 20).percent == 20
    assert Reduced("a", Price(5)).percent == 10
    assert not hasattr(one, "__dict__")
    assert field_names(Line) == ("name", "price")


def test_no_function_starts_with_dataclasses() -> None:
    """Their import, and what they compile, were nearly half of a start."""
    handlers = [file.stem for file in (RUNTIME / "handlers").glob("*.py")]
    program = "\n".join(
        [
            "import sys",
            *(f"import checkout_runtime.handlers.{each}" for each in handlers if each[0] != "_"),
            "sys.exit('dataclasses' in sys.modules)",
        ]
    )
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, env={"PYTHONPATH": str(RUNTIME.parent)}, check=False)
    assert done.returncode == 0


def test_a_class_beside_the_base_gives_no_fields() -> None:
    class Named:
        __slots__ = ()

        def greeting(self) -> str:
            return f"to {self.name}"  # type: ignore[attr-defined]

    class Buyer(Named, Line):
        vip: bool = False

    assert field_names(Buyer) == ("name", "price", "vip")
    assert Buyer("a", Price(5)).greeting() == "to a"
