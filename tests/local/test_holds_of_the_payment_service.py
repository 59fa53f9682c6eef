"""The payment service to test against holds money, and lets go of it, as real ones do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkout_stack.local.payment_service.holds import WEEK_SECONDS, CaptureRequest
from checkout_stack.local.payment_service.ledger import Ledger
from checkout_stack.local.payment_service.messages import CANCELLED, GONE, PaymentRequest
from checkout_stack.local.payment_service_process import PaymentControls
from tests.local.paying import cancel, capture, hold, look_up, pay

KEY = "ord_1:1"


def held(payments: PaymentControls, payment_method: str = "pm_ok") -> str:
    answer = hold(payments, KEY, payment_method)
    assert answer.body["status"] == "authorized"
    return str(answer.body["charge_id"])


def test_a_hold_takes_nothing_and_says_until_when_it_stands(payments: PaymentControls) -> None:
    answer = hold(payments, KEY)
    assert (answer.status, answer.body["amount"], answer.body["currency"]) == (200, 4200, "EUR")
    before = datetime.fromisoformat(answer.body["capture_before"])
    assert (before - datetime.now(UTC)).total_seconds() == pytest.approx(WEEK_SECONDS, abs=60)
    assert hold(payments, KEY) == look_up(payments, KEY) == answer
    assert payments.charges() == []


def test_a_capture_takes_what_is_asked_for_once(payments: PaymentControls) -> None:
    hold_id = held(payments)
    first = capture(payments, KEY, hold_id, 500)
    assert (first.status, first.body["status"], first.body["amount"]) == (200, "captured", 500)
    # As some real services do, it gives the charge an id of its own.
    assert first.body["charge_id"] != hold_id
    assert capture(payments, KEY, hold_id, 500) == look_up(payments, KEY) == first
    other = capture(payments, KEY, hold_id, 500, capture_key="another")
    assert other.body == {"status": "not_captured", "code": "captured"}
    assert [each["amount"] for each in payments.charges()] == [500]
    assert cancel(payments, KEY) == first


def test_a_hold_is_captured_once_also_by_a_service_that_honours_no_keys(
    payments: PaymentControls,
) -> None:
    payments.change(honours_keys=False)
    hold_id = held(payments)
    for _ in range(2):
        capture(payments, KEY, hold_id)
    assert len(payments.charges()) == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"amount": 4201}, "more_than_held"),
        ({"currency": "USD"}, "other_currency"),
        ({"hold_id": "h_none"}, "unknown_hold"),
        ({"key": "ord_2:1"}, "unknown_hold"),
    ],
)
def test_what_does_not_fit_the_hold_is_refused_in_words(
    asked: dict[str, object], code: str, payments: PaymentControls
) -> None:
    given = {"key": KEY, "hold_id": held(payments), **asked}
    answer = capture(payments, **given)  # type: ignore[arg-type]
    assert (answer.status, answer.body) == (422, {"status": "not_captured", "code": code})
    assert payments.charges() == []


def test_a_capture_that_cannot_be_read_says_no_word(payments: PaymentControls) -> None:
    answer = capture(payments, KEY, held(payments), 0)
    assert (answer.status, "status" in answer.body) == (400, False)
    assert pay(payments, "ord_2:1", capture="soon").body["code"] == "malformed_request"


def test_what_was_given_up_or_lapsed_is_gone(payments: PaymentControls) -> None:
    hold_id = held(payments)
    assert cancel(payments, KEY).body == {"status": "cancelled"}
    other = str(hold(payments, "ord_2:1").body["charge_id"])
    payments.hold_lapses("ord_2:1")
    for key, gone in ((KEY, hold_id), ("ord_2:1", other)):
        answer = capture(payments, key, gone)
        assert (answer.status, answer.body) == (410, {"status": "cancelled"})
        assert look_up(payments, key).body == {"status": "cancelled"}
        assert hold(payments, key).body["code"] == "cancelled"
    assert payments.charges() == []


def test_each_hold_is_listed_with_what_became_of_it(payments: PaymentControls) -> None:
    for key in ("ord_2:1", "ord_3:1"):
        hold(payments, key)
    capture(payments, KEY, held(payments), 500)
    cancel(payments, "ord_2:1")
    assert {each["payment_key"]: each["status"] for each in payments.holds()} == {
        "ord_2:1": "cancelled",
        "ord_3:1": "authorized",
        KEY: "captured",
    }
    assert {each["amount"] for each in payments.holds()} == {4200}


def test_a_captured_hold_does_not_lapse_any_more(payments: PaymentControls) -> None:
    captured = capture(payments, KEY, held(payments))
    payments.hold_lapses(KEY)
    assert look_up(payments, KEY) == captured


def test_a_hold_lapses_when_its_time_is_over(tmp_path: Path) -> None:
    now = 1_000.0
    ledger = Ledger(tmp_path / "ledger.sqlite", now=lambda: now)
    request = PaymentRequest(
        payment_key=KEY,
        order_id="ord_1",
        attempt=1,
        amount=4200,
        currency="EUR",
        customer="cus_1",
        payment_method="pm_ok",
        capture="later",
    )
    ledger.note_request(request)
    hold_id = ledger.take(request, 4200, hold_seconds=60).body["charge_id"]
    now = 1_059.9
    assert ledger.look_up(KEY).body["status"] == "authorized"
    now = 1_060.0
    asked = CaptureRequest(key="c", payment_key=KEY, charge_id=hold_id, amount=4200, currency="EUR")
    assert (ledger.capture_hold(asked), ledger.look_up(KEY)) == (GONE, CANCELLED)
    ledger.close()


def test_a_buyer_who_acts_lets_the_money_be_held(payments: PaymentControls) -> None:
    assert hold(payments, KEY, "pm_action_required").body["status"] == "action_required"
    payments.buyer_acts(KEY)
    assert look_up(payments, KEY).body["status"] == "authorized"
    assert payments.charges() == []


@pytest.mark.parametrize(
    ("payment_method", "status", "taken"),
    [
        ("pm_capture_error_500_after_capture_once", 500, 1),
        ("pm_capture_html_404_once", 404, 0),
        ("pm_capture_refused", 422, 0),
    ],
)
def test_the_payment_method_says_what_goes_wrong_with_its_capture(
    payment_method: str, status: int, taken: int, payments: PaymentControls
) -> None:
    hold_id = held(payments, payment_method)
    assert capture(payments, KEY, hold_id).status == status
    assert len(payments.charges()) == taken
    if payment_method != "pm_capture_refused":
        assert capture(payments, KEY, hold_id).body["status"] == "captured"
        assert len(payments.charges()) == 1


def test_an_answer_to_a_capture_is_lost(payments: PaymentControls) -> None:
    payments.change(hang_ms=0)
    hold_id = held(payments, "pm_capture_hang_after_capture_once")
    with pytest.raises(OSError, match=r".*"):
        capture(payments, KEY, hold_id, timeout=5)
    assert look_up(payments, KEY).body["status"] == "captured"
    assert len(payments.charges()) == 1


def test_a_hold_of_its_own_length_is_asked_for_by_the_payment_method(
    payments: PaymentControls,
) -> None:
    answer = hold(payments, KEY, "pm_hold_lapses_after_60")
    before = datetime.fromisoformat(answer.body["capture_before"])
    assert (before - datetime.now(UTC)).total_seconds() < 61


@pytest.mark.parametrize(
    "payment_method", ["pm_hold_lapses_after_0", "pm_capture_refused", "pm_capture_hang"]
)
def test_without_a_hold_they_are_captured_at_once(
    payment_method: str, payments: PaymentControls
) -> None:
    assert pay(payments, KEY, payment_method).body["status"] == "captured"
