"""The payment service to test against answers in the contract's words, and without them on request.

docs/payment-http.md is the contract; docs/local.md lists the payment methods.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
from pathlib import Path

import pytest

from checkout_stack.local.payment_service.payment_methods import (
    ENDINGS,
    FORMS,
    Form,
    behaviour_of,
)
from checkout_stack.local.payment_service_process import PaymentControls
from tests.local.paying import Answered, cancel, look_up, pay

ROOT = Path(__file__).parents[2]
KEY = "ord_1:1"
NOT_FOUND = Answered(404, {"status": "not_found"})


def test_a_request_that_is_refused_was_not_charged(payments: PaymentControls) -> None:
    refused = pay(payments, KEY, amount=0)

    assert refused.status == 400
    assert (refused.body["status"], refused.body["code"]) == ("not_charged", "malformed_request")
    assert pay(payments, "").body["code"] == "key_missing"
    told = pay(payments, KEY, "pm_not_charged")
    assert (told.status, told.body["status"]) == (422, "not_charged")
    assert look_up(payments, KEY) == NOT_FOUND


def test_a_request_that_was_refused_leaves_its_key_free(payments: PaymentControls) -> None:
    pay(payments, KEY, "pm_not_charged")

    assert pay(payments, KEY, "pm_ok").body["status"] == "captured"


def test_an_unknown_key_is_not_found_by_look_up_and_cancel(payments: PaymentControls) -> None:
    assert look_up(payments, KEY) == NOT_FOUND
    assert cancel(payments, KEY) == NOT_FOUND


def test_a_page_that_is_not_there_says_no_word(payments: PaymentControls) -> None:
    missing = pay(payments, KEY, path="/payments")

    assert (missing.status, "status" in missing.body) == (404, False)


def test_a_cancelled_attempt_stays_cancelled(payments: PaymentControls) -> None:
    pay(payments, KEY, "pm_action_required")

    assert cancel(payments, KEY) == Answered(200, {"status": "cancelled"})
    assert cancel(payments, KEY) == look_up(payments, KEY) == Answered(200, {"status": "cancelled"})
    for honours_keys in (True, False):
        payments.change(honours_keys=honours_keys)
        again = pay(payments, KEY, "pm_action_required")
        assert (again.body["status"], again.body["code"]) == ("declined", "cancelled")
    assert look_up(payments, KEY).body == {"status": "cancelled"}
    assert payments.charges() == []


@pytest.mark.parametrize(
    ("payment_method", "word"), [("pm_ok", "captured"), ("pm_declined", "declined")]
)
def test_what_came_to_an_outcome_cannot_be_cancelled(
    payments: PaymentControls, payment_method: str, word: str
) -> None:
    pay(payments, KEY, payment_method)

    assert cancel(payments, KEY).body["status"] == word
    assert look_up(payments, KEY).body["status"] == word


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null"])
def test_a_cancellation_without_a_key_says_no_word(payments: PaymentControls, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", payments.port)
    headers = {"Authorization": f"Bearer {payments.secret}"}
    connection.request("POST", "/charges/cancel", body, headers)
    answer = connection.getresponse()

    assert (answer.status, b"status" in answer.read()) == (400, False)
    connection.close()


def test_a_page_without_tls_can_be_asked_for(payments: PaymentControls) -> None:
    assert pay(payments, KEY, "pm_action_required").body["action_url"].startswith("https://")
    plain = pay(payments, "ord_2:1", "pm_action_required_http")
    assert plain.body["action_url"].startswith("http://")


@pytest.mark.parametrize("status", [200, 202, 402, 404, 499, 503])
@pytest.mark.parametrize(("point", "charges"), [("", 0), ("_after_capture", 1)])
@pytest.mark.parametrize(
    ("kind", "content_type"), [("error", "application/json"), ("html", "text/html")]
)
def test_any_status_can_come_without_a_word(
    payments: PaymentControls, kind: str, content_type: str, point: str, charges: int, status: int
) -> None:
    answer = pay(payments, KEY, f"pm_{kind}_{status}{point}")

    assert (answer.status, answer.content_type) == (status, content_type)
    assert "status" not in answer.body
    assert len(payments.charges()) == charges
    assert look_up(payments, KEY).status == (200 if charges else 404)


@pytest.mark.parametrize(
    ("payment_method", "word", "status"),
    [
        ("pm_captured_under_402", "captured", 402),
        ("pm_captured_under_202", "captured", 202),
        ("pm_declined_under_503", "declined", 503),
        ("pm_not_charged_under_409", "not_charged", 409),
        ("pm_processing_under_500", "processing", 500),
        ("pm_action_required_under_404", "action_required", 404),
    ],
)
def test_a_word_can_come_under_a_status_that_does_not_fit(
    payments: PaymentControls, payment_method: str, word: str, status: int
) -> None:
    answer = pay(payments, KEY, payment_method)

    assert (answer.status, answer.body["status"]) == (status, word)
    truth = look_up(payments, KEY)
    assert truth.status != status or truth == NOT_FOUND
    assert truth.body["status"] == (word if word != "not_charged" else "not_found")


def test_a_word_comes_under_its_own_status_after_the_wrong_ones(payments: PaymentControls) -> None:
    method = "pm_captured_under_404_2times"

    assert [pay(payments, KEY, method).status for _ in range(3)] == [404, 404, 200]
    assert len(payments.charges()) == 1


@pytest.mark.parametrize("status", [402, 404])
def test_a_look_up_can_be_answered_by_a_gateway(payments: PaymentControls, status: int) -> None:
    method = f"pm_lookup_html_{status}_after_capture_2times"

    assert pay(payments, KEY, method).status == 500
    wrong = [look_up(payments, KEY) for _ in range(2)]
    assert [(each.status, each.content_type) for each in wrong] == [(status, "text/html")] * 2
    assert look_up(payments, KEY).body["status"] == "captured"
    assert pay(payments, KEY, method).body["status"] == "captured"
    assert len(payments.charges()) == 1


def test_a_look_up_of_nothing_can_be_answered_without_a_word(payments: PaymentControls) -> None:
    pay(payments, KEY, "pm_lookup_error_404")

    assert look_up(payments, KEY) == Answered(404, {"error": "told to fail"})
    assert payments.charges() == []


def test_a_cancellation_can_be_answered_by_a_gateway(payments: PaymentControls) -> None:
    pay(payments, KEY, "pm_cancel_html_404_once")

    assert cancel(payments, KEY).content_type == "text/html"
    assert look_up(payments, KEY).body["status"] == "action_required"
    assert cancel(payments, KEY).body == {"status": "cancelled"}


def test_a_gateway_can_answer_everything(payments: PaymentControls) -> None:
    payments.change(gateway_status=404)

    for answer in (pay(payments, KEY), look_up(payments, KEY), cancel(payments, KEY)):
        assert (answer.status, answer.content_type) == (404, "text/html")
    assert payments.charges() == []
    payments.change(gateway_status=0)
    assert look_up(payments, KEY) == NOT_FOUND
    assert pay(payments, KEY).status == 200


def test_a_service_that_refuses_without_a_word_can_be_told_to_give_up(
    payments: PaymentControls,
) -> None:
    refused = [pay(payments, KEY, "pm_refused_404") for _ in range(2)]

    assert refused == [Answered(404, {"error": "told to fail"})] * 2
    assert look_up(payments, KEY) == NOT_FOUND
    assert cancel(payments, KEY).body == {"status": "cancelled"}


def test_a_service_that_refuses_without_a_word_may_refuse_to_give_up(
    payments: PaymentControls,
) -> None:
    pay(payments, KEY, "pm_refused_400_uncancellable")

    assert cancel(payments, KEY) == Answered(400, {"error": "told to fail"})
    assert look_up(payments, KEY) == NOT_FOUND


def test_a_key_can_be_forgotten_after_an_error(payments: PaymentControls) -> None:
    answers = [pay(payments, KEY, "pm_forgets_key_after_500").status for _ in range(2)]

    assert answers == [500, 200]
    assert len(payments.charges()) == 2


def test_the_documentation_lists_every_payment_method() -> None:
    documented = " ".join((ROOT / "docs" / "local.md").read_text().split())
    for form in FORMS:
        assert f"| `pm_{form.written}` | {form.does} |" in documented
    assert ENDINGS in documented


def test_the_program_tells_the_payment_methods() -> None:
    module = "checkout_stack.local.payment_service"
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, check=True
    )
    for form in FORMS:
        assert f"pm_{form.written}\n" in done.stdout.decode()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.written))
def test_a_payment_method_is_read_by_one_form_alone(form: Form) -> None:
    token = form.written
    for hole, example in {
        "<n>": "7",
        "<status>": "404",
        "<fault>": "html_404",
        "<word>": "captured",
        "<captured or declined>": "captured",
        "<refunded or failed>": "failed",
    }.items():
        token = token.replace(hole, example)

    assert [each for each in FORMS if each.pattern.fullmatch(token)] == [form]
    assert behaviour_of(f"pm_{token}.suffix") == behaviour_of(f"pm_{token}")
