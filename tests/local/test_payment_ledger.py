"""Races and time in the payment service's book: one charge, whoever is first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.payment_service import messages
from checkout_stack.local.payment_service.ledger import Ledger
from checkout_stack.local.payment_service.messages import Answer, PaymentRequest
from checkout_stack.local.payment_service_process import PaymentControls
from tests.local.paying import Answered, cancel, look_up, pay, serving

ROUNDS = 40
PRESSES = 4
KEY = "ord_1:1"


def request(key: str = KEY) -> PaymentRequest:
    return PaymentRequest(
        payment_key=key,
        order_id=key.partition(":")[0],
        attempt=1,
        amount=4200,
        currency="EUR",
        customer="cus_1",
        payment_method="pm_action_required",
    )


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(ledger_file: Path, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger(ledger_file, clock)
    yield ledger
    ledger.close()


def waiting(ledger: Ledger, key: str = KEY) -> None:
    """A payment that waits for its buyer."""
    ledger.note_request(request(key))
    ledger.settle(request(key), messages.action_required("https://bank.example/confirm"))


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment, each in a thread of its own; the results, in order."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def start(number: int) -> None:
        gate.wait()
        results[number] = works[number]()

    threads = [threading.Thread(target=start, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_payment_is_captured_when_its_buyer_acts(payments: PaymentControls) -> None:
    pay(payments, KEY, "pm_action_required")
    payments.buyer_acts(KEY)

    [charge] = payments.charges()
    assert look_up(payments, KEY).body["charge_id"] == charge["charge_id"]
    assert pay(payments, KEY, "pm_action_required").body["charge_id"] == charge["charge_id"]


def test_a_buyer_who_presses_twice_is_charged_once(payments: PaymentControls) -> None:
    pay(payments, KEY, "pm_action_required")
    for _ in range(2):
        payments.buyer_acts(KEY)

    assert len(payments.charges()) == 1


def test_presses_at_the_same_moment_are_one_charge(ledger: Ledger) -> None:
    for number in range(ROUNDS):
        key = f"ord_{number}:1"
        waiting(ledger, key)
        answers = at_once(*[partial(ledger.confirm, key)] * PRESSES)
        assert len({answer.body["charge_id"] for answer in answers}) == 1
    assert len(ledger.charges()) == ROUNDS


def test_a_cancellation_and_the_buyers_act_have_one_winner(ledger: Ledger) -> None:
    for number in range(ROUNDS):
        key = f"ord_{number}:1"
        waiting(ledger, key)
        acted, cancelled = at_once(partial(ledger.confirm, key), partial(ledger.cancel, key))
        charged = [each for each in ledger.charges() if each["payment_key"] == key]
        assert acted == cancelled == ledger.look_up(key)
        assert acted.body["status"] == ("captured" if charged else "cancelled")
        assert len(charged) <= 1


def test_no_buyer_can_act_on_a_payment_that_nobody_asked_for(payments: PaymentControls) -> None:
    with pytest.raises(LocalRunError, match="404"):
        payments.buyer_acts(KEY)


@pytest.mark.parametrize("payment_method", ["pm_declined", "pm_processing_captured_after_60"])
def test_no_buyer_can_act_where_nobody_is_waited_for(
    payments: PaymentControls, payment_method: str
) -> None:
    pay(payments, KEY, payment_method)
    with pytest.raises(LocalRunError, match="409"):
        payments.buyer_acts(KEY)

    assert payments.charges() == []


def test_no_buyer_can_act_on_a_cancelled_attempt(payments: PaymentControls) -> None:
    pay(payments, KEY, "pm_action_required")
    cancel(payments, KEY)
    with pytest.raises(LocalRunError, match="409"):
        payments.buyer_acts(KEY)

    assert payments.charges() == []


def test_a_charge_in_work_cannot_be_made_after_it_was_cancelled(payments: PaymentControls) -> None:
    answers = at_once(
        lambda: pay(payments, KEY, "pm_slow_500ms"), lambda: _cancelled_soon(payments)
    )

    assert answers[0].body["status"] == "declined"
    assert answers[1] == Answered(200, {"status": "cancelled"})
    assert payments.charges() == []


def _cancelled_soon(payments: PaymentControls) -> Answered:
    while (answer := cancel(payments, KEY)).status == 404:
        pass
    return answer


@pytest.mark.parametrize(("settles_as", "charges"), [("captured", 1), ("declined", 0)])
def test_a_processing_payment_settles_when_its_time_has_come(
    ledger: Ledger, clock: Clock, settles_as: str, charges: int
) -> None:
    ledger.note_request(request())
    ledger.process(request(), settles_as=settles_as, seconds=10)

    clock.seconds += 9.5
    assert ledger.look_up(KEY) == messages.PROCESSING
    clock.seconds += 1
    assert ledger.look_up(KEY).body["status"] == settles_as
    assert [each["captured_at"] for each in ledger.charges()] == [1_010.0] * charges
    assert ledger.look_up(KEY).body["status"] == settles_as


def test_a_processing_payment_can_be_cancelled_until_it_settles(
    ledger: Ledger, clock: Clock
) -> None:
    for key in ("ord_1:1", "ord_2:1"):
        ledger.note_request(request(key))
        ledger.process(request(key), settles_as="captured", seconds=10)
    assert ledger.cancel("ord_1:1") == messages.CANCELLED
    clock.seconds += 11

    assert ledger.cancel("ord_2:1").body["status"] == "captured"
    assert [each["payment_key"] for each in ledger.charges()] == ["ord_2:1"]


def test_a_repeated_request_for_a_processing_payment_adds_nothing(
    payments: PaymentControls,
) -> None:
    method = "pm_processing_captured_after_60"

    accepted = pay(payments, KEY, method)
    assert accepted == Answered(202, {"status": "processing"})
    assert pay(payments, KEY, method) == accepted
    assert payments.charges() == []


def test_a_processing_payment_outlives_the_process(ledger_file: Path) -> None:
    with serving(ledger_file) as payments:
        pay(payments, KEY, "pm_processing_captured_after_0")
    with serving(ledger_file) as payments:
        answer = pay(payments, KEY, "pm_processing_captured_after_0")
        assert answer.body["status"] == "captured"
        assert len(payments.charges()) == 1


def test_a_capture_that_fails_half_way_leaves_no_trace(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(ledger)
    before: Answer = ledger.look_up(KEY)

    def breaks(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("checkout_stack.local.payment_service.ledger.messages.captured", breaks)
        with pytest.raises(RuntimeError, match="killed"):
            ledger.confirm(KEY)
    assert (ledger.charges(), ledger.look_up(KEY)) == ([], before)
