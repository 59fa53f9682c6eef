"""Whatever the stream, the queue or the payment service says: no batch fails for one of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checkout_runtime.adapters.http_exchange import HttpAnswer
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.order_item import order_to_item
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.domain.message import PaymentMessage, UnreadableMessageError
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Unknown,
)
from checkout_runtime.handlers import dependencies
from tests.checkout_runtime.adapters.answering_server import AnsweringServer
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.handlers.conftest import Functions
from tests.checkout_runtime.handlers.queue_events import CAPTURED, Context, placed, record
from tests.checkout_runtime.handlers.test_bad_input import any_json, any_text
from tests.checkout_runtime.state_events import SetClock
from tests.hypothesis_profiles import examples

ORDER = new_order()
property_test = settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
number = st.one_of(st.integers().map(str), any_text, st.sampled_from(["1e3", "1.0", "", "NaN"]))
attribute = st.one_of(
    any_text.map(lambda text: {"S": text}),
    number.map(lambda text: {"N": text}),
    st.sampled_from([{"NULL": True}, {"L": []}, {"M": {}}, {"BOOL": False}, {}]),
)


class Taking:
    """An SQS that takes what the real one would, and the whole batch or nothing."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert operation == "SendMessageBatch"
        for entry in parameters["Entries"]:
            assert 1 <= len(entry["MessageGroupId"]) <= 128
            assert entry["MessageGroupId"].isascii()
            assert entry["MessageGroupId"].isprintable()
            self.bodies.append(entry["MessageBody"])
        return {}


@dataclass(frozen=True)
class Behind:
    """The functions behind the API by name."""

    send: Callable[[str, dict[str, Any]], dict[str, Any]]
    place: Callable[[str], str]


@pytest.fixture
def behind(functions: Functions) -> Behind:
    return Behind(
        lambda name, event: getattr(functions, name)(event, Context()),
        lambda key: placed(functions, key),
    )


@pytest.fixture
def taken(behind: Behind, monkeypatch: pytest.MonkeyPatch) -> Taking:
    taking = Taking()
    monkeypatch.setattr(dependencies.payment_queue(), "_sqs", taking)
    return taking


def stream_record(image: Any, sequence_number: str) -> dict[str, Any]:
    return {"dynamodb": {"SequenceNumber": sequence_number, "NewImage": image}}


@property_test
@given(changes=st.dictionaries(st.sampled_from(["attempt", "resend"]), attribute))
@example(changes={"attempt": {"N": "1" * 5000}})
def test_any_numbers_in_a_stream_record_fail_alone(
    changes: dict[str, Any], behind: Behind, taken: Taking
) -> None:
    taken.bodies.clear()
    good, image = order_to_item(ORDER, 1), order_to_item(new_order("k2"), 1)
    records = [stream_record({**image, **changes}, "7"), stream_record(good, "8")]
    answer = behind.send("relay_orders", {"Records": records})
    assert answer["batchItemFailures"] in ([], [{"itemIdentifier": "7"}])
    assert PaymentMessage(ORDER.order_id, 1).to_body() in taken.bodies


