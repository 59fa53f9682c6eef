"""Outcomes that are announced, on a bus that works and on one that does not."""

from __future__ import annotations

from dataclasses import replace

from simulator.cases import DAY, HOUR, BusTrouble, Case, Events, Operator, Purchase
from simulator.portfolio.situation import Situation, buys, case_at, straight

__all__ = ["ANNOUNCEMENTS"]


def _announced(purchase: Purchase, events: Events) -> Case:
    return case_at("keys and look-up", purchase, events=events)


_TWO_CARDS = buys("declined", "ok")
ANNOUNCEMENTS: dict[str, Situation] = straight(
    {
        "announced": _announced(_TWO_CARDS, Events()),
        "announced, an action": _announced(buys("action"), Events()),
        "announced, a stray charge": replace(
            _announced(buys("wrong"), Events()), operator=Operator(decides_at_ms=(HOUR,))
        ),
        "the relay dead for two days": _announced(_TWO_CARDS, Events(relay_dead_until_ms=2 * DAY)),
        "a dead bus": _announced(
            _TWO_CARDS, Events(trouble=BusTrouble.HANGS, trouble_until_ms=DAY)
        ),
        "a bus that is gone": _announced(
            _TWO_CARDS, Events(trouble=BusTrouble.GONE, trouble_until_ms=DAY)
        ),
        "the bus switched off again": replace(
            _announced(buys("ok"), Events(trouble_until_ms=2 * HOUR, is_always_on=False)),
            deployed_at_ms=HOUR,
        ),
    }
)
