"""The payment service to test against keeps an honest ledger, whatever it is told to do."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checkout_runtime.adapters.http_charge_listing import HttpChargeListing
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.domain.charge_audit import ListedCharge, Window
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.payment_service.__main__ import SECRET_VARIABLE
from checkout_stack.local.payment_service.listing import CHARGES_A_PAGE, page_of
from checkout_stack.local.payment_service.server import ELSEWHERE
from checkout_stack.local.payment_service_process import PaymentControls
from checkout_stack.local.ports import Ports
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.local.paying import SECRET, Answered, look_up, pay, pay_at_once, serving


def test_a_charge_is_answered_and_stands_in_the_ledger(payments: PaymentControls) -> None:
    answer = pay(payments, "ord_1:1")

    assert answer.status == 200
    assert answer.body["status"] == "captured"
    assert (answer.body["amount"], answer.body["currency"]) == (4200, "EUR")
    [charge] = payments.charges()
    assert charge["charge_id"] == answer.body["charge_id"]
    assert (charge["order_id"], charge["attempt"], charge["customer"]) == ("ord_1", 1, "cus_1")


def test_captures_are_listed_page_by_page_in_their_time(payments: PaymentControls) -> None:
    for number in range(CHARGES_A_PAGE + 1):
        pay(payments, f"ord_{number}:1")
    taken = payments.charges()
    times = [int(each["captured_at"] * 1000) for each in taken]
    first, rest = listed(payments, times[0], times[-1] + 1)
    assert (len(first), len(rest)) == (CHARGES_A_PAGE, 1)
    keys = [each.key for each in (*first, *rest)]
    assert keys == [each["payment_key"] for each in taken]
    assert (first[0].charge_id, first[0].amount) == (taken[0]["charge_id"], 4200)
    assert listed(payments, times[-1] + 1, times[-1] + 2) == [[]]
    assert listed(payments, times[0] - 1, times[0]) == [[]]


def listed(payments: PaymentControls, begin: int, end: int) -> list[list[ListedCharge]]:
    """What a checkout reads of the list."""
    listing = HttpChargeListing(
        url=f"{payments.charges_url}/list",
        secret=CachedSecret(StubSecrets(SECRET), "arn", SystemClock()),
        timeout_seconds=10,
    )
    return [list(page) for page in listing.pages(Window(begin, end))]


def test_a_list_of_no_stretch_of_time_is_refused() -> None:
    assert page_of([], {"captured_from": "0"}).status == 400
    assert page_of([], {"captured_from": "0", "captured_before": "noon"}).status == 400


def test_the_same_key_is_answered_the_same_and_charged_once(payments: PaymentControls) -> None:
    assert pay(payments, "ord_1:1") == pay(payments, "ord_1:1")
    assert len(payments.charges()) == 1


def test_other_content_under_a_key_is_refused(payments: PaymentControls) -> None:
    pay(payments, "ord_1:1")

    refused = pay(payments, "ord_1:1", amount=1)
    assert (refused.status, "status" in refused.body) == (422, False)
    assert len(payments.charges()) == 1


def test_simultaneous_requests_under_a_key_are_charged_once(payments: PaymentControls) -> None:
    assert pay_at_once(payments, "ord_1:1", "pm_slow_300ms", 5) == [200, 409, 409, 409, 409]
    assert len(payments.charges()) == 1


def test_without_key_memory_every_request_is_a_charge(payments: PaymentControls) -> None:
    payments.change(honours_keys=False)

    assert pay_at_once(payments, "ord_1:1", "pm_ok", 3) == [200, 200, 200]
    assert len(payments.charges()) == 3


def test_forgotten_keys_are_charged_again(payments: PaymentControls) -> None:
    pay(payments, "ord_1:1")
    payments.forget_keys()
    pay(payments, "ord_1:1")

    assert len(payments.charges()) == 2


def test_a_restart_keeps_the_ledger_and_the_keys(ledger_file: Path) -> None:
    with serving(ledger_file) as payments:
        before = pay(payments, "ord_1:1")
    with serving(ledger_file) as payments:
        assert pay(payments, "ord_1:1") == before
        assert len(payments.charges()) == 1


def test_a_decline_moves_no_money_and_can_be_looked_up(payments: PaymentControls) -> None:
    answer = pay(payments, "ord_1:1", "pm_declined")

    assert answer.status == 402
    assert answer.body == {
        "status": "declined",
        "code": "card_declined",
        "decline_code": "card_declined",
    }
    assert look_up(payments, "ord_1:1").body["status"] == "declined"
    assert payments.charges() == []


def test_action_required_moves_no_money(payments: PaymentControls) -> None:
    assert pay(payments, "ord_1:1", "pm_action_required").body["status"] == "action_required"
    assert payments.charges() == []


def test_a_charge_whose_answer_never_came_can_be_looked_up(payments: PaymentControls) -> None:
    with pytest.raises(TimeoutError):
        pay(payments, "ord_1:1", "pm_hang_after_capture_once", timeout=0.3)

    [charge] = payments.charges()
    found = look_up(payments, "ord_1:1")
    assert (found.status, found.body["charge_id"]) == (200, charge["charge_id"])
    assert pay(payments, "ord_1:1", "pm_hang_after_capture_once").body == found.body
    assert len(payments.charges()) == 1


def test_a_request_that_hangs_before_the_capture_charges_nothing(
    payments: PaymentControls,
) -> None:
    payments.change(hang_ms=100)
    with pytest.raises(http.client.RemoteDisconnected):
        pay(payments, "ord_1:1", "pm_hang_before_capture")

    assert payments.charges() == []
    assert look_up(payments, "ord_1:1") == Answered(404, {"status": "not_found"})


def test_a_request_in_work_is_neither_found_nor_not_found(payments: PaymentControls) -> None:
    with pytest.raises(TimeoutError):
        pay(payments, "ord_1:1", "pm_hang_before_capture", timeout=0.2)

    found = look_up(payments, "ord_1:1")
    assert (found.status, "status" in found.body) == (409, False)


@pytest.mark.parametrize(
    ("payment_method", "charges"),
    [("pm_error_500_once", 0), ("pm_error_503_after_capture_once", 1)],
)
def test_an_error_once_is_followed_by_an_answer(
    payments: PaymentControls, payment_method: str, charges: int
) -> None:
    assert pay(payments, "ord_1:1", payment_method).status in (500, 503)
    assert len(payments.charges()) == charges
    assert pay(payments, "ord_1:1", payment_method).status == 200
    assert len(payments.charges()) == 1


def test_an_answer_can_be_cut_off_after_the_capture(payments: PaymentControls) -> None:
    with pytest.raises(http.client.IncompleteRead):
        pay(payments, "ord_1:1", "pm_unreadable_after_capture")
    assert len(payments.charges()) == 1


def test_a_redirect_points_to_where_following_it_charges_again(
    payments: PaymentControls,
) -> None:
    assert pay(payments, "ord_1:1", "pm_redirect_after_capture_once").status == 307
    assert pay(payments, "ord_1:1", "pm_ok", path=ELSEWHERE).status == 200

    assert len(payments.charges()) == 2


def test_a_forgotten_key_is_charged_again_and_can_be_looked_up(payments: PaymentControls) -> None:
    first = pay(payments, "ord_1:1", "pm_forgets_key")

    assert look_up(payments, "ord_1:1").body == first.body
    assert pay(payments, "ord_1:1", "pm_forgets_key").body != first.body
    assert len(payments.charges()) == 2


def test_a_key_can_be_forgotten_behind_a_fault(payments: PaymentControls) -> None:
    method = "pm_forgets_key_error_503_after_capture_once"

    assert [pay(payments, "ord_1:1", method).status for _ in range(2)] == [503, 200]
    assert len(payments.charges()) == 2


def test_a_decline_can_be_forgotten_and_followed_by_a_capture(payments: PaymentControls) -> None:
    assert pay(payments, "ord_1:1", "pm_declined_once").status == 402
    assert look_up(payments, "ord_1:1").status == 404
    assert pay(payments, "ord_1:1", "pm_declined_once").status == 200
    assert len(payments.charges()) == 1


def test_a_late_capture_can_be_looked_up(payments: PaymentControls) -> None:
    with pytest.raises(TimeoutError):
        pay(payments, "ord_1:1", "pm_slow_400ms", timeout=0.1)

    assert look_up(payments, "ord_1:1").status == 409
    assert pay_at_once(payments, "ord_2:1", "pm_slow_400ms", 1) == [200]
    assert look_up(payments, "ord_1:1").body["status"] == "captured"


def test_the_captured_amount_can_be_wrong(payments: PaymentControls) -> None:
    assert pay(payments, "ord_1:1", "pm_wrong_amount").body["amount"] == 4201


def test_the_next_requests_can_be_told_to_fail(payments: PaymentControls) -> None:
    payments.change(next_requests=2, next_payment_method="pm_error_502")

    statuses = [pay(payments, f"ord_{number}:1").status for number in range(3)]
    assert statuses == [502, 502, 200]


def test_latency_is_added_to_every_answer(payments: PaymentControls) -> None:
    payments.change(latency_ms=200)

    with pytest.raises(TimeoutError):
        pay(payments, "ord_1:1", timeout=0.05)


def test_a_setting_that_is_none_is_refused_by_name(payments: PaymentControls) -> None:
    with pytest.raises(LocalRunError, match="latency_seconds"):
        payments.change(latency_seconds=1)
    with pytest.raises(LocalRunError, match="honours_keys must be a bool"):
        payments.change(honours_keys="no")


def test_a_payment_method_that_names_no_behaviour_is_refused(payments: PaymentControls) -> None:
    answer = pay(payments, "ord_1:1", "pm_hang_twice")

    assert (answer.status, answer.body["status"]) == (400, "not_charged")
    assert answer.body["code"] == "unknown_payment_method"
    assert "pm_hang" in answer.body["error"]


def test_without_the_secret_nothing_is_charged_or_shown(payments: PaymentControls) -> None:
    assert pay(payments, "ord_1:1", secret="wrong").status == 401
    assert payments.charges() == []
    with pytest.raises(LocalRunError, match="401"):
        PaymentControls(payments.port, "wrong").charges()


def test_the_ledger_survives_a_kill_of_the_program(ledger_file: Path) -> None:
    payments = PaymentControls(Ports.choose().payment_service, SECRET)
    first = _program(payments, ledger_file)
    try:
        before = pay(payments, "ord_1:1")
    finally:
        first.kill()
        first.wait()
    second = _program(payments, ledger_file)
    try:
        assert pay(payments, "ord_1:1") == before
        assert len(payments.charges()) == 1
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=10) == 0


def _program(payments: PaymentControls, ledger_file: Path) -> subprocess.Popen[bytes]:
    module = "checkout_stack.local.payment_service"
    options = ["--port", str(payments.port), "--ledger", str(ledger_file)]
    program = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        env={**os.environ, SECRET_VARIABLE: payments.secret},
        cwd=Path(__file__).parents[2],
    )
    deadline = time.monotonic() + 20
    while not payments.is_up():
        assert program.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return program
