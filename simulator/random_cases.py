"""Cases and plans that a seed draws."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from simulator.cases import (
    DAY,
    FEWEST_RECEIVES,
    HOUR,
    MAX_RECEIVES,
    MINUTE,
    SECOND,
    SERVICES,
    BusTrouble,
    CancelWish,
    CaptureWish,
    Carts,
    Case,
    Events,
    Operator,
    Outage,
    Purchase,
    RefundWish,
    Webhooks,
)
from simulator.faults import RandomFaults
from simulator.traits import Traits

__all__ = ["case_of", "plan_of"]

_METHODS = (
    ("ok",),
    ("ok",),
    ("ok",),
    ("declined", "ok"),
    ("declined", "declined", "ok"),
    ("action",),
    ("action", "ok"),
    ("action_fails", "ok"),
    ("refused", "ok"),
    ("used", "ok"),
    ("used.late", "ok"),
    ("declined",),
    ("declined", "declined"),
    ("wrong",),
)
_ASYNCHRONOUS_METHODS = (
    *(("slow",), ("slow",), ("slow_declined", "ok"), ("slow_declined", "slow")) * 3,
    ("endless",),
)
_GARBAGE = ("not JSON", '{"order_id":1}', '{"attempt":1,"order_id":"ord_' + "a" * 52 + '"}')
_SKEWS = (0, 0, 0, 2 * SECOND, -2 * SECOND, 9 * SECOND, -9 * SECOND)
_WRONG_CLOCKS = (0, 10 * MINUTE, -10 * MINUTE, 3 * HOUR)
"""Far beyond the margin that leases have; only where keys guard against a second request, and a
look-up the end of their retention."""
_EVERY_THIRD = {0: "Stripe", 3: "custom"}
"""Of six seeds one is at Stripe and one at a module of the user's own, whatever else is drawn."""
_OTHERS = (
    *("keys and look-up",) * 5,
    *("slow to show",) * 2,
    *("keys only",) * 2,
    *("look-up only",) * 2,
    *("without words",) * 2,
    *("without words or cancel", "neither", "contradicts itself", "changes its mind"),
)
_RARELY, _OFTEN, _HALF = 0.03, 0.2, 0.5
_REFUNDS_SHARE = 0.1
_CANCELS_SHARE = 0.15
_EXPIRY_SHARE = 0.1
_HOLDS_SHARE = 0.25
"""Of the cases at a service that holds money, where it is told to."""
_HOLDS = {
    "keys and look-up": ("holds", "holds for days"),
    "custom": ("holds by a module",),
    "Stripe": ("holds at Stripe",),
}
"""The same services, told to."""
_DELIVERIES = (
    *((0,), (0, 0, 0), (2 * SECOND,), (0, 11 * SECOND)),
    *((6 * MINUTE, SECOND), (45 * SECOND,), (3 * HOUR, 0, DAY)),
)
"""When each webhook is delivered: at once is before the request is answered, and in differing order
where the next change comes before the last delivery of this one."""


def case_of(seed: int) -> Case:
    """The case of a seed: one to four orders, mostly one or two."""
    draw = random.Random(f"case {seed}")
    name = _EVERY_THIRD.get(seed % 6) or draw.choice(_OTHERS)
    service = SERVICES[name]
    orders = draw.choice((1,) * 8 + (2, 2, 3, 4))
    is_upgrade = name != "custom" and draw.random() < 0.06
    one_key = draw.random() < 0.2
    is_asynchronous = service.can_look_up and not is_upgrade and draw.random() < 0.05
    methods = _ASYNCHRONOUS_METHODS if is_asynchronous else _METHODS
    carts = draw.choice((*(Carts.PLAIN,) * 16, Carts.SIGNED, Carts.GUARDED))
    case = Case(
        purchases=tuple(
            _purchase(draw, place, methods, carts, one_key=one_key) for place in range(orders)
        ),
        service=service,
        operator=_operator(draw, service, is_upgrade=is_upgrade),
        skews_ms=_skews(draw, service),
        garbage=(draw.choice(_GARBAGE),) if draw.random() < _RARELY else (),
        outage=_outage(draw),
        deployed_at_ms=draw.choice((None, None, None, SECOND, MINUTE)),
        rotated_at_ms=_maybe(draw, 0, 3 * SECOND, 5 * MINUTE, HOUR),
        index_lag_ms=_maybe(draw, 2 * SECOND, 6 * MINUTE) or 0,
        carts=carts,
        max_receives=draw.choice((FEWEST_RECEIVES,) * 19 + (MAX_RECEIVES,)),
        quarantine=draw.random() < _RARELY,
        webhooks=None if is_upgrade else _webhooks(random.Random(f"webhooks {seed}")),
    )
    if not is_upgrade and draw.random() < _REFUNDS_SHARE:
        case = replace(case, refunds=_refunds(draw, service))
    if not is_upgrade:
        case = replace(case, **_given_up(random.Random(f"cancels {seed}")))
        case = _held(random.Random(f"holds {seed}"), case, _HOLDS.get(name))
    case = _deployed(draw, case, name, is_upgrade=is_upgrade)
    return replace(case, events=_events(seed, may_end=case.deployed_at_ms is not None))


