"""The limits against card testing: what good buyers and a card tester meet of them is counted."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from checkout_stack.local.buyers import Buyer
from checkout_stack.local.chaos import card_tester
from checkout_stack.local.chaos.back_office import BackOfficeLoad
from checkout_stack.local.chaos.card_tester import HELD_UP, TRIED_OUT, CardTester
from checkout_stack.local.chaos.comparison import Purchase
from checkout_stack.local.chaos.load import LIMITED, Load
from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.local_checkout import UNDER_LOAD

MOST = UNDER_LOAD.orders_per_buyer
ADA = Buyer("ada", "token")


def checkout(answer: Callable[[], Answer]) -> Any:
    """A checkout that answers every order, and every other card, in one way."""
    client = SimpleNamespace(
        place_order=lambda *_, **__: answer(), start_payment_attempt=lambda *_, **__: answer()
    )
    signed_in = SimpleNamespace(sign_up_and_in=lambda name: {name: Buyer(name, "token")})
    return SimpleNamespace(client=client, users=signed_in)


def load_on(checkout: Any) -> Load:
    return Load(checkout, 7, BackOfficeLoad(checkout))


def answers(status: int) -> Callable[[], Answer]:
    return lambda: Answer(status, {}, {"order_id": "ord_1"}, 0.0)


@pytest.mark.parametrize(("status", "counted"), [(202, 0), (429, 2)])
def test_what_a_good_buyer_meets_of_the_limits_is_counted(status: int, counted: int) -> None:
    load, purchase = load_on(checkout(answers(status))), Purchase("cus_1", 1)
    load._send(ADA, purchase, "k1", {}, 1.0, again=False)
    load._press_other_card(ADA, "ord_1")
    assert load.figures[LIMITED] == counted
    assert LIMITED in load.figures  # shown also where it is none
    assert bool(load.violations()) == bool(counted)


def test_good_buyers_are_many_and_each_buys_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    load, bought = load_on(checkout(answers(202))), list[Buyer]()

    def buy(buyer: Buyer, _draw: random.Random) -> None:
        bought.append(buyer)
        if len(bought) == 12:
            load._stopped.set()

    monkeypatch.setattr(load, "_buy", buy)
    load._shop(0)
    assert MOST is not None
    assert [bought.count(each) for each in dict.fromkeys(bought)] == [5, 5, 2]
    assert max(map(bought.count, bought)) < MOST


def test_a_card_tester_is_held_up_and_every_order_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = [202, 202, 429, 429, 202]
    purchases: list[Purchase] = []

    def answer() -> Answer:
        if len(statuses) == 1:
            tester._stopped.set()
        return answers(statuses.pop(0))()

    tester = CardTester(checkout(answer), purchases)
    monkeypatch.setattr(card_tester, "PAUSE_SECONDS", 0.0)
    tester._try_cards()
    assert (tester.figures[TRIED_OUT], tester.figures[HELD_UP]) == (3, 2)
    assert len({each.customer for each in purchases}) == 5


@pytest.mark.parametrize(("above", "broken"), [(0, 0), (1, 1)])
def test_more_cards_than_the_limit_break_the_promise(above: int, broken: int) -> None:
    assert MOST is not None
    tester = CardTester(checkout(answers(202)), [])
    tester.figures[TRIED_OUT] = MOST + above
    assert len(tester.violations()) == broken
