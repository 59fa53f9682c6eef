"""What may come of refunds at a payment service, and what its webhooks about them bring."""

from __future__ import annotations

from dataclasses import replace

from simulator.cases import FEWEST_RECEIVES, MINUTE, SECOND, Case, RefundWish, Webhooks
from simulator.faults import Fault
from simulator.portfolio.situation import (
    ADAPTERS,
    DELIVERY,
    STRAIGHT,
    Situation,
    Steering,
    buys,
    case_at,
    straight,
)

__all__ = ["REFUNDS", "refunds_at", "told_of_refunds"]


def _refunded(service: str, amount: int | None = None, **more: object) -> Case:
    """A case whose order is refunded a minute later."""
    wish = RefundWish(at_ms=MINUTE, key="refund-1", amount=amount)
    return case_at(service, buys("ok"), refunds=(wish,), **more)


def _refund_dies(service: str) -> Steering:
    """The worker dies after it asked for the refund, and its message burns away."""
    request = f"process_payments: {ADAPTERS[service]}.refund"
    return {(request, 0): Fault.CRASH_AFTER, **_burns_away()}


def _burns_away() -> Steering:
    """The refund's message is lost after its first delivery."""
    return {(DELIVERY, time): Fault.BURNED for time in range(2, 2 * FEWEST_RECEIVES)}


def refunds_at(service: str) -> dict[str, Situation]:
    """Return what may come of refunds at a payment service."""
    request = f"process_payments: {ADAPTERS[service]}.refund"
    amounts = {"": 2100, ", slowly": 2131, ", and fails": 2137, ", refused": 2143}
    cases = {f"refunded{name}": _refunded(service, amount) for name, amount in amounts.items()}
    cases["stray refunded"] = replace(
        case_at(service, buys("wrong")),
        refunds=(RefundWish(at_ms=MINUTE, key="refund-1", of_strays=True),),
    )
    return {
        **straight(cases),
        **{
            f"{name}, and a worker dies": (case, _refund_dies(service))
            for name, case in cases.items()
        },
        "refunded after a crash": (cases["refunded"], {(request, 0): Fault.CRASH_AFTER}),
        "refunded at the second message": (
            cases["refunded"],
            {**_refund_dies(service), (request, 0): Fault.CRASH_BEFORE},
        ),
    }


def told_of_refunds(service: str) -> dict[str, Situation]:
    """Return what webhooks about refunds bring: decided in days, or left by a worker."""
    at_once, later = Webhooks(), Webhooks(delays_ms=(45 * SECOND,))
    amounts = {"decided": 2131, "that fails": 2137, "that is returned": 2147}
    names = {"": 2100, ", slowly": 2131, ", refused": 2143}
    left = {name: _refunded(service, amount, webhooks=later) for name, amount in names.items()}
    under_claim = {(f"receive_webhook: {ADAPTERS[service]}.look_up_refund", 1): Fault.ERROR}
    return {
        **straight(
            {
                f"told of a refund {name}": _refunded(service, amount, webhooks=at_once)
                for name, amount in amounts.items()
            }
        ),
        **{
            f"told late of a refund{name}, a worker died": (case, _refund_dies(service))
            for name, case in left.items()
        },
        "told late of a refund and in vain": (
            left[", slowly"],
            {**_refund_dies(service), **under_claim},
        ),
    }


REFUNDS: dict[str, Situation] = {
    "refunded, overslept, and returned meanwhile": (
        # The message comes again after three minutes; the bank returns the money after ten.
        _refunded("keys and look-up", 2147, webhooks=Webhooks(delays_ms=(5 * MINUTE,))),
        {("process_payments: DynamoDbRefundOutcomes.record_refunded", 0): Fault.OVERSLEEP},
    ),
    "refunded, overslept, and known by its return only": (
        # Nobody else hears of it before the bank returns the money.
        _refunded("keys and look-up", 2147, webhooks=Webhooks(delays_ms=(11 * MINUTE,))),
        {
            **_burns_away(),
            ("reconcile_orders: HttpPaymentService.look_up_refund", 0): Fault.ERROR,
            ("process_payments: DynamoDbRefundOutcomes.record_refunded", 0): Fault.OVERSLEEP,
        },
    ),
    "refunded, unclear, and in review": (
        _refunded("neither", 2100),
        {("process_payments: HttpPaymentService.refund", 0): Fault.PROCESSED},
    ),
    "refunded, unclear, in review by the reconciler": (
        _refunded("neither", 2100),
        _refund_dies("keys and look-up"),
    ),
    "all that is left, twice at once": (
        replace(
            case_at("keys and look-up", buys("ok")),
            refunds=(
                RefundWish(at_ms=MINUTE, key="refund-1", times=2),
                RefundWish(at_ms=MINUTE, key="refund-2", times=2),
            ),
        ),
        STRAIGHT,
    ),
}
"""What comes of them where the service cannot be asked, where a shop asks twice, and where a worker
sleeps with the proof of one that is returned, which another one stored before or nobody did."""
