"""A buyer who signs in again is the same person, so an order stays the same order."""

from __future__ import annotations

import uuid

import pytest

from checkout_stack.local.buyers import Buyer, SignedInBuyer
from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.local_checkout import LocalCheckout

pytestmark = pytest.mark.local


@pytest.fixture
def signed_in(checkout: LocalCheckout) -> SignedInBuyer:

    return SignedInBuyer(checkout.users, checkout.buyers["ben"])


def test_an_order_under_a_renewed_token_is_a_replay(
    checkout: LocalCheckout, signed_in: SignedInBuyer
) -> None:
    key, first = str(uuid.uuid4()), signed_in.buyer
    order = {
        "amount": 4200,
        "currency": "EUR",
        "customer": f"renewed-{key}",
        "lines": [{"sku": "mug", "quantity": 1}],
        "payment_method": "pm_ok",
    }

    def place(buyer: Buyer) -> Answer:
        answer = checkout.client.place_order(buyer, key, order)
        assert isinstance(answer, Answer)
        return answer

    placed = place(first)
    again = place(signed_in.renew(first))

    assert (placed.is_replay, again.is_replay) == (False, True)
    assert again.body["order_id"] == placed.body["order_id"]


def test_threads_that_saw_the_same_stale_token_sign_in_once(signed_in: SignedInBuyer) -> None:
    stale = signed_in.buyer

    renewed = signed_in.renew(stale)

    assert renewed is not stale
    assert signed_in.renew(stale) is renewed
