"""Cases that together come to every boundary, and in which every fault can happen."""

from __future__ import annotations

from dataclasses import replace

from simulator.cases import (
    DAY,
    FEWEST_RECEIVES,
    HOUR,
    MINUTE,
    SECOND,
    SERVICES,
    Carts,
    Case,
    Operator,
    RefundWish,
    Webhooks,
)
from simulator.faults import Fault
from simulator.portfolio.announcements import ANNOUNCEMENTS
from simulator.portfolio.holds import CANCELLATIONS, HOLDS
from simulator.portfolio.payments import DOWN, payments_at, told_of_payments
from simulator.portfolio.refunds import REFUNDS, refunds_at, told_of_refunds
from simulator.portfolio.situation import (
    DELIVERY,
    STRAIGHT,
    Place,
    Situation,
    Steering,
    buys,
    case_at,
    straight,
    worker_dies,
)

__all__ = ["PORTFOLIO", "Place"]

_KINDS = ("keys and look-up", "custom", "Stripe")
"""A service of each kind."""


def _of_each_kind() -> dict[str, Situation]:
    return {
        f"{service}, {name}": situation
        for groups in ((payments_at,), (told_of_payments,), (refunds_at, told_of_refunds))
        for service in _KINDS
        for group in groups
        for name, situation in group(service).items()
    }


def _guarded(*, in_process: bool) -> Case:
    carts = [buys("ok", cart="cart", key=key, in_process=in_process) for key in ("key-1", "key-2")]
    return case_at("keys and look-up", *carts, carts=Carts.GUARDED)


def _audited(service: str) -> Case:
    purchases = [buys("ok", key=f"key-{number}") for number in range(4)]
    return case_at(service, *purchases, operator=Operator(audits_at_ms=(3 * DAY,)))


def _refunds_audited(service: str) -> Case:
    keys = ("refund-1", "refund-2")
    wishes = tuple(RefundWish(at_ms=MINUTE, key=key, amount=1200) for key in keys)
    return replace(_audited(service), refunds=wishes)


def _two_at_stripe(*, rotated_at_ms: int) -> Case:
    purchases = [buys("ok", key=key) for key in ("key-1", "key-2")]
    return case_at("Stripe", *purchases, rotated_at_ms=rotated_at_ms)


def _unclear(service: str, operator: Operator) -> Case:
    return case_at(service, buys("ok"), outage=DOWN, operator=operator)


_OPENED_IN_VAIN: Steering = {("process_payments: StripePaymentService.open", 0): Fault.CRASH_AFTER}
_OPENED_TWICE: Steering = {
    (DELIVERY, 0): Fault.TWICE,
    ("process_payments: StripePaymentService.open", 0): Fault.PAUSE,
}
_IN_ONE_BATCH: Steering = {("stream mapping: relay_orders", 0): Fault.PAUSE}
_IN_ONE_RUN: Steering = {
    **_IN_ONE_BATCH,
    **{
        ("process_payments: StripePaymentService.charge", time): Fault.NOT_PROCESSED
        for time in range(2)
    },
    **{(DELIVERY, time): Fault.BURNED for time in range(1, 4 * FEWEST_RECEIVES)},
}
_REFUSED_AGAIN: Steering = {
    **{(DELIVERY, time): Fault.BURNED for time in range(FEWEST_RECEIVES)},
    ("reconcile_orders: SqsPaymentQueue.send", 0): Fault.PARTIAL,
}
_OUT_OF_TIME: Steering = {
    **worker_dies("keys and look-up"),
    ("reconcile_orders: DynamoDbUnsettledOrders.bookmark", 0): Fault.OVERSLEEP,
}
_ORDINARY = case_at("keys and look-up", buys("ok"))
_ASKED_IN_VAIN_AND_BURNED: Steering = {
    ("process_payments: HttpPaymentService.look_up", 0): Fault.ERROR,
    **{(DELIVERY, time): Fault.BURNED for time in range(2, 2 + FEWEST_RECEIVES)},
}
"""The second attempt is not requested, as nobody answers about the first; its message is lost."""
PORTFOLIO: dict[str, Situation] = {
    **_of_each_kind(),
    **REFUNDS,
    **straight(
        {
            "looked up, never found": _unclear("look-up only", Operator()),
            "unclear, released in vain": _unclear("neither", Operator(releases_at_ms=(2 * HOUR,))),
            "refused without a word, released": case_at(
                "without words or cancel",
                buys("refused"),
                operator=Operator(releases_at_ms=(HOUR,)),
            ),
        }
    ),
    "sent again, but the queue refuses": (_ORDINARY, _REFUSED_AGAIN),
    "captured after all, and found by the reconciler": (
        case_at("changes its mind", buys("declined", "ok")),
        _ASKED_IN_VAIN_AND_BURNED,
    ),
    **straight(
        {
            "unclear, declined by verdict": _unclear("neither", Operator(decides_at_ms=(2 * DAY,))),
            "refunded, then declined by verdict": case_at(
                "keys and look-up",
                buys("wrong"),
                operator=Operator(decides_at_ms=(HOUR, 2 * HOUR)),
            ),
            "no action and no cancellation": case_at(
                "without words or cancel", buys("action", acts=False)
            ),
            "captured after all": case_at("changes its mind", buys("declined", "ok")),
            "slow look-ups before a third card": case_at(
                "slow to answer", buys("declined", "declined", "ok")
            ),
            "one cart twice": _guarded(in_process=False),
            "one cart twice, in process": _guarded(in_process=True),
            "erased": replace(_ORDINARY, operator=Operator(erases_at_ms=(MINUTE,))),
            "audited": _audited("keys and look-up"),
        }
    ),
    "audited at Stripe": (_audited("Stripe"), _OPENED_IN_VAIN),
    "refunds audited": (_refunds_audited("keys and look-up"), STRAIGHT),
    "refunds audited at Stripe": (_refunds_audited("Stripe"), STRAIGHT),
    "another key in the middle of a batch": (
        _two_at_stripe(rotated_at_ms=MINUTE - SECOND),
        _IN_ONE_BATCH,
    ),
    "another key in the middle of a run": (
        _two_at_stripe(rotated_at_ms=10 * MINUTE - SECOND),
        _IN_ONE_RUN,
    ),
    **straight(
        {
            f"{kind}, then another service that cannot be asked": case_at(
                "keys and look-up",
                buys(kind, acts=False),
                deployed_at_ms=MINUTE,
                replaced_by=SERVICES["keys only"],
            )
            for kind in ("action", "slow")
        }
    ),
    **ANNOUNCEMENTS,
    **CANCELLATIONS,
    **HOLDS,
    "told, and overslept": (
        case_at("Stripe", buys("action", comes_back=False), webhooks=Webhooks()),
        {("receive_webhook: DynamoDbOrders.get", 0): Fault.OVERSLEEP},
    ),
    "opened twice": (case_at("Stripe", buys("ok")), _OPENED_TWICE),
    "out of time": (_ORDINARY, _OUT_OF_TIME),
    "two submissions": (
        case_at("keys and look-up", buys("ok", submitted_at_ms=(0, SECOND))),
        STRAIGHT,
    ),
}
