"""The events of docs/reference/states.md about held money, carried out on the real application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from checkout_runtime.application.capture_order import CaptureOrder
from checkout_runtime.domain.outcomes import Captured, Declined, NotCharged, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.state_events import (
    CHARGE,
    HOLD,
    ScriptedPayments,
    World,
    _answer,
    _message,
    _time,
    _webhook,
)

__all__ = ["HOLD_EVENTS"]

Event = Callable[[World], None]
PART = replace(CHARGE, amount=1)
DAYS = 24


def _asked(amount: int | None = None) -> Event:
    def happen(world: World) -> None:
        capture = CaptureOrder(world.orders, world.outcomes.holds, world.clock)
        capture(world.order_id, amount, asked_by="shop")

    return happen


def _then(*events: Event) -> Event:
    def happen(world: World) -> None:
        for event in events:
            event(world)

    return happen


def _captured(answer: Captured | Declined | NotCharged | Unknown, **looked_up: Any) -> Event:
    """Somebody asks for the money, and the message comes; the capture is answered so."""
    payments = ScriptedPayments(**{"looked_up": HOLD, "captured": answer, **looked_up})
    return _then(_asked(), _message(payments=payments))


def _at_its_end(**payments: Any) -> Event:
    """The end of the hold comes: the reconciler reminds of it, and a day later it looks."""
    end = _time(hours=7 * DAYS, **payments)
    return _then(_time(hours=6 * DAYS + 1, **payments), end)


HOLD_EVENTS: dict[str, Event] = {
    "the money is held": _answer(HOLD),
    "the money is held, after another took the claim": _answer(HOLD, stale=True),
    "another amount is held": _answer(replace(HOLD, amount=1)),
    "the money is held, after it was asked to be cancelled": _then(World.cancel, _answer(HOLD)),
    "asks for this attempt, the service holds the money": _message(
        payments=ScriptedPayments(charged=HOLD, captures_later=True)
    ),
    "look-up says that the money is held": _time(looked_up=HOLD),
    "a webhook, look-up says that the money is held": _webhook(looked_up=HOLD),
    "somebody asks for the money": _asked(),
    "somebody asks for more than is held": _asked(4201),
    "somebody asks for the money, then cancels the order": _then(_asked(), World.cancel),
    "somebody asks for the money of an order that is to be cancelled": _then(
        World.cancel, _asked()
    ),
    "the money is asked for, and it is captured": _captured(CHARGE),
    "the money is asked for, and the answer is lost": _captured(Unknown("timeout")),
    "the money is asked for, and it was captured before": _captured(
        Unknown("not asked"), looked_up=PART
    ),
    "the money is asked for, and the hold is gone": _captured(
        Unknown("not asked"), looked_up=Declined("expired")
    ),
    "the money is asked for, and the capture is refused": _captured(NotCharged("frozen")),
    "the money is asked for, and the look-up is not answered": _captured(
        CHARGE, looked_up=Unknown("timeout")
    ),
    "the hold ends, and is gone": _at_its_end(looked_up=Declined("expired")),
    "the hold ends, and is there": _at_its_end(looked_up=HOLD),
    "the hold ends, and was captured in part": _at_its_end(looked_up=PART),
    "a webhook, look-up says that a part was captured": _webhook(looked_up=PART),
}
