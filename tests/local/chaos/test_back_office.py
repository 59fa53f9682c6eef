"""The back office sends each of its requests until it is answered."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from checkout_stack.local.chaos.back_office import MOST_SENDINGS, BackOfficeLoad
from checkout_stack.local.chaos.capture_comparison import AskedCapture
from checkout_stack.local.chaos.refund_comparison import AskedRefund
from checkout_stack.local.checkout_client import Answer

ACCEPTED = Answer(202, {}, {"refund_id": "op_1"}, 0.0)
BUSY = Answer(409, {}, {"why": "busy"}, 0.0)
REFUSED = Answer(409, {}, {"why": "more_than_left"}, 0.0)
SIGNED_OUT = Answer(401, {}, {}, 0.0)


def answering(*answers: Answer | None) -> Any:
    """A checkout whose API gives these answers; None: none within the client's patience."""
    left = list(answers)

    def answer_to(token: str | None, *, timeout: float, **_asked: object) -> Answer:
        answer = left.pop(0)
        if answer is None:
            raise TimeoutError(timeout)
        return SIGNED_OUT if token is None else answer

    return SimpleNamespace(
        left=left,
        client=SimpleNamespace(refund=answer_to, capture=answer_to),
        back_office=SimpleNamespace(token=lambda: "token"),
    )


def sent(*answers: Answer | None) -> tuple[BackOfficeLoad, AskedRefund]:
    load, asked = BackOfficeLoad(answering(*answers)), AskedRefund("ord_1", "rma-1", 1200)
    load._send_refund(asked, [0.05] * MOST_SENDINGS)
    assert load.checkout.left == []  # type: ignore[attr-defined]
    return load, asked


def test_it_signs_in_and_sends_again_until_an_answer_comes() -> None:
    load, asked = sent(SIGNED_OUT, None, BUSY, ACCEPTED)
    assert asked.refund_ids == {"op_1"}
    assert load.figures["refund requests"] == 4


def test_a_refusal_is_an_answer() -> None:
    load, asked = sent(SIGNED_OUT, REFUSED)
    assert asked.refund_ids == set()
    assert load.figures["refunds refused"] == 1


@pytest.mark.parametrize(
    ("answers", "may_be_taken"),
    [
        ((SIGNED_OUT, None, BUSY, ACCEPTED), True),
        ((SIGNED_OUT, REFUSED), False),
        ((None,) * MOST_SENDINGS, True),
    ],
)
def test_held_money_may_be_taken_unless_that_was_refused(
    answers: tuple[Answer | None, ...], may_be_taken: bool
) -> None:
    load, asked = BackOfficeLoad(answering(*answers)), AskedCapture("ord_1", 4200)
    load._send_capture(asked, [0.05] * MOST_SENDINGS)
    assert asked.may_be_taken is may_be_taken
    assert load.figures["capture requests"] == len(answers)


def test_holds_are_captured_whole_in_part_and_too_much_let_go_or_left() -> None:
    load, voids = BackOfficeLoad(answering(*[ACCEPTED] * 1000)), list[int]()
    load._token = "token"
    draw, alone = random.Random(7), 0
    for number in range(60):
        load.ask_to_capture(f"ord_{number}", 4200, draw, lambda: voids.append(number))  # noqa: B023
        asked = sum(each.order_id == f"ord_{number}" for each in load.captures)
        alone += not asked and number in voids
    assert {each.amount for each in load.captures} == {4200, 2100, 4201}
    assert load.figures["capture requests"] == 2 * len(load.captures)
    assert 0 < alone < len(voids)
    assert len(voids) < 60


def test_the_same_seed_asks_for_the_same() -> None:
    amounts = []
    for _ in range(2):
        load = BackOfficeLoad(answering(*[ACCEPTED] * 1000))
        draw = random.Random(7)
        for _ in range(20):
            load.ask("ord_1", 4200, draw)
        amounts.append([each.amount for each in load.asked])
    assert amounts[0] == amounts[1]
    assert {None, 2100, 4200, 1} == set(amounts[0])
