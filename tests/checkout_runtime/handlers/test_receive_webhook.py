"""``POST /payment-events``: 2xx once everything is stored, 400 for a stranger, else a 5xx."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from checkout_runtime.adapters.aws import AwsNoAnswerError
from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.handlers.receive_webhook import MAX_BODY_BYTES
from tests.checkout_runtime.adapters.answering_server import AnsweringServer
from tests.checkout_runtime.handlers.conftest import Functions, clear_caches
from tests.checkout_runtime.handlers.queue_events import CAPTURED, Context, placed, record

if TYPE_CHECKING:
    from checkout_stack.local.aws import LocalAws

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
MUST_ACT = {"status": "action_required", "action_url": "https://bank.example/"}
FOREIGN = order_id_for("another shop", "ada", "k1")


@pytest.fixture(autouse=True)
def endpoint(
    local_aws: LocalAws,
    service: AnsweringServer,
    fresh_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """The function's own secret, and a payment service that can be asked."""
    secret = local_aws.secrets_manager().create_secret(
        Name=fresh_name("webhook-secret"), SecretString=SECRET
    )
    monkeypatch.setenv("WEBHOOK_SECRET_ARN", secret["ARN"])
    monkeypatch.setenv("PAYMENT_SERVICE_LOOK_UP_URL", service.url)
    clear_caches()
    yield
    clear_caches()


def webhook(body: bytes, *, secret: str = SECRET, as_base64: bool = False) -> dict[str, Any]:
    """A webhook as API Gateway hands it over."""
    now = datetime.now(UTC)
    return {
        "headers": {
            "content-type": "application/json",
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg_1", now, body.decode()),
        },
        "body": base64.b64encode(body).decode() if as_base64 else body.decode(),
        "isBase64Encoded": as_base64,
    }


def about(*order_ids: str) -> bytes:
    return json.dumps(
        [{"type": "payment.updated", "data": {"key": f"{o}:1"}} for o in order_ids]
    ).encode()


def status_of(functions: Functions, event: dict[str, Any], seconds: float = 29) -> int:
    return int(functions.receive_webhook(event, Context(seconds))["statusCode"])


def waiting(functions: Functions, service: AnsweringServer, key: str = "k1") -> str:
    """An order whose buyer has acted, which nobody has noticed."""
    service.say(200, MUST_ACT)
    order_id = placed(functions, key)
    message = record(PaymentMessage(order_id, 1).to_body(), group=order_id)
    assert functions.process_payments({"Records": [message]}, Context()) == {
        "batchItemFailures": []
    }
    service.say(200, CAPTURED)
    return order_id


def state_of(functions: Functions, order_id: str) -> str:
    order = functions.orders.get(order_id)
    assert order is not None
    return str(order.status)


@pytest.mark.parametrize("as_base64", [False, True], ids=["plain", "base64"])
def test_a_signed_webhook_settles_the_order_that_it_names(
    as_base64: bool, functions: Functions, service: AnsweringServer
) -> None:
    order_id = waiting(functions, service)
    functions.calls.clear()
    assert status_of(functions, webhook(about(order_id), as_base64=as_base64)) == 200
    assert state_of(functions, order_id) == "PAID"
    assert functions.calls[:2] == ["GetItem", "UpdateItem"]


