"""The shop hands each press on as it is, and counts by what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from checkout_stack.local.buyers import Buyer, SignedInBuyer
from checkout_stack.local.checkout_client import Answer, GaveUp
from checkout_stack.local.payment_service_process import PaymentControls
from checkout_stack.local.shop.cart import FLAKY_PAYMENT, PLAIN_PAYMENT, TOTAL, Faults
from checkout_stack.local.shop.naive_checkout import NaiveCheckout
from checkout_stack.local.shop.observation import PaymentRecord, Queues, SeenOrder
from checkout_stack.local.shop.shop import Shop
from tests.local.shop.shop_double import CART

NO_FAULTS = Faults()
FLAKY = Faults(payment_service_flaky=True)


@dataclass
class FakeApi:
    """Gives the answers that it was given, and notes the requests."""

    answers: list[Answer | GaveUp | OSError]
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def place_order(
        self, buyer: Buyer | None, key: str, order: dict[str, object]
    ) -> Answer | GaveUp:
        assert buyer is not None
        self.asked.append((buyer.id_token, key, order))
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


class FakeBuyer:
    """Has another token after signing in again."""

    def __init__(self) -> None:
        self.buyer = Buyer("ada", "token-1")

    def renew(self, stale: Buyer) -> Buyer:
        assert stale is self.buyer
        self.buyer = Buyer("ada", "token-2")
        return self.buyer


@dataclass
class FakeObserver:
    """Sees what it was told to see."""

    found: list[SeenOrder] = field(default_factory=list)
    recorded: dict[str, PaymentRecord] = field(default_factory=dict)

    def orders(self, customer: str) -> list[SeenOrder]:
        return self.found

    def payments(self, customer: str) -> PaymentRecord:
        return self.recorded.get(customer, PaymentRecord((), ()))

    def queues(self) -> Queues:
        return Queues(0, 0)


def accepted(status: int = 202, *, replayed: bool = False) -> Answer:
    headers = {"idempotent-replayed": "true"} if replayed else {}
    return Answer(status, headers, {"order_id": "ord_1", "status": "PENDING"}, 0.0)


@pytest.fixture
def naive(tmp_path: Path, payments: PaymentControls) -> Iterator[NaiveCheckout]:
    checkout = NaiveCheckout(tmp_path / "naive.sqlite", payments)
    yield checkout
    checkout.close()


def shop_on(naive: NaiveCheckout, *answers: Answer | GaveUp | OSError) -> tuple[Shop, FakeApi]:
    api = FakeApi(list(answers))
    buyer = cast("SignedInBuyer", FakeBuyer())
    return Shop(api=api, buyer=buyer, naive=naive, observer=FakeObserver()), api


def test_the_order_is_submitted_under_the_key_of_the_page(naive: NaiveCheckout) -> None:
    shop, api = shop_on(naive, accepted())

    told = shop.pay_through_the_checkout(CART, "key-1", NO_FAULTS)

    assert told == {"order": "ord_1", "state": "PENDING", "replayed": False}
    [(_, key, order)] = api.asked
    assert key == "key-1"
    assert (order["amount"], order["payment_method"]) == (TOTAL, PLAIN_PAYMENT)


def test_a_replay_is_told_and_counted(naive: NaiveCheckout) -> None:
    shop, _ = shop_on(naive, accepted(), accepted(200, replayed=True))

    shop.pay_through_the_checkout(CART, "key-1", NO_FAULTS)
    told = shop.pay_through_the_checkout(CART, "key-1", NO_FAULTS)

    assert told["replayed"]
    ours = shop.view(CART)["ours"]
    assert (ours["received"], ours["replays"], ours["working"]) == (2, 1, 0)


def test_a_token_that_ran_out_is_renewed_for_the_same_person(naive: NaiveCheckout) -> None:
    shop, api = shop_on(naive, Answer(401, {}, {}, 0.0), accepted())

    assert shop.pay_through_the_checkout(CART, "key-1", NO_FAULTS)["order"] == "ord_1"
    assert [token for token, _, _ in api.asked] == ["token-1", "token-2"]


@pytest.mark.parametrize("silence", [GaveUp(), ConnectionRefusedError()])
def test_an_api_that_does_not_answer_is_a_problem(
    naive: NaiveCheckout, silence: GaveUp | OSError
) -> None:
    shop, _ = shop_on(naive, silence)

    told = shop.pay_through_the_checkout(CART, "key-1", NO_FAULTS)

    assert told == {"problem": "the API gave no answer"}
    assert shop.view(CART)["ours"]["working"] == 0


def test_a_refusal_is_told_in_its_own_words(naive: NaiveCheckout) -> None:
    shop, _ = shop_on(naive, Answer(400, {}, {"title": "Send an Idempotency-Key header"}, 0.0))

    told = shop.pay_through_the_checkout(CART, "", NO_FAULTS)

    assert told == {"problem": "Send an Idempotency-Key header"}


def test_a_flaky_payment_service_takes_the_checkouts_first_payment(naive: NaiveCheckout) -> None:
    shop, api = shop_on(naive, accepted())
    shop.pay_through_the_checkout(CART, "key-1", FLAKY)

    assert api.asked[0][2]["payment_method"] == FLAKY_PAYMENT


def test_a_flaky_payment_service_fails_the_naive_shops_first_payment_only(
    naive: NaiveCheckout, payments: PaymentControls
) -> None:
    shop, _ = shop_on(naive)

    told = [shop.pay_naively(CART, FLAKY)["state"] for _ in range(2)]

    assert told == ["FAILED", "PAID"]
    assert len(payments.charges(f"naive-{CART}")) == 2


def test_carts_do_not_see_each_other(naive: NaiveCheckout) -> None:
    shop, _ = shop_on(naive, accepted())
    shop.pay_through_the_checkout(CART, "key-1", NO_FAULTS)

    other = shop.view(CART.replace("0", "1"))

    assert other["events"] == []
    assert other["ours"]["received"] == 0
