"""The local payment service tells of a payment by signed webhooks, where it is asked to."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from checkout_stack.local.payment_service import webhooks
from checkout_stack.local.payment_service_process import PaymentControls
from tests.checkout_runtime.adapters.answering_server import AnsweringServer, answering
from tests.local.paying import pay, serving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATIENCE_SECONDS = 10.0


def told(endpoint: AnsweringServer, count: int) -> list[bytes]:
    """The webhooks that came, once there are so many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(endpoint.requests) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return list(endpoint.requests)


def test_each_change_of_a_payment_is_told_and_told_again_until_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS_BETWEEN_TRIES", (0.01,))
    with serving(tmp_path / "ledger.sqlite") as payments, answering() as endpoint:
        endpoint.say(503)
        url = f"http://127.0.0.1:{endpoint.port}/payment-events"
        payments.send_webhooks_to(url, host="hooks.example", secret=SECRET)
        _pay(payments, "a:1", "pm_ok")
        _pay(payments, "b:1", "pm_action_required.webhook")
        assert len(told(endpoint, 2)) == 2
        endpoint.say(200)
        payments.buyer_acts("b:1")
        *_, last = told(endpoint, 3)
    head, _, body = last.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
    assert headers["host"] == "hooks.example"
    Webhook(SECRET).verify(body, headers)
    assert json.loads(body)["data"] == {"key": "b:1"}
    assert len(endpoint.requests) == 3, "what is not to be told is not told"


def test_a_payment_that_takes_time_is_told_when_it_is_through(tmp_path: Path) -> None:
    with serving(tmp_path / "ledger.sqlite") as payments, answering() as endpoint:
        endpoint.say(200)
        url = f"http://127.0.0.1:{endpoint.port}/payment-events"
        payments.send_webhooks_to(url, host="hooks.example", secret=SECRET)
        _pay(payments, "c:1", "pm_processing_captured_after_1.webhook")
        assert len(told(endpoint, 2)) == 2
        assert len(payments.charges()) == 1


def test_every_checkout_is_told_at_its_own_endpoint(tmp_path: Path) -> None:
    with serving(tmp_path / "ledger.sqlite") as payments, answering() as one, answering() as other:
        for endpoint in (one, other):
            endpoint.say(200)
            url = f"http://127.0.0.1:{endpoint.port}/payment-events"
            payments.send_webhooks_to(url, host="hooks.example", secret=SECRET)
        _pay(payments, "d:1", "pm_ok.webhook")
        assert (len(told(one, 1)), len(told(other, 1))) == (1, 1)


def test_two_checkouts_on_one_local_aws_are_told_apart_by_their_hosts(tmp_path: Path) -> None:
    with serving(tmp_path / "ledger.sqlite") as payments, answering() as endpoint:
        endpoint.say(200)
        url = f"http://127.0.0.1:{endpoint.port}/payment-events"
        for host in ("one.example", "other.example", "one.example"):
            payments.send_webhooks_to(url, host=host, secret=SECRET)
        _pay(payments, "f:1", "pm_ok.webhook")
        assert len(told(endpoint, 2)) == 2


def test_a_restarted_service_knows_its_endpoints_and_tells_again(tmp_path: Path) -> None:
    with answering() as endpoint:
        endpoint.say(200)
        with serving(tmp_path / "ledger.sqlite") as payments:
            url = f"http://127.0.0.1:{endpoint.port}/payment-events"
            payments.send_webhooks_to(url, host="hooks.example", secret=SECRET)
        with serving(tmp_path / "ledger.sqlite") as payments:
            _pay(payments, "e:1", "pm_ok.webhook")
            assert len(told(endpoint, 1)) == 1
            payments.resend_webhook("e:1")
            assert len(told(endpoint, 2)) == 2


def _pay(payments: PaymentControls, key: str, payment_method: str) -> None:
    assert pay(payments, key, payment_method=payment_method).status in (200, 202)
