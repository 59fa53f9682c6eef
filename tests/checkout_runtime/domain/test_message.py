"""The message on the payment queue."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.domain.message import PaymentMessage, UnreadableMessageError

ORDER_ID = order_id_for("shop", "alice", "k1")
MESSAGES = st.builds(
    PaymentMessage,
    order_id=st.text(alphabet="abc234", min_size=52, max_size=52).map(lambda text: f"ord_{text}"),
    attempt=st.integers(1, 10**6),
    resend=st.integers(0, 10**6),
)


@given(MESSAGES)
def test_a_message_is_read_back_as_it_was_sent(message: PaymentMessage) -> None:
    assert PaymentMessage.from_body(message.to_body()) == message


@given(MESSAGES, MESSAGES)
def test_bodies_are_equal_exactly_where_the_messages_are(
    one: PaymentMessage, other: PaymentMessage
) -> None:
    assert (one.to_body() == other.to_body()) == (one == other)


def test_the_body_is_canonical_and_holds_nothing_volatile() -> None:
    assert PaymentMessage(ORDER_ID, 1).to_body() == f'{{"attempt":1,"order_id":"{ORDER_ID}"}}'


def test_another_attempt_and_another_resend_have_bodies_of_their_own() -> None:
    messages = [PaymentMessage(ORDER_ID, 1), PaymentMessage(ORDER_ID, 2)]
    messages += [PaymentMessage(ORDER_ID, 1, resend=1), PaymentMessage(ORDER_ID, 1, resend=2)]
    assert len({message.to_body() for message in messages}) == 4


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ord_1",
        "[]",
        "null",
        "1",
        '"text"',
        "{}",
        "{",
        "[" * 100_000,
        '{"attempt":1}',
        '{"order_id":"x","attempt":1}',
        '{"order_id":7,"attempt":1}',
        json.dumps({"order_id": ORDER_ID}),
        *(json.dumps({"order_id": ORDER_ID, "attempt": a}) for a in (0, -1, 1.0, "1", True, None)),
        *(
            json.dumps({"order_id": ORDER_ID, "attempt": 1, "resend": resend})
            for resend in (-1, 1.0, "1", True, None)
        ),
        f'{{"order_id":"{ORDER_ID}","attempt":{"9" * 5000}}}',
    ],
    ids=lambda body: body[:40],
)
def test_what_is_no_payment_message_is_unreadable(body: str) -> None:
    with pytest.raises(UnreadableMessageError):
        PaymentMessage.from_body(body)


@given(st.text())
def test_any_text_is_a_message_or_unreadable_and_nothing_else(body: str) -> None:
    with pytest.raises(UnreadableMessageError):
        PaymentMessage.from_body(body)
