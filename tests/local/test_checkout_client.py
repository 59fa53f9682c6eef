"""The client asks again only where MiniStack could not start the function that was to answer."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from checkout_stack.local import checkout_client
from checkout_stack.local.checkout_client import CheckoutClient
from checkout_stack.local.loopback_http import HttpReply

NOT_STARTED = HttpReply(
    502, {}, b'{"errorMessage": "Worker init failed", "errorType": "RuntimeError"}'
)
CRASHED = HttpReply(502, {}, b'{"errorMessage": "no", "errorType": "Runtime.HandlerError"}')
FOUND = HttpReply(200, {}, b'{"order_id": "ord_1"}')


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def answering(monkeypatch: pytest.MonkeyPatch, *replies: HttpReply) -> Iterator[HttpReply]:
    left = iter(replies)
    monkeypatch.setattr(checkout_client, "request", lambda *_args, **_named: next(left))
    return left


def status(monkeypatch: pytest.MonkeyPatch, *replies: HttpReply) -> int:
    left = answering(monkeypatch, *replies)
    answer = CheckoutClient("https://api1.example.com", 4566).get_order(None, "ord_1")
    assert list(left) == [], "it is asked so often, and no more"
    return answer.status


def test_a_function_that_did_not_start_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    assert status(monkeypatch, NOT_STARTED, NOT_STARTED, FOUND) == 200
    assert len(pauses) == 2


def test_one_that_never_starts_is_told(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    assert (
        status(monkeypatch, *[NOT_STARTED] * (1 + len(checkout_client._STARTS_AGAIN_AFTER_SECONDS)))
        == 502
    )
    assert sum(pauses) < 10


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize("reply", [CRASHED, FOUND, HttpReply(503, {}, b"{}")])
def test_every_answer_of_a_function_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, reply: HttpReply
) -> None:
    assert status(monkeypatch, reply) == reply.status
