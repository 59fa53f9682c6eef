"""What a checkout does with a payment service, by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checkout_stack.local.loopback_http import request
from checkout_stack.local.payment_service.server import PaymentServer
from checkout_stack.local.payment_service_process import PaymentControls

SECRET = "the-secret"


@contextmanager
def serving(ledger_file: Path) -> Iterator[PaymentControls]:
    """A payment service on a ledger file, stopped at the end."""
    server = PaymentServer(port=0, secret=SECRET, ledger_file=ledger_file)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield PaymentControls(server.server_address[1], SECRET)
    finally:
        server.stop()
        thread.join()


@dataclass(frozen=True)
class Answered:
    """An answer of the payment service."""

    status: int
    body: dict[str, Any]
    """Empty where the answer is no JSON."""
    content_type: str = "application/json"


def pay(
    payments: PaymentControls,
    key: str,
    payment_method: str = "pm_ok",
    *,
    amount: int = 4200,
    secret: str | None = None,
    timeout: float = 10.0,
    path: str = "/charges",
    capture: str | None = None,
) -> Answered:
    """Ask for a charge; raises ``TimeoutError`` when no answer comes in time."""
    body: dict[str, Any] = {
        "order_id": key.partition(":")[0],
        "attempt": 1,
        "amount": amount,
        "currency": "EUR",
        "customer": "cus_1",
        "payment_method": payment_method,
        **({} if capture is None else {"capture": capture}),
    }
    headers = {
        "Authorization": f"Bearer {payments.secret if secret is None else secret}",
        "Idempotency-Key": key,
    }
    return _ask(payments, "POST", path, headers, body, timeout)


def look_up(payments: PaymentControls, key: str) -> Answered:
    """Ask what became of a key."""
    headers = {"Authorization": f"Bearer {payments.secret}"}
    return _ask(payments, "GET", f"/charges?key={quote(key, safe='')}", headers)


def cancel(payments: PaymentControls, key: str) -> Answered:
    """Ask to cancel an attempt."""
    headers = {
        "Authorization": f"Bearer {payments.secret}",
        "Idempotency-Key": f"{key}:cancel",
    }
    return _ask(payments, "POST", "/charges/cancel", headers, {"key": key})


def pay_at_once(payments: PaymentControls, key: str, payment_method: str, times: int) -> list[int]:
    """Ask for the same charge several times at the same moment; the statuses, sorted."""
    with ThreadPoolExecutor(times) as pool:
        answers = pool.map(lambda _: pay(payments, key, payment_method), range(times))
        return sorted(answer.status for answer in answers)


def _ask(
    payments: PaymentControls,
    method: str,
    path: str,
    headers: dict[str, str],
    body: object = None,
    timeout: float = 10.0,
) -> Answered:
    reply = request(payments.port, method, path, headers=headers, body=body, timeout=timeout)
    content_type = reply.headers["content-type"]
    return Answered(
        reply.status, reply.fields() if content_type == "application/json" else {}, content_type
    )


def refund(
    payments: PaymentControls, key: str, charge_id: str, amount: int = 4200, currency: str = "EUR"
) -> Answered:
    """Ask for a refund."""
    headers = {"Authorization": f"Bearer {payments.secret}", "Idempotency-Key": key}
    body = {"order_id": "ord_1", "charge_id": charge_id, "amount": amount, "currency": currency}
    return _ask(payments, "POST", "/charges/refunds", headers, body)


def look_up_refund(payments: PaymentControls, key: str) -> Answered:
    """Ask what became of a refund's key."""
    headers = {"Authorization": f"Bearer {payments.secret}"}
    return _ask(payments, "GET", f"/charges/refunds?key={quote(key, safe='')}", headers)


def hold(payments: PaymentControls, key: str, payment_method: str = "pm_ok") -> Answered:
    """Ask for a hold."""
    return pay(payments, key, payment_method, capture="later")


def capture(
    payments: PaymentControls,
    key: str,
    hold_id: str,
    amount: int = 4200,
    *,
    currency: str = "EUR",
    capture_key: str | None = None,
    timeout: float = 10.0,
) -> Answered:
    """Ask to capture the hold of a payment key."""
    headers = {
        "Authorization": f"Bearer {payments.secret}",
        "Idempotency-Key": capture_key or f"{key}:capture",
    }
    body = {
        "order_id": key.partition(":")[0],
        "payment_key": key,
        "charge_id": hold_id,
        "amount": amount,
        "currency": currency,
    }
    return _ask(payments, "POST", "/charges/captures", headers, body, timeout)
