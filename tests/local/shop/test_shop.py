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
from checkout_stack.local.shop.cart import TOTAL, Faults
from checkout_stack.local.shop.naive_checkout import NaiveCheckout
from checkout_stack.local.shop.observation import PaymentRecord, Queues, SeenOrder
from checkout_stack.local.shop.shop import REFUND_KEY, Shop
from tests.local.shop.shop_double import CART

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
        return self._next()

    def get_order(self, buyer: Buyer | None, order_id: str) -> Answer:
        assert buyer is not None
        self.asked.append((buyer.id_token, order_id, {}))
        answer = self._next()
        assert isinstance(answer, Answer)
        return answer

    def refund(
        self, token: str | None, order_id: str, key: str, wanted: dict[str, object]
    ) -> Answer:
        assert wanted == {}
        self.asked.append((str(token), key, {"order_id": order_id}))
        answer = self._next()
        assert isinstance(answer, Answer)
        return answer

    def _next(self) -> Answer | GaveUp:
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


class FakeBackOffice:
    """Has one token."""

    def token(self) -> str:
        return "back-office"


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
    buyer, observer = cast("SignedInBuyer", FakeBuyer()), FakeObserver()
    back_office = FakeBackOffice()
    shop = Shop(api=api, buyer=buyer, back_office=back_office, naive=naive, observer=observer)
    return shop, api


def paid() -> SeenOrder:
    return SeenOrder(
        order_id="ord_1",
        status="PAID",
        attempt=1,
        claims=1,
        resends=0,
        accepted_at=1.0,
        first_claimed_at=2.0,
    )


def test_the_order_is_submitted_under_the_key_of_the_page(naive: NaiveCheckout) -> None:
    shop, api = shop_on(naive, accepted())

    told = shop.place_order(CART, "key-1", "pm_ok")

    assert (told.status, told.body["order_id"]) == (202, "ord_1")
    [(_, key, order)] = api.asked
    assert key == "key-1"
    assert (order["amount"], order["payment_method"]) == (TOTAL, "pm_ok")


def test_a_replay_is_told_and_counted(naive: NaiveCheckout) -> None:
    shop, _ = shop_on(naive, accepted(), accepted(200, replayed=True))

    shop.place_order(CART, "key-1", "pm_ok")
    told = shop.place_order(CART, "key-1", "pm_ok")

    assert told.is_replay
    ours = shop.view(CART)["ours"]
    assert (ours["received"], ours["replays"], ours["working"]) == (2, 1, 0)


def test_a_token_that_ran_out_is_renewed_for_the_same_person(naive: NaiveCheckout) -> None:
    shop, api = shop_on(naive, Answer(401, {}, {}, 0.0), accepted())

    assert shop.place_order(CART, "key-1", "pm_ok").status == 202
    assert [token for token, _, _ in api.asked] == ["token-1", "token-2"]


@pytest.mark.parametrize("silence", [GaveUp(), ConnectionRefusedError()])
def test_an_api_that_does_not_answer_is_a_problem(
    naive: NaiveCheckout, silence: GaveUp | OSError
) -> None:
    shop, _ = shop_on(naive, silence)

    told = shop.place_order(CART, "key-1", "pm_ok")

    assert (told.status, told.body) == (504, {"title": "The API gave no answer"})
    assert shop.view(CART)["ours"]["working"] == 0


def test_a_refusal_is_told_in_its_own_words(naive: NaiveCheckout) -> None:
    shop, _ = shop_on(naive, Answer(400, {}, {"title": "Send an Idempotency-Key header"}, 0.0))

    told = shop.place_order(CART, "", "pm_ok")

    assert (told.status, told.body["title"]) == (400, "Send an Idempotency-Key header")


def test_an_order_is_read_as_it_is_now_by_its_id_and_by_its_cart(naive: NaiveCheckout) -> None:
    shop, api = shop_on(naive, accepted(200), accepted(200))
    assert shop.read_order(CART, None).status == 404
    cast("FakeObserver", shop.observer).found.append(paid())

    assert shop.read_order(CART, None).status == shop.read_order(CART, "ord_2").status == 200
    assert [order_id for _, order_id, _ in api.asked] == ["ord_1", "ord_2"]


def refund_events(shop: Shop) -> list[dict[str, Any]]:
    events = shop.view(CART)["events"]
    return [event for event in events if event["text"].startswith("Refund pressed")]


def test_the_carts_order_is_refunded_by_the_back_office_under_one_key(
    naive: NaiveCheckout,
) -> None:
    shop, api = shop_on(naive, accepted(), accepted(200, replayed=True))
    assert shop.refund(CART).status == 404
    cast("FakeObserver", shop.observer).found.append(paid())

    assert [shop.refund(CART).status for _ in range(2)] == [202, 200]
    assert [(token, key, fields["order_id"]) for token, key, fields in api.asked] == [
        ("back-office", REFUND_KEY, "ord_1")
    ] * 2
    assert [event["kind"] for event in refund_events(shop)] == ["step", "suppressed"]


def test_a_refused_refund_is_told_in_its_own_words(naive: NaiveCheckout) -> None:
    shop, _ = shop_on(naive, Answer(409, {}, {"title": "The refund was not accepted"}, 0.0))
    cast("FakeObserver", shop.observer).found.append(paid())

    assert shop.refund(CART).status == 409
    [told] = refund_events(shop)
    assert told["kind"] == "fault"
    assert told["text"] == "Refund pressed: answered 409, The refund was not accepted"


def test_a_flaky_payment_service_fails_the_naive_shops_first_payment_only(
    naive: NaiveCheckout, payments: PaymentControls
) -> None:
    shop, _ = shop_on(naive)

    told = [shop.pay_naively(CART, FLAKY)["state"] for _ in range(2)]

    assert told == ["FAILED", "PAID"]
    assert len(payments.charges(f"naive-{CART}")) == 2


def test_carts_do_not_see_each_other(naive: NaiveCheckout) -> None:
    shop, _ = shop_on(naive, accepted())
    shop.place_order(CART, "key-1", "pm_ok")

    other = shop.view(CART.replace("0", "1"))

    assert other["events"] == []
    assert other["ours"]["received"] == 0
