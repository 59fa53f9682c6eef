"""The message about a refund: read as it is written, and told from that of a payment attempt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checkout_runtime.domain.identity import operation_id_for, order_id_for
from checkout_runtime.domain.message import PaymentMessage, UnreadableMessageError
from checkout_runtime.domain.operation_message import OperationMessage

ORDER = order_id_for("shop", "alice", "k1")
OPERATION = operation_id_for(ORDER, "refund", "r1")
FIELDS = {"operation": OPERATION, "order_id": ORDER}


def test_a_body_holds_nothing_that_need_not_be_there() -> None:
    body = OperationMessage(ORDER, OPERATION).to_body()
    assert body == f'{{"operation":"{OPERATION}","order_id":"{ORDER}"}}'


@pytest.mark.parametrize("resend", [0, 1, 24])
def test_a_message_is_read_back_as_it_was_sent(resend: int) -> None:
    message = OperationMessage(ORDER, OPERATION, resend)
    assert OperationMessage.from_body(message.to_body()) == message


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        '"operation"',
        '["operation"]',
        '{"of":"operation"}',
        '{"of":"\\"operation\\""}',
        '"operation"' + "[" * 100_000,
        "[" * 100_000 + '"operation"',
        PaymentMessage(ORDER, 1).to_body(),
    ],
)
def test_what_asks_for_no_operation_is_left_to_others(body: str) -> None:
    assert OperationMessage.from_body(body) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"order_id": None}, "no order id"),
        ({"order_id": 7}, "no order id"),
        ({"order_id": "ord_1"}, "no order id"),
        ({"operation": None}, "no operation id"),
        ({"operation": 7}, "no operation id"),
        ({"operation": "op_1"}, "no operation id"),
        ({"resend": "1"}, "no resend"),
        ({"resend": True}, "no resend"),
        ({"resend": 1.0}, "no resend"),
        ({"resend": None}, "no resend"),
        ({"resend": -1}, "no resend"),
    ],
)
def test_one_that_asks_for_an_operation_in_other_words_is_told(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UnreadableMessageError, match=problem):
        OperationMessage.from_body(json.dumps({**FIELDS, **changes}))
