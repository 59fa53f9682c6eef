"""A module's holds count where they can be captured, and its captures as the documented values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.adapters.custom_payment_service import CustomPaymentService
from checkout_runtime.adapters.timed_calls import TimedCalls
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from checkout_runtime.handlers.settings import Settings
from tests.checkout_runtime.factories import claimed_order

HOLD = Authorized("h_1", 4200, "EUR", 1_800_000_000_000)
ORDER = claimed_order(charge_id="h_1")
ASKED: tuple[tuple[str, Any], ...] = (("charge", ORDER), ("look_up", "k:1"), ("cancel", "k:1"))


class Charging:
    """A module that has no captures."""

    def __init__(self, does: Callable[[], object]) -> None:
        self._does = does
        self.asked: list[tuple[object, ...]] = []

    def _ask(self, *about: object) -> Any:
        self.asked.append(about)
        return self._does()

    charge = look_up = cancel = _ask


class Holding(Charging):
    """One that has."""

    def capture(self, *about: object) -> Any:
        return self._ask(*about)


def guarded(service: object, **changes: Any) -> CustomPaymentService:
    settings: dict[str, Any] = {
        "can_look_up": True,
        "can_cancel": True,
        "secrets": [],
        "timeout_seconds": 30.0,
        "calls": TimedCalls(),
        "name": "custom:tests",
        "on_late_capture": lambda order, captured: None,
        "captures_later": True,
        **changes,
    }
    return CustomPaymentService(service, **settings)


def captured(answer: object) -> object:
    return guarded(Holding(lambda: answer)).capture(ORDER, 500)


@pytest.mark.parametrize(("method", "about"), ASKED)
def test_a_hold_is_passed_on_with_its_currency_in_capitals(method: str, about: Any) -> None:
    service = guarded(Holding(lambda: replace(HOLD, currency="eur")))
    assert service.captures_later
    assert getattr(service, method)(about) == HOLD


@pytest.mark.parametrize(
    "wrong",
    [
        {"charge_id": ""},
        {"amount": 0},
        {"currency": "€"},
        {"capture_before": 0},
        {"capture_before": None},
        {"capture_before": 1.5},
        {"capture_before": True},
        {"capture_before": 10**15},
    ],
    ids=str,
)
def test_a_hold_without_what_belongs_to_it_is_unknown(wrong: dict[str, Any]) -> None:
    service = guarded(Holding(lambda: replace(HOLD, **wrong)))
    assert service.charge(ORDER) == Unknown("answered_nonsense:Authorized", without_word=True)


def test_a_hold_that_was_not_asked_for_is_unknown() -> None:
    service = guarded(Holding(lambda: HOLD), captures_later=False)
    assert not service.captures_later
    assert isinstance(service.charge(ORDER), Unknown)
    # One of before is found as long as it can be captured, also by a repeated request.
    again = replace(ORDER, attempt_claims=2)
    assert service.charge(again) == service.look_up("k:1") == HOLD
    without = guarded(Charging(lambda: HOLD), captures_later=False)
    assert isinstance(without.charge(again), Unknown)
    assert isinstance(without.look_up("k:1"), Unknown)
    assert isinstance(without.cancel("k:1"), Unknown)


@pytest.mark.parametrize(
    "answer",
    [Captured("ch_1", 500, "EUR"), Declined("lapsed"), NotCharged("too_much"), Unknown("down")],
    ids=repr,
)
def test_a_documented_answer_to_a_capture_is_passed_on(answer: object) -> None:
    assert captured(answer) == answer


@pytest.mark.parametrize(
    "answer",
    [
        None,
        True,
        HOLD,
        Processing(),
        Cancelled(),
        NotFound(),
        ActionRequired("https://bank.example/"),
        Captured("", 500, "EUR"),
    ],
    ids=repr,
)
def test_any_other_answer_to_a_capture_is_unknown(answer: object) -> None:
    said = captured(answer)
    assert isinstance(said, Unknown)
    assert said.without_word


def test_a_module_is_given_the_order_and_how_much() -> None:
    module = Holding(lambda: Captured("ch_1", 500, "EUR"))
    guarded(module).capture(ORDER, 500)
    assert module.asked == [(ORDER, 500)]


def test_a_capture_that_raises_is_unknown() -> None:
    def fails() -> object:
        raise ConnectionError

    said = guarded(Holding(fails)).capture(ORDER, 500)
    assert isinstance(said, Unknown)
    assert said.unavailable


@pytest.mark.parametrize(
    ("answer", "proofs"),
    [(Captured("ch_1", 500, "EUR"), 1), (Declined("lapsed"), 0), (HOLD, 0), (None, 0)],
    ids=repr,
)
def test_what_was_captured_past_its_time_is_stored(answer: object, proofs: int) -> None:
    go, calls, stored = threading.Event(), TimedCalls(), list[object]()

    def slow() -> object:
        assert go.wait(30)
        return answer

    service = guarded(
        Holding(slow),
        timeout_seconds=0.0,
        calls=calls,
        on_late_capture=lambda *proof: stored.append(proof),
    )
    assert service.capture(ORDER, 500) == Unknown("too_slow", unavailable=True)
    go.set()
    calls.wait_for_all()
    assert stored == [(ORDER, answer)] * proofs


def test_a_module_that_cannot_capture_is_never_asked_to() -> None:
    module = Charging(lambda: Captured("ch_1", 500, "EUR"))
    assert guarded(module).capture(ORDER, 500) == Unknown("no_capture")
    assert module.asked == []


def test_a_module_has_to_have_captures_only_where_there_may_be_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CAPTURE", raising=False)
    assert "capture" not in Settings().payment_module_methods
    for capture in ("later", "now"):
        monkeypatch.setenv("CAPTURE", capture)
        assert "capture" in Settings().payment_module_methods
        assert Settings().captures_later is (capture == "later")
