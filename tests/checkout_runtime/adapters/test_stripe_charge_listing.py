"""Stripe's list of intents, read: what was captured, by whom it was asked for, and nothing else.

Over HTTP, against a server that opens and captures, it is tested in ``stripe/``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.stripe_charge_listing import StripeChargeListing
from checkout_runtime.application.audit_ports import ChargesNotListedError
from checkout_runtime.domain.charge_audit import ListedCharge, ListedOpening, Window
from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.domain.refund_audit import ListedRefund
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.state_events import SetClock

ORDER_ID = order_id_for("tests", "buyer", "k1")
WINDOW = Window(1_700_000_000_500, 1_700_000_009_500)
INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "succeeded",
    "created": 1_700_000_001,
    "amount": 4200,
    "amount_received": 4200,
    "currency": "eur",
    "latest_charge": "ch_1",
    "metadata": {"order_id": ORDER_ID, "attempt": "2"},
}
LISTED = ListedCharge("ch_1", f"{ORDER_ID}:2", 4200, "EUR", 1_700_000_001_000)


class Stripe:
    """Answers one page after the other, and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: list[HttpAnswer | NoAnswerError] = []
        self.asked: list[dict[str, str]] = []
        self.secrets = StubSecrets("sk_test_1")
        self.path = "/v1/payment_intents"

    def says(self, *intents: Mapping[str, Any], more: object = False, **others: Any) -> None:
        body = {"object": "list", "data": list(intents), "has_more": more, **others}
        self.answers.append(HttpAnswer(200, json.dumps(body).encode()))

    def refuses(self, status: int, **error: Any) -> None:
        self.answers.append(HttpAnswer(status, json.dumps({"error": error}).encode()))

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_seconds: float,
    ) -> HttpAnswer:
        parts = urlsplit(url)
        assert (method, body) == ("GET", None)
        assert parts.path == self.path
        self.asked.append({name: value for name, [value] in parse_qs(parts.query).items()})
        answer = self.answers.pop(0)
        if isinstance(answer, NoAnswerError):
            raise answer
        return answer


@pytest.fixture
def stripe() -> Stripe:
    return Stripe()


def listing_of(stripe: Stripe) -> StripeChargeListing:
    return StripeChargeListing(
        secret=CachedSecret(stripe.secrets, "arn", SetClock()),
        api_url="https://api.stripe.com",
        timeout_seconds=10,
        send=stripe.send,
    )


def read(stripe: Stripe) -> list[ListedCharge]:
    return [charge for page in listing_of(stripe).pages(WINDOW) for charge in page]


def test_an_intent_that_succeeded_is_a_charge_of_its_order(stripe: Stripe) -> None:
    stripe.says(INTENT)
    assert read(stripe) == [LISTED]


def test_stripe_is_asked_for_the_seconds_around_the_window(stripe: Stripe) -> None:
    stripe.says()
    assert read(stripe) == []
    assert stripe.asked == [
        {"created[gte]": "1700000000", "created[lt]": "1700000010", "limit": "100"}
    ]


def test_the_milliseconds_outside_of_the_window_are_left_out(stripe: Stripe) -> None:
    edges = [1_700_000_000, 1_700_000_001, 1_700_000_009, 1_700_000_010]
    stripe.says(*({**INTENT, "created": second} for second in edges))
    assert [each.captured_at // 1000 for each in read(stripe)] == edges[1:3]


def test_pages_follow_one_another(stripe: Stripe) -> None:
    stripe.says(INTENT, {**INTENT, "id": "pi_2", "latest_charge": "ch_2"}, more=True)
    stripe.says({**INTENT, "id": "pi_3", "latest_charge": "ch_3"})
    assert [each.charge_id for each in read(stripe)] == ["ch_1", "ch_2", "ch_3"]
    assert [each.get("starting_after") for each in stripe.asked] == [None, "pi_2"]


@pytest.mark.parametrize(
    "status",
    [
        *("requires_payment_method", "requires_confirmation", "requires_action"),
        *("processing", "requires_capture", "canceled"),
    ],
)
def test_what_took_no_money_is_no_charge(status: str, stripe: Stripe) -> None:
    stripe.says({**INTENT, "status": status}, INTENT)
    assert read(stripe) == [LISTED]


@pytest.mark.parametrize("metadata", [None, {}, {"order_id": "7"}, {"invoice": "7"}], ids=str)
def test_an_intent_that_no_checkout_made_is_somebody_elses(metadata: Any, stripe: Stripe) -> None:
    """Its amount is not looked at: MGA and UGX, for one, say nothing beyond doubt."""
    stripe.says({**INTENT, "currency": "ugx", "metadata": metadata})
    [charge] = read(stripe)
    assert (charge.key, charge.charge_id) == (None, "pi_1")


def test_a_charge_says_what_was_received_as_the_order_would(stripe: Stripe) -> None:
    stripe.says({**INTENT, "amount_received": 500, "currency": "isk"})
    [charge] = read(stripe)
    assert (charge.amount, charge.currency) == (5, "ISK")


def test_an_intent_of_a_checkout_without_its_attempt_is_not_taken_for_somebody_elses(
    stripe: Stripe,
) -> None:
    stripe.says({**INTENT, "metadata": {"order_id": ORDER_ID}})
    [charge] = read(stripe)
    assert str(charge.key).startswith(ORDER_ID)


@pytest.mark.parametrize(
    "change",
    [
        {"latest_charge": None},
        {"amount_received": "4200"},
        {"currency": "ugx"},
        {"created": "yesterday"},
        {"created": None},
        {"status": ...},
    ],
    ids=str,
)
def test_a_charge_of_ours_that_cannot_be_read_is_no_list(
    change: dict[str, Any], stripe: Stripe
) -> None:
    intent = {name: value for name, value in {**INTENT, **change}.items() if value is not ...}
    stripe.says(intent)
    with pytest.raises(ChargesNotListedError, match="unreadable"):
        read(stripe)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": []},
        {"has_more": False},
        {"data": None, "has_more": False},
        *({"data": [INTENT], "has_more": more} for more in (None, 0, "", "false")),
    ],
    ids=str,
)
def test_what_is_no_list_is_not_taken_for_an_empty_one(
    body: dict[str, Any], stripe: Stripe
) -> None:
    stripe.answers.append(HttpAnswer(200, json.dumps(body).encode()))
    with pytest.raises(ChargesNotListedError):
        read(stripe)


