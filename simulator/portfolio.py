"""Cases that together come to every boundary, and in which every fault can happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simulator.cases import (
    DAY,
    FEWEST_RECEIVES,
    HOUR,
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
from simulator.faults import Fault

__all__ = ["PORTFOLIO", "Place"]

Place = tuple[str, int]
"""A boundary's name, and the how-many-th time that a schedule comes there, from 0."""
Steering = Mapping[Place, Fault]
_STRAIGHT: Steering = {}
_ADAPTERS = {
    "keys and look-up": "HttpPaymentService",
    "custom": "CustomPaymentService",
    "Stripe": "StripePaymentService",
    "holds": "HttpPaymentService",
    "holds by a module": "CustomPaymentService",
    "holds at Stripe": "StripePaymentService",
}
_KINDS = ("keys and look-up", "custom", "Stripe")
"""A service of each kind."""
_DELIVERY = "queue mapping: process_payments"
_DOWN = Outage(from_ms=0, until_ms=20 * MINUTE)


def _case(service: str, *purchases: Purchase, **more: object) -> Case:
    return Case(
        purchases=purchases,
        service=SERVICES[service],
        max_receives=FEWEST_RECEIVES,
        **more,  # type: ignore[arg-type]
    )


def _buys(*payment_methods: str, **more: object) -> Purchase:
    fields = {"buyer": "ada", "key": "key-0001", "amount": 4200, "submitted_at_ms": (0,), **more}
    return Purchase(payment_methods=payment_methods, **fields)  # type: ignore[arg-type]


def _dies(service: str) -> Steering:
    """The worker dies after its request, and its message burns away: the reconciler finds it."""
    request = f"process_payments: {_ADAPTERS[service]}.charge"
    burned = {(_DELIVERY, time): Fault.BURNED for time in range(1, FEWEST_RECEIVES)}
    return {(request, 0): Fault.CRASH_AFTER, **burned}


def _blocked(service: str) -> Steering:
    """A gateway answers in the service's place, also when the first refusal's lease is over."""
    request = f"process_payments: {_ADAPTERS[service]}.charge"
    return {(request, time): Fault.NO_ROUTE_BEFORE for time in range(FEWEST_RECEIVES)}


def _at(service: str) -> dict[str, tuple[Case, Steering]]:
    """What may come of orders at a payment service."""
    buys = {name: _case(service, _buys(name)) for name in ("ok", "wrong", "action", "slow")}
    waits = _case(service, _buys("action", acts=False))
    redriven = Operator(redrives_at_ms=(MINUTE, 10 * MINUTE))
    return {
        "a declined card, then another": (_case(service, _buys("declined", "ok")), _STRAIGHT),
        "a refused method": (_case(service, _buys("refused", "ok")), _STRAIGHT),
        "another amount": (buys["wrong"], _STRAIGHT),
        "an action": (buys["action"], _STRAIGHT),
        "no action": (waits, _STRAIGHT),
        "redriven by hand": (replace(waits, operator=redriven), _STRAIGHT),
        "processing": (buys["slow"], _STRAIGHT),
        "processing, then declined": (_case(service, _buys("slow_declined")), _STRAIGHT),
        "processing without end": (_case(service, _buys("endless")), _STRAIGHT),
        "down, then up": (replace(buys["ok"], outage=_DOWN), _STRAIGHT),
        "a gateway for a while": (buys["ok"], _blocked(service)),
        **{f"{name}, and a worker dies": (case, _dies(service)) for name, case in buys.items()},
        "declined, and a worker dies": (_case(service, _buys("declined")), _dies(service)),
    }


def _told(service: str) -> dict[str, tuple[Case, Steering]]:
    """What webhooks bring, where nobody else asks: the buyer closed the tab, or the worker died."""
    at_once, later = Webhooks(strangers=True), Webhooks(delays_ms=(45 * SECOND,))
    waits = ("action", "action_fails", "slow", "slow_declined")
    closed = {
        name: _case(service, _buys(name, comes_back=False), webhooks=at_once) for name in waits
    }
    kinds = ("declined", "action", "slow")
    late = {name: _case(service, _buys(name), webhooks=later) for name in kinds}
    look_up = f"receive_webhook: {_ADAPTERS[service]}.look_up"
    # A refused intent is cancelled by the first look-up, which so takes two requests.
    under_claim = {(look_up, 2 if service == "Stripe" else 1): Fault.ERROR}
    wrong = _case(service, _buys("wrong"), webhooks=at_once)
    return {
        **{f"told of {name}, the tab closed": (case, _STRAIGHT) for name, case in closed.items()},
        **{
            f"told late of {name}, a worker died": (each, _dies(service))
            for name, each in late.items()
        },
        "told of another amount, a worker died": (wrong, _dies(service)),
        "told late and in vain": (late["declined"], {**_dies(service), **under_claim}),
    }