def test_a_stranger_learns_and_changes_nothing(
    functions: Functions, service: AnsweringServer, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = waiting(functions, service)
    functions.calls.clear()
    theirs = "whsec_" + base64.b64encode(b"t" * 32).decode()
    for event in (
        webhook(about(order_id), secret=theirs),
        {**webhook(about(order_id)), "headers": {}},
        {**webhook(about(order_id)), "headers": None, "body": None},
        {**webhook(about(order_id)), "body": "not base64 \u2603", "isBase64Encoded": True},
        webhook(b'"' + b"x" * MAX_BODY_BYTES + b'"'),
    ):
        answer = functions.receive_webhook(event, Context())
        assert (answer["statusCode"], answer["body"]) == (400, "")
    assert functions.calls == []
    assert state_of(functions, order_id) == "ACTION_REQUIRED"
    refused = [vars(each) for each in caplog.records if each.levelno >= logging.WARNING]
    assert [each["event"] for each in refused] == ["webhook_refused"] * 5
    assert [each["reason"] for each in refused] == [
        *("wrong_signature", "not_signed", "not_signed", "unreadable", "too_large")
    ]


def test_what_is_not_ours_is_done_with(functions: Functions, service: AnsweringServer) -> None:
    assert status_of(functions, webhook(about(FOREIGN, "invoice-7"))) == 200
    assert service.requests == []


def test_one_bad_event_of_a_list_loses_no_other(
    functions: Functions, service: AnsweringServer
) -> None:
    first, last = waiting(functions, service, "k1"), waiting(functions, service, "k2")
    assert status_of(functions, webhook(about(first, "nonsense", FOREIGN, last))) == 200
    assert state_of(functions, first) == state_of(functions, last) == "PAID"


def test_an_event_whose_order_cannot_be_read_fails_after_all_others_were_followed(
    functions: Functions, service: AnsweringServer
) -> None:
    first, last = waiting(functions, service, "k1"), waiting(functions, service, "k2")
    reads: list[str] = []

    def fail_once(operation: str) -> None:
        if operation == "GetItem":
            reads.append(operation)
            if len(reads) == 1:
                raise AwsNoAnswerError("ReadTimeoutError")

    functions.before_calls.append(fail_once)
    event = webhook(about(first, last))
    with pytest.raises(AwsNoAnswerError):
        functions.receive_webhook(event, Context())
    functions.before_calls.remove(fail_once)
    assert state_of(functions, last) == "PAID"
    assert state_of(functions, first) == "ACTION_REQUIRED"
    assert status_of(functions, event) == 200, "it comes again"
    assert state_of(functions, first) == "PAID"


def test_while_the_payment_service_does_not_answer_webhooks_have_to_come_again(
    functions: Functions, service: AnsweringServer
) -> None:
    order_id = waiting(functions, service)
    service.say(503, {})
    answer = functions.receive_webhook(webhook(about(order_id)), Context())
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "5")
    service.say(200, CAPTURED)
    assert status_of(functions, webhook(about(order_id))) == 200
    assert state_of(functions, order_id) == "PAID"


def test_a_dispute_is_told_and_changes_nothing(
    functions: Functions, service: AnsweringServer, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = waiting(functions, service)
    assert status_of(functions, webhook(about(order_id))) == 200
    data = {"charge_id": "ch_1", "reason": "fraudulent"}
    disputes = [
        {"type": "payment.disputed", "data": {**data, "key": f"{each}:1"}}
        for each in (FOREIGN, order_id)
    ]
    body = json.dumps(disputes).encode()
    assert status_of(functions, webhook(body)) == 200
    assert state_of(functions, order_id) == "PAID"
    (told,) = (vars(each) for each in caplog.records if each.levelno == logging.ERROR)
    assert (told["event"], told["order_id"], told["charge_id"], told["reason"]) == (
        *("payment_disputed", order_id, "ch_1", "fraudulent"),
    )


def test_no_log_record_quotes_the_payload_or_the_secret(
    functions: Functions, service: AnsweringServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order_id = waiting(functions, service)
    data = {"key": f"{order_id}:1", "card": "4242424242424242", "name": "Ada Lovelace"}
    body = json.dumps({"type": "payment.updated", "data": data}).encode()
    event = webhook(body)
    assert status_of(functions, event) == 200
    assert status_of(functions, {**event, "body": event["body"] + " "}) == 400
    logged = " ".join(str(vars(each)) for each in caplog.records)
    for quoted in ("4242424242424242", "Lovelace", SECRET, event["headers"]["webhook-signature"]):
        assert quoted not in logged