def test_an_empty_page_that_promises_more_is_no_list(stripe: Stripe) -> None:
    stripe.says(more=True)
    with pytest.raises(ChargesNotListedError):
        read(stripe)


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "http_401"), (403, "http_403"), (429, "http_429"), (500, "http")]
)
def test_a_refusal_is_no_list(status: int, reason: str, stripe: Stripe) -> None:
    stripe.refuses(status, type="api_error", message="of CUSTOMER-7")
    with pytest.raises(ChargesNotListedError, match=reason) as problem:
        read(stripe)
    assert "CUSTOMER-7" not in str(problem.value)


def test_a_refused_key_is_read_afresh_the_next_time(stripe: Stripe) -> None:
    listing = listing_of(stripe)
    stripe.refuses(401, type="invalid_request_error")
    with pytest.raises(ChargesNotListedError):
        list(listing.pages(WINDOW))
    stripe.says()
    assert list(listing.pages(WINDOW)) == [[]]
    assert stripe.secrets.reads == 2


def test_no_answer_is_no_list(stripe: Stripe) -> None:
    stripe.answers.append(NoAnswerError("TimeoutError"))
    with pytest.raises(ChargesNotListedError, match="TimeoutError"):
        read(stripe)


def test_a_key_that_cannot_be_read_is_no_list(stripe: Stripe) -> None:
    stripe.secrets.is_down = True
    with pytest.raises(ChargesNotListedError, match="secret not read"):
        read(stripe)


@pytest.mark.parametrize(
    "status",
    [
        *("requires_payment_method", "requires_action", "processing", "requires_capture"),
        *("succeeded", "canceled"),
    ],
)
def test_only_what_was_never_confirmed_is_left_open(status: str, stripe: Stripe) -> None:
    unconfirmed = {**INTENT, "id": "pi_2", "status": "requires_confirmation"}
    stripe.says({**INTENT, "status": status}, unconfirmed, more=True)
    stripe.says({**unconfirmed, "id": "pi_3"})
    pages = list(listing_of(stripe).openings(WINDOW))
    assert pages == [[ListedOpening("pi_2", ORDER_ID)], [ListedOpening("pi_3", ORDER_ID)]]
    assert stripe.asked[0]["created[gte]"] == "1700000000"


@pytest.mark.parametrize("metadata", [None, {}, {"order_id": "7"}], ids=str)
def test_what_no_checkout_opened_is_not_told(metadata: Any, stripe: Stripe) -> None:
    stripe.says({**INTENT, "status": "requires_confirmation", "metadata": metadata})
    assert list(listing_of(stripe).openings(WINDOW)) == [[]]


def test_openings_that_cannot_be_listed_are_not_taken_for_none(stripe: Stripe) -> None:
    stripe.refuses(503, type="api_error")
    with pytest.raises(ChargesNotListedError, match="http_503"):
        list(listing_of(stripe).openings(WINDOW))


def refund(**changes: Any) -> dict[str, Any]:
    intent = {"object": "payment_intent", "metadata": {"order_id": ORDER_ID, "attempt": "2"}}
    return {
        "object": "refund",
        "id": "re_1",
        "charge": "ch_1",
        "amount": 1200,
        "currency": "eur",
        "status": "succeeded",
        "created": 1_700_000_001,
        "metadata": {"refund_id": "op_1"},
        "payment_intent": intent,
        **changes,
    }


def read_refunds(stripe: Stripe) -> list[ListedRefund]:
    stripe.path = "/v1/refunds"
    return [each for page in listing_of(stripe).refund_pages(WINDOW) for each in page]


def test_a_refund_that_succeeded_names_itself_and_its_order(stripe: Stripe) -> None:
    stripe.says(refund(), refund(id="re_2", metadata={}), more=True)
    stripe.says(refund(id="re_3", metadata=None, payment_intent="pi_1"))
    key = f"{ORDER_ID}:2"
    assert read_refunds(stripe) == [
        ListedRefund("re_1", "op_1:1", "ch_1", key, 1200, "EUR", 1_700_000_001_000),
        ListedRefund("re_2", None, "ch_1", key, 1200, "EUR", 1_700_000_001_000),
        ListedRefund("re_3", None, "ch_1", None, 1200, "EUR", 1_700_000_001_000),
    ]
    assert stripe.asked[0]["expand[0]"] == "data.payment_intent"


@pytest.mark.parametrize("status", ["pending", "failed", "canceled", "requires_action"])
def test_a_refund_that_did_not_go_back_is_not_listed(status: str, stripe: Stripe) -> None:
    stripe.says(refund(status=status))
    assert read_refunds(stripe) == []


@pytest.mark.parametrize("changes", [{"amount": None}, {"currency": 7}, {"created": None}])
def test_a_refund_that_cannot_be_read_is_no_list(changes: dict[str, Any], stripe: Stripe) -> None:
    stripe.says(refund(**changes))
    with pytest.raises(ChargesNotListedError):
        read_refunds(stripe)
