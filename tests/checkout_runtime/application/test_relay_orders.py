"""The relay: stored orders become messages."""

from __future__ import annotations

import logging

import pytest

from checkout_runtime.application.relay_orders import RelayOrders
from checkout_runtime.domain.message import PaymentMessage
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.in_memory_ports import InMemoryQueue

MESSAGES = [PaymentMessage(new_order(str(number)).order_id, 1) for number in range(3)]


def test_every_message_is_sent() -> None:
    queue = InMemoryQueue()
    assert RelayOrders(queue)(MESSAGES) == set()
    assert queue.sent == MESSAGES


def test_what_the_queue_did_not_take_is_to_be_tried_again() -> None:
    queue = InMemoryQueue()
    queue.refused = {MESSAGES[1].order_id}
    assert RelayOrders(queue)(MESSAGES) == {MESSAGES[1]}
    assert queue.sent == [MESSAGES[0], MESSAGES[2]]


def test_the_relay_logs_only_what_the_queue_did_not_take(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = InMemoryQueue()
    caplog.set_level(logging.DEBUG, logger="checkout_runtime")
    RelayOrders(queue)(MESSAGES)
    assert caplog.records == []
    queue.refused = {MESSAGES[1].order_id}
    RelayOrders(queue)(MESSAGES)
    [record] = caplog.records
    assert vars(record).items() >= {"event": "messages_relayed", "sent": 2, "failed": 1}.items()
    assert record.levelno == logging.WARNING


def test_nothing_to_send_is_no_call() -> None:
    assert RelayOrders(None)([]) == set()  # type: ignore[arg-type]