@pytest.mark.parametrize("left_out", ["pk", "attempt", "resend"])
def test_a_stream_record_that_lacks_something_fails_alone(
    left_out: str, behind: Behind, taken: Taking
) -> None:
    image = order_to_item(new_order("k2"), 1)
    del image[left_out]
    records = [stream_record(image, "7"), stream_record(order_to_item(ORDER, 1), "8")]
    answer = behind.send("relay_orders", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert len(taken.bodies) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"pk": {"S": "an order made by hand"}},
        {"pk": {"S": ""}},
        {"pk": {"S": "ord_" + "ö" * 52}},
        {"attempt": {"N": "0"}},
        {"resend": {"N": "-1"}},
    ],
    ids=str,
)
def test_a_stream_record_of_no_order_fails_alone(
    changes: dict[str, Any], behind: Behind, taken: Taking
) -> None:
    records = [
        stream_record({**order_to_item(new_order("k2"), 1), **changes}, "7"),
        stream_record(order_to_item(ORDER, 1), "8"),
    ]
    answer = behind.send("relay_orders", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert taken.bodies == [PaymentMessage(ORDER.order_id, 1).to_body()]


bodies = st.one_of(
    any_text,
    any_json.map(json.dumps),
    st.fixed_dictionaries(
        {"order_id": st.just(ORDER.order_id), "attempt": any_json}, optional={"resend": any_json}
    ).map(json.dumps),
    st.integers(1, 60_000).map(lambda n: "[" * n),
)


@property_test
@given(body=bodies)
def test_any_body_is_a_message_or_said_not_to_be_one(body: str) -> None:
    try:
        message = PaymentMessage.from_body(body)
    except UnreadableMessageError:
        return
    assert PaymentMessage.from_body(message.to_body()) == message


@settings(property_test, max_examples=examples(25))
@given(body=bodies, group=st.text("abc-_.!", min_size=1, max_size=5))
@example(body=f'{{"attempt":{10**40},"order_id":"{ORDER.order_id}"}}', group="g")
def test_any_message_fails_alone(
    body: str, group: str, behind: Behind, service: AnsweringServer
) -> None:
    order_id = behind.place("good")
    good = record(PaymentMessage(order_id, 1).to_body(), 2, order_id)
    answer = behind.send("process_payments", {"Records": [record(body, 1, group), good]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert len(service.requests) == 1


def payment_service(answer: HttpAnswer) -> HttpPaymentService:
    return HttpPaymentService(
        url="https://payments.example.com/charges",
        look_up_url="https://payments.example.com/charges",
        cancel_url="https://payments.example.com/cancel",
        secret=CachedSecret(StubSecrets("s3cret"), "arn", SetClock()),
        timeout_seconds=1,
        send=lambda *_: answer,
    )


answers = st.builds(
    HttpAnswer,
    st.one_of(st.integers(100, 599), st.sampled_from([200, 201, 402])),
    st.one_of(
        st.binary(max_size=300),
        any_json.map(lambda value: json.dumps(value).encode()),
        st.builds(
            lambda status, more: json.dumps({**CAPTURED, "status": status, **more}).encode(),
            st.sampled_from(["captured", "declined", "action_required", "cancelled"]),
            st.dictionaries(
                st.sampled_from([*CAPTURED, "decline_code", "action_url"]), any_json, max_size=2
            ),
        ),
    ),
)


@property_test
@given(answer=answers)
def test_any_answer_about_money_is_an_outcome_that_can_be_stored(answer: HttpAnswer) -> None:
    service = payment_service(answer)
    charged = service.charge(ORDER)
    asked = [charged, service.look_up(ORDER.payment_key), service.cancel(ORDER.payment_key)]
    kinds = (Captured, Declined, ActionRequired, NotCharged, Unknown, NotFound, Cancelled)
    for outcome in asked:
        assert isinstance(outcome, kinds)
        repr(outcome).encode()
        assert "s3cret" not in repr(outcome)
        if isinstance(outcome, Captured):
            fields = json.loads(answer.body)
            assert answer.status in (200, 201)
            assert fields["status"] == "captured"
            assert (outcome.charge_id, outcome.amount, outcome.currency) == (
                fields["charge_id"],
                fields["amount"],
                fields["currency"],
            )
    assert not isinstance(charged, NotFound | Cancelled)


@pytest.mark.parametrize("other", ["declined", "action_required"])
def test_an_answer_that_says_two_things_is_unknown(other: str) -> None:
    twice = json.dumps(CAPTURED)[:-1] + f', "status": "{other}"}}'
    assert isinstance(payment_service(HttpAnswer(200, twice.encode())).charge(ORDER), Unknown)


@pytest.mark.parametrize("status", [400, 402, 404])
def test_a_refusal_whose_body_says_captured_is_unknown(status: int) -> None:
    answer = HttpAnswer(status, json.dumps(CAPTURED).encode())
    assert isinstance(payment_service(answer).charge(ORDER), Unknown)