def _refunds(draw: random.Random, service: Traits) -> tuple[RefundWish, ...]:
    """One to three refunds: some at once, some equal, some under the same key."""
    # What nobody can ask about is waited for during weeks in which nothing happens.
    decided_later = (31, 37) if service.can_look_up and draw.random() < 0.2 else ()
    at_ms = draw.choice((0, 3 * SECOND, MINUTE, HOUR, 3 * HOUR))
    return tuple(
        RefundWish(
            at_ms=at_ms + draw.choice((0, 0, SECOND, 10 * MINUTE)),
            key=draw.choice(("refund-1", "refund-2", "refund-3")),
            amount=draw.choice((None, 1, 1, *decided_later, 43, 47, 2100, 4200, 4201)),
            of_strays=draw.random() < 0.3,
            times=draw.choice((1, 1, 2)),
        )
        for _ in range(draw.choice((1, 2, 2, 3)))
    )


def _given_up(draw: random.Random) -> dict[str, Any]:
    """When orders are cancelled, and whether they expire."""
    expires = draw.random() < _EXPIRY_SHARE
    expires_after_ms = draw.choice((2 * HOUR, 2 * HOUR, DAY)) if expires else None
    return {"cancels": _cancels(draw), "expires_after_ms": expires_after_ms}


def _held(draw: random.Random, case: Case, holding: tuple[str, ...] | None) -> Case:
    """Sometimes the money is held first, and a shop asks for it: once, twice or never."""
    if holding is None or draw.random() >= _HOLDS_SHARE:
        return case
    soon, late = (draw.randrange(6 * SECOND), MINUTE, 10 * MINUTE), (4 * HOUR, 2 * DAY, 3 * DAY)
    times = (*soon, *soon, HOUR, *late)
    captures = tuple(
        CaptureWish(
            at_ms=draw.choice(times),
            amount=draw.choice((None, None, 1, 2100, 4200, 4201)),
            times=draw.choice((1, 1, 2)),
        )
        for _ in range(draw.choice((0, 1, 1, 2)))
    )
    return replace(case, service=SERVICES[draw.choice(holding)], captures=captures)


def _cancels(draw: random.Random) -> tuple[CancelWish, ...]:
    """Sometimes one or two cancellations: most of them while the order is on its way."""
    if draw.random() >= _CANCELS_SHARE:
        return ()
    later = (6 * SECOND, MINUTE, 6 * MINUTE, 20 * MINUTE, 2 * HOUR, DAY)
    return tuple(
        CancelWish(
            at_ms=draw.choice((draw.randrange(5 * SECOND), draw.choice(later))),
            times=draw.choice((1, 1, 2)),
        )
        for _ in range(draw.choice((1, 1, 2)))
    )


def plan_of(seed: int) -> RandomFaults:
    """The plan of a seed: from hardly any fault to one at every other boundary."""
    draw = random.Random(f"plan {seed}")
    return RandomFaults(
        draw,
        likelihood=draw.choice((0.02, 0.05, 0.1, 0.2, 0.4)),
        pauses=draw.choice((0.0, 0.2, 0.5)),
        most=draw.choice((1, 2, 2, 3, 3, 4, 6, 12)),
    )