def _refunded(service: str, amount: int | None = None, **more: object) -> Case:
    """A case whose order is refunded a minute later."""
    wish = RefundWish(at_ms=MINUTE, key="refund-1", amount=amount)
    return _case(service, _buys("ok"), refunds=(wish,), **more)


def _refund_dies(service: str) -> Steering:
    """The worker dies after it asked for the refund, and its message burns away."""
    request = f"process_payments: {_ADAPTERS[service]}.refund"
    burned = {(_DELIVERY, time): Fault.BURNED for time in range(2, 2 * FEWEST_RECEIVES)}
    return {(request, 0): Fault.CRASH_AFTER, **burned}


def _refunds_at(service: str) -> dict[str, tuple[Case, Steering]]:
    """What may come of refunds at a payment service."""
    request = f"process_payments: {_ADAPTERS[service]}.refund"
    amounts = {"": 2100, ", slowly": 2131, ", and fails": 2137, ", refused": 2143}
    cases = {f"refunded{name}": _refunded(service, amount) for name, amount in amounts.items()}
    stray = replace(
        _case(service, _buys("wrong")),
        refunds=(RefundWish(at_ms=MINUTE, key="refund-1", of_strays=True),),
    )
    cases["stray refunded"] = stray
    return {
        **{name: (case, _STRAIGHT) for name, case in cases.items()},
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


def _told_of_refunds(service: str) -> dict[str, tuple[Case, Steering]]:
    """What webhooks about refunds bring: what is decided in days, and what a worker left."""
    at_once, later = Webhooks(), Webhooks(delays_ms=(45 * SECOND,))
    amounts = {"decided": 2131, "that fails": 2137, "that is returned": 2147}
    told = {name: _refunded(service, amount, webhooks=at_once) for name, amount in amounts.items()}
    names = {"": 2100, ", slowly": 2131, ", refused": 2143}
    left = {name: _refunded(service, amount, webhooks=later) for name, amount in names.items()}
    under_claim = {(f"receive_webhook: {_ADAPTERS[service]}.look_up_refund", 1): Fault.ERROR}
    return {
        **{f"told of a refund {name}": (case, _STRAIGHT) for name, case in told.items()},
        **{
            f"told late of a refund{name}, a worker died": (case, _refund_dies(service))
            for name, case in left.items()
        },
        "told late of a refund and in vain": (
            left[", slowly"],
            {**_refund_dies(service), **under_claim},
        ),
    }


def _guarded(*, in_process: bool) -> Case:
    carts = [_buys("ok", cart="cart", key=key, in_process=in_process) for key in ("key-1", "key-2")]
    return _case("keys and look-up", *carts, carts=Carts.GUARDED)


def _audited(service: str) -> Case:
    purchases = [_buys("ok", key=f"key-{number}") for number in range(4)]
    return _case(service, *purchases, operator=Operator(audits_at_ms=(3 * DAY,)))


def _refunds_audited(service: str) -> Case:
    case = _audited(service)
    keys = ("refund-1", "refund-2")
    wishes = tuple(RefundWish(at_ms=MINUTE, key=key, amount=1200) for key in keys)
    return replace(case, refunds=wishes)


def _two_at_stripe(*, rotated_at_ms: int) -> Case:
    purchases = [_buys("ok", key=key) for key in ("key-1", "key-2")]
    return _case("Stripe", *purchases, rotated_at_ms=rotated_at_ms)


def _unclear(service: str, operator: Operator) -> tuple[Case, Steering]:
    return _case(service, _buys("ok"), outage=_DOWN, operator=operator), _STRAIGHT


def _announced(purchase: Purchase, events: Events) -> Case:
    return _case("keys and look-up", purchase, events=events)


_OPENED_AND_NOT_REQUESTED: Steering = {
    # Nobody says what became of the first card, so the second is opened and not charged.
    ("process_payments: StripePaymentService.look_up", 0): Fault.NOT_PROCESSED,
    **{(_DELIVERY, time): Fault.BURNED for time in range(2, 2 + FEWEST_RECEIVES)},
}
_CANCELLED: dict[str, tuple[Case, Steering]] = {
    "cancelled after a decline": (
        _case("keys and look-up", _buys("declined"), cancels=(CancelWish(at_ms=MINUTE),)),
        _STRAIGHT,
    ),
    "cancelled while the service is down": (
        _case(
            "keys and look-up",
            _buys("ok"),
            outage=_DOWN,
            cancels=(CancelWish(at_ms=MINUTE, times=2),),
        ),
        _STRAIGHT,
    ),
    **{
        f"declined, and expires{', announced' if events else ''}": (
            _case("keys and look-up", _buys("declined"), events=events, expires_after_ms=2 * HOUR),
            _STRAIGHT,
        )
        for events in (None, Events())
    },
    "cancelled, opened and never requested": (
        _case("Stripe", _buys("declined", "ok"), cancels=(CancelWish(at_ms=MINUTE),)),
        _OPENED_AND_NOT_REQUESTED,
    ),
}
_NOBODY_TOLD: Steering = {(_DELIVERY, time): Fault.BURNED for time in range(2, 12)}
_ALL = CaptureWish(at_ms=MINUTE)


def _held(service: str, purchase: Purchase, *captures: CaptureWish, **more: object) -> Case:
    return _case(service, purchase, captures=captures, **more)


def _held_at(service: str) -> dict[str, tuple[Case, Steering]]:
    """What may come of held money at a payment service."""
    request = f"process_payments: {_ADAPTERS[service]}.capture"
    return {
        "held, and captured": (_held(service, _buys("ok"), replace(_ALL, times=2)), _STRAIGHT),
        "held, and captured in part": (
            _held(service, _buys("ok"), replace(_ALL, amount=3000)),
            _STRAIGHT,
        ),
        "held, captured, and a worker dies": (
            _held(service, _buys("ok"), _ALL),
            {(request, 0): Fault.CRASH_AFTER, **_NOBODY_TOLD},
        ),
        "held, and a worker dies": (_held(service, _buys("ok")), _dies(service)),
        "held, and let go": (
            _held(service, _buys("ok"), cancels=(CancelWish(at_ms=MINUTE),)),
            _STRAIGHT,
        ),
        "held until it lapses": (_held(service, _buys("ok"), events=Events()), _STRAIGHT),
        "held until it lapses, and told": (
            _held(service, _buys("ok"), webhooks=Webhooks()),
            _STRAIGHT,
        ),
        "told that it is held": (
            _held(service, _buys("action", comes_back=False), webhooks=Webhooks()),
            _STRAIGHT,
        ),
        "lapsed before it is captured": (
            _held(
                service,
                _buys("ok"),
                CaptureWish(at_ms=4 * HOUR - SECOND),
                outage=Outage(from_ms=4 * HOUR - MINUTE, until_ms=4 * HOUR + MINUTE),
            ),
            _STRAIGHT,
        ),
    }


_GREEDY = _case("holds for days", _buys("greedy"), captures=(_ALL,))
_STRAY_HOLDS: dict[str, tuple[Case, Steering]] = {
    "a stray under its hold's own id, by verdict": (
        replace(_GREEDY, operator=Operator(decides_at_ms=(HOUR, 2 * HOUR))),
        _STRAIGHT,
    ),
    "a stray under its hold's own id, refunded": (
        replace(_GREEDY, refunds=(RefundWish(at_ms=HOUR, key="refund-1", of_strays=True),)),
        _STRAIGHT,
    ),
}
_OPENED_IN_VAIN: Steering = {("process_payments: StripePaymentService.open", 0): Fault.CRASH_AFTER}
_OPENED_TWICE: Steering = {
    (_DELIVERY, 0): Fault.TWICE,
    ("process_payments: StripePaymentService.open", 0): Fault.PAUSE,
}
_IN_ONE_BATCH: Steering = {("stream mapping: relay_orders", 0): Fault.PAUSE}
_IN_ONE_RUN: Steering = {
    **_IN_ONE_BATCH,
    **{
        ("process_payments: StripePaymentService.charge", time): Fault.NOT_PROCESSED
        for time in range(2)
    },
    **{(_DELIVERY, time): Fault.BURNED for time in range(1, 4 * FEWEST_RECEIVES)},
}
_REFUSED_AGAIN: Steering = {
    **{(_DELIVERY, time): Fault.BURNED for time in range(FEWEST_RECEIVES)},
    ("reconcile_orders: SqsPaymentQueue.send", 0): Fault.PARTIAL,
}
_OUT_OF_TIME: Steering = {
    **_dies("keys and look-up"),
    ("reconcile_orders: DynamoDbUnsettledOrders.bookmark", 0): Fault.OVERSLEEP,
}
_ANNOUNCED: dict[str, tuple[Case, Steering]] = {
    "announced": (_announced(_buys("declined", "ok"), Events()), _STRAIGHT),
    "announced, an action": (_announced(_buys("action"), Events()), _STRAIGHT),
    "announced, a stray charge": (
        replace(_announced(_buys("wrong"), Events()), operator=Operator(decides_at_ms=(HOUR,))),
        _STRAIGHT,
    ),
    "the relay dead for two days": (
        _announced(_buys("declined", "ok"), Events(relay_dead_until_ms=2 * DAY)),
        _STRAIGHT,
    ),
    "a dead bus": (
        _announced(_buys("declined", "ok"), Events(trouble=BusTrouble.HANGS, trouble_until_ms=DAY)),
        _STRAIGHT,
    ),
    "a bus that is gone": (
        _announced(_buys("declined", "ok"), Events(trouble=BusTrouble.GONE, trouble_until_ms=DAY)),
        _STRAIGHT,
    ),
    "the bus switched off again": (
        replace(
            _announced(_buys("ok"), Events(trouble_until_ms=2 * HOUR, is_always_on=False)),
            deployed_at_ms=HOUR,
        ),
        _STRAIGHT,
    ),
}
PORTFOLIO: dict[str, tuple[Case, Steering]] = {
    **{f"{service}, {name}": each for service in _KINDS for name, each in _at(service).items()},
    **{f"{service}, {name}": each for service in _KINDS for name, each in _told(service).items()},
    **{
        f"{service}, {name}": each
        for service in _KINDS
        for name, each in {**_refunds_at(service), **_told_of_refunds(service)}.items()
    },
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
            _case("keys and look-up", _buys("ok")),
            refunds=(
                RefundWish(at_ms=MINUTE, key="refund-1", times=2),
                RefundWish(at_ms=MINUTE, key="refund-2", times=2),
            ),
        ),
        _STRAIGHT,
    ),
    "looked up, never found": _unclear("look-up only", Operator()),
    "unclear, released in vain": _unclear("neither", Operator(releases_at_ms=(2 * HOUR,))),
    "refused without a word, released": (
        _case(
            "without words or cancel", _buys("refused"), operator=Operator(releases_at_ms=(HOUR,))
        ),
        _STRAIGHT,
    ),
    "sent again, but the queue refuses": (_case("keys and look-up", _buys("ok")), _REFUSED_AGAIN),
    "unclear, declined by verdict": _unclear("neither", Operator(decides_at_ms=(2 * DAY,))),
    "refunded, then declined by verdict": (
        _case(
            "keys and look-up", _buys("wrong"), operator=Operator(decides_at_ms=(HOUR, 2 * HOUR))
        ),
        _STRAIGHT,
    ),
    "no action and no cancellation": (
        _case("without words or cancel", _buys("action", acts=False)),
        _STRAIGHT,
    ),
    "captured after all": (
        _case("changes its mind", _buys("declined", "ok")),
        _STRAIGHT,
    ),
    "slow look-ups before a third card": (
        _case("slow to answer", _buys("declined", "declined", "ok")),
        _STRAIGHT,
    ),
    "one cart twice": (_guarded(in_process=False), _STRAIGHT),
    "one cart twice, in process": (_guarded(in_process=True), _STRAIGHT),
    "erased": (
        _case("keys and look-up", _buys("ok"), operator=Operator(erases_at_ms=(MINUTE,))),
        _STRAIGHT,
    ),
    "audited": (_audited("keys and look-up"), _STRAIGHT),
    "audited at Stripe": (_audited("Stripe"), _OPENED_IN_VAIN),
    "refunds audited": (_refunds_audited("keys and look-up"), _STRAIGHT),
    "refunds audited at Stripe": (_refunds_audited("Stripe"), _STRAIGHT),
    "another key in the middle of a batch": (
        _two_at_stripe(rotated_at_ms=MINUTE - SECOND),
        _IN_ONE_BATCH,
    ),
    "another key in the middle of a run": (
        _two_at_stripe(rotated_at_ms=10 * MINUTE - SECOND),
        _IN_ONE_RUN,
    ),
    **{
        f"{kind}, then another service that cannot be asked": (
            _case(
                "keys and look-up",
                _buys(kind, acts=False),
                deployed_at_ms=MINUTE,
                replaced_by=SERVICES["keys only"],
            ),
            _STRAIGHT,
        )
        for kind in ("action", "slow")
    },
    **_ANNOUNCED,
    **_CANCELLED,
    **_STRAY_HOLDS,
    "held for days": (_case("holds for days", _buys("ok"), events=Events()), _STRAIGHT),
    **{
        f"{service}, {name}": each
        for service in ("holds", "holds by a module", "holds at Stripe")
        for name, each in _held_at(service).items()
    },
    "told, and overslept": (
        _case("Stripe", _buys("action", comes_back=False), webhooks=Webhooks()),
        {("receive_webhook: DynamoDbOrders.get", 0): Fault.OVERSLEEP},
    ),
    "opened twice": (_case("Stripe", _buys("ok")), _OPENED_TWICE),
    "out of time": (_case("keys and look-up", _buys("ok")), _OUT_OF_TIME),
    "two submissions": (
        _case("keys and look-up", _buys("ok", submitted_at_ms=(0, SECOND))),
        _STRAIGHT,
    ),
}
