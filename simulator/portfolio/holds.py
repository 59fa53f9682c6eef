"""Orders that are cancelled or expire, and money that is held and then captured or let go."""

from __future__ import annotations

from dataclasses import replace

from simulator.cases import (
    FEWEST_RECEIVES,
    HOUR,
    MINUTE,
    SECOND,
    CancelWish,
    CaptureWish,
    Case,
    Events,
    Operator,
    Outage,
    Purchase,
    RefundWish,
    Webhooks,
)
from simulator.faults import Fault
from simulator.portfolio.payments import DOWN
from simulator.portfolio.situation import (
    ADAPTERS,
    DELIVERY,
    Situation,
    Steering,
    buys,
    case_at,
    straight,
    worker_dies,
)

__all__ = ["CANCELLATIONS", "HOLDS"]

_OPENED_AND_NOT_REQUESTED: Steering = {
    # Nobody says what became of the first card, so the second is opened and not charged.
    ("process_payments: StripePaymentService.look_up", 0): Fault.NOT_PROCESSED,
    **{(DELIVERY, time): Fault.BURNED for time in range(2, 2 + FEWEST_RECEIVES)},
}
_CANCELLED_ONCE = (CancelWish(at_ms=MINUTE),)
_CANCELLED_AND_CHARGED = case_at(
    # While look-ups take seconds, the other order of a batch asks for the breaker's probe, too.
    "slow to answer",
    # Its order is the first of each batch, and is looked up for a day.
    buys("ok", buyer="bob", key="key-0002"),
    buys("ok", submitted_at_ms=(2 * MINUTE,)),
    outage=replace(DOWN, charges_only=True),
    cancels=_CANCELLED_ONCE,
)
CANCELLATIONS: dict[str, Situation] = {
    **straight(
        {
            "cancelled after a decline": case_at(
                "keys and look-up", buys("declined"), cancels=_CANCELLED_ONCE
            ),
            "cancelled while the service is down": case_at(
                "keys and look-up",
                buys("ok"),
                outage=DOWN,
                cancels=(CancelWish(at_ms=MINUTE, times=2),),
            ),
            **{
                f"declined, and expires{', announced' if events else ''}": case_at(
                    "keys and look-up",
                    buys("declined"),
                    events=events,
                    expires_after_ms=2 * HOUR,
                )
                for events in (None, Events())
            },
            "declined, out of a backup, and expires": case_at(
                "keys and look-up",
                buys("declined"),
                quarantine=True,
                expires_after_ms=2 * HOUR,
            ),
            "cancelled while charging is down, beside another order": _CANCELLED_AND_CHARGED,
        }
    ),
    "cancelled, declined, out of a backup, and told": (
        case_at(
            "keys and look-up",
            buys("declined"),
            quarantine=True,
            cancels=_CANCELLED_ONCE,
            webhooks=Webhooks(delays_ms=(2 * MINUTE,)),
        ),
        worker_dies("keys and look-up"),
    ),
    "cancelled, opened and never requested": (
        case_at("Stripe", buys("declined", "ok"), cancels=_CANCELLED_ONCE),
        _OPENED_AND_NOT_REQUESTED,
    ),
}


_ALL = CaptureWish(at_ms=MINUTE)
_NOBODY_TOLD: Steering = {(DELIVERY, time): Fault.BURNED for time in range(2, 12)}


def _holds_at(service: str) -> dict[str, Situation]:
    """What may come of held money at a payment service."""

    def held(purchase: Purchase, *captures: CaptureWish, **more: object) -> Case:
        return case_at(service, purchase, captures=captures, **more)

    request = f"process_payments: {ADAPTERS[service]}.capture"
    return {
        "held, captured, and a worker dies": (
            held(buys("ok"), _ALL),
            {(request, 0): Fault.CRASH_AFTER, **_NOBODY_TOLD},
        ),
        "held, and a worker dies": (held(buys("ok")), worker_dies(service)),
        **straight(
            {
                "held, and captured": held(buys("ok"), replace(_ALL, times=2)),
                "held, and captured in part": held(buys("ok"), replace(_ALL, amount=3000)),
                "held, and let go": held(buys("ok"), cancels=_CANCELLED_ONCE),
                "held until it lapses": held(buys("ok"), events=Events()),
                "held until it lapses, and told": held(buys("ok"), webhooks=Webhooks()),
                "told that it is held": held(buys("action", comes_back=False), webhooks=Webhooks()),
                "lapsed before it is captured": held(
                    buys("ok"),
                    CaptureWish(at_ms=4 * HOUR - SECOND),
                    outage=Outage(from_ms=4 * HOUR - MINUTE, until_ms=4 * HOUR + MINUTE),
                ),
            }
        ),
    }


_GREEDY = case_at("holds for days", buys("greedy"), captures=(_ALL,))
HOLDS: dict[str, Situation] = {
    **straight(
        {
            "a stray under its hold's own id, by verdict": replace(
                _GREEDY, operator=Operator(decides_at_ms=(HOUR, 2 * HOUR))
            ),
            "a stray under its hold's own id, refunded": replace(
                _GREEDY, refunds=(RefundWish(at_ms=HOUR, key="refund-1", of_strays=True),)
            ),
            "held for days": case_at("holds for days", buys("ok"), events=Events()),
        }
    ),
    **{
        f"{service}, {name}": situation
        for service in ("holds", "holds by a module", "holds at Stripe")
        for name, situation in _holds_at(service).items()
    },
}
