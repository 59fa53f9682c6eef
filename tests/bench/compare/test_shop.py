"""What the compared workflows believe of a payment service: its words, not its status codes."""

from __future__ import annotations

import pytest

from bench.compare.shop import Cart, Shop
from checkout_runtime.adapters.http_exchange import HttpAnswer, NoAnswerError
from tests.bench.compare.conftest import MakeStage

CART = Cart(500, "EUR", "pm_ok")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (HttpAnswer(201, b'{"status": "captured"}'), "PAID"),
        (HttpAnswer(400, b'{"status": "declined"}'), "DECLINED"),
    ],
)
def test_a_word_decides_under_any_status(
    answer: HttpAnswer, outcome: str, make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    monkeypatch.setattr(stage, "exchange", lambda *_request: answer)
    assert Shop(stage).charge("order 1", CART) == outcome


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"status": "processing"}'])
def test_without_a_word_that_decides_the_outcome_is_unknown(
    body: bytes, make_stage: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage()
    monkeypatch.setattr(stage, "exchange", lambda *_request: HttpAnswer(200, body))
    with pytest.raises(NoAnswerError):
        Shop(stage).charge("order 1", CART)