def _events(seed: int, *, may_end: bool) -> Events | None:
    """Every other case announces its outcomes. A draw of its own leaves the others as they were."""
    draw = random.Random(f"events {seed}")
    if draw.random() < 0.5:
        return None
    return Events(
        trouble=draw.choice(list(BusTrouble)),
        trouble_until_ms=draw.choice((0,) * 12 + (5 * SECOND, 20 * MINUTE, 2 * DAY)),
        relay_dead_until_ms=draw.choice((0,) * 28 + (MINUTE, 2 * DAY)),
        is_always_on=not may_end or draw.random() < 0.7,
    )


def _maybe(draw: random.Random, *values: int) -> int | None:
    return draw.choice(values) if draw.random() < _RARELY else None


def _webhooks(draw: random.Random) -> Webhooks | None:
    if draw.random() < _HALF:
        return None
    return Webhooks(delays_ms=draw.choice(_DELIVERIES), strangers=draw.random() < _OFTEN)


def _skews(draw: random.Random, service: Traits) -> tuple[int, ...]:
    skews: tuple[int, ...] = _SKEWS
    if service.can_look_up and service.honours_keys_for_ms and draw.random() < 0.2:
        skews = _WRONG_CLOCKS
    return tuple(draw.choice(skews) for _ in range(5))


def _outage(draw: random.Random) -> Outage | None:
    until_ms = draw.choice((0,) * 77 + (20 * MINUTE, 3 * HOUR, 2 * DAY))
    charges_only = draw.random() < 0.5
    if not until_ms:
        return None
    return Outage(from_ms=0, until_ms=until_ms, charges_only=charges_only)


def _operator(draw: random.Random, service: Traits, *, is_upgrade: bool) -> Operator:
    decides = draw.random() < 0.04 and not is_upgrade
    return Operator(
        releases_at_ms=(7 * DAY,) if draw.random() < 0.04 else (),
        redrives_at_ms=tuple(draw.choice((SECOND, MINUTE, 10 * MINUTE, 2 * HOUR)) for _ in range(2))
        if draw.random() < _RARELY
        else (),
        decides_at_ms=(2 * HOUR, 8 * DAY) if decides else (),
        erases_at_ms=(draw.choice((MINUTE, 7 * HOUR)),) if draw.random() < _RARELY else (),
        audits_at_ms=(3 * DAY,) if draw.random() < _RARELY and service.kind != "custom" else (),
    )


def _deployed(draw: random.Random, case: Case, name: str, *, is_upgrade: bool) -> Case:
    """Let the deployment be an upgrade, or one to another payment service."""
    if is_upgrade:
        at = draw.choice((SECOND, 3 * SECOND, MINUTE, 6 * MINUTE))
        return replace(case, is_upgrade=True, deployed_at_ms=at)
    if case.deployed_at_ms is None or draw.random() > 0.15:
        return case
    # The other service's list does not have what was charged before.
    case = replace(case, operator=replace(case.operator, audits_at_ms=()))
    others = [each for each in ("keys and look-up", "Stripe", "keys only") if each != name]
    return replace(case, replaced_by=SERVICES[draw.choice((*others, "keys and look-up"))])


def _purchase(
    draw: random.Random,
    place: int,
    methods: tuple[tuple[str, ...], ...],
    carts: Carts,
    *,
    one_key: bool,
) -> Purchase:
    """A purchase: of one of two buyers, or, where all use one key, of a buyer of its own."""
    submissions = draw.choice((1, 2, 2, 3))
    return Purchase(
        buyer=f"buyer {place}" if one_key else draw.choice(("ada", "ben")),
        key="key-0000" if one_key else f"key-{place:04}",
        amount=draw.choice((1, 4200, 99_999_999)),
        submitted_at_ms=tuple(
            draw.choice((0, 0, 0, SECOND, 6 * SECOND, 6 * MINUTE, 3 * HOUR))
            for _ in range(submissions)
        ),
        payment_methods=draw.choice(methods),
        presses_twice=draw.random() < 0.3,
        acts=draw.random() < 0.7,
        acts_after_ms=draw.choice((2 * SECOND, 2 * SECOND, 20 * MINUTE, 59 * MINUTE, 65 * MINUTE)),
        changes_cart=submissions > 1 and carts is Carts.PLAIN and draw.random() < 0.1,
        cart=f"cart {place // 2}" if carts is Carts.GUARDED else None,
        in_process=carts is not Carts.SIGNED and draw.random() < 0.1,
    )
