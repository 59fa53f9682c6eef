"""Cases that together come to every boundary, and in which every fault can happen."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.cases import (
    DAY,
    FEWEST_RECEIVES,
    HOUR,
    MINUTE,
    SECOND,
    SERVICES,
    Carts,
    Case,
    Operator,
    Outage,
    Purchase,
)

__all__ = ["PORTFOLIO"]


def _buys(*payment_methods: str, **more: object) -> Purchase:
    fields = {"buyer": "ada", "key": "key-0001", "amount": 4200, "submitted_at_ms": (0,), **more}
    return Purchase(payment_methods=payment_methods, **fields)  # type: ignore[arg-type]


def _at(service: str, *payment_methods: str, **more: object) -> Case:
    return Case(
        purchases=(_buys(*payment_methods),),
        service=SERVICES[service],
        max_receives=FEWEST_RECEIVES,
        **more,  # type: ignore[arg-type]
    )


_REDIRECTED = ("keys and look-up", "custom", "Stripe")
_UNCLEAR = Outage(from_ms=0, until_ms=20 * MINUTE)
_IN_TWO_STEPS = Outage(from_ms=SECOND, until_ms=20 * MINUTE, charges_only=True)


def _cases_at(service: str) -> dict[str, Case]:
    """What may come of orders at one payment service."""
    return {
        f"{service}: {name}": case
        for name, case in {
            "a declined card, then another": _at(service, "declined", "ok"),
            "down, then up": _at(service, "ok", outage=_UNCLEAR),
            "another amount": _at(service, "wrong"),
            "no action": replace(_at(service, "action"), purchases=(_buys("action", acts=False),)),
            "an action, by hand": _at(
                service, "action", operator=Operator(redrives_at_ms=(MINUTE, 10 * MINUTE))
            ),
            "a refused method": _at(service, "refused", "ok"),
            "an asynchronous payment": _at(service, "slow"),
            "an asynchronous payment that is declined": _at(service, "slow_declined"),
            "an asynchronous payment without end": _at(service, "endless"),
            "two buttons": replace(
                _at(service, "ok"), purchases=(_buys("ok", submitted_at_ms=(0, 0)),)
            ),
        }.items()
    }


PORTFOLIO = {
    **{name: case for service in _REDIRECTED for name, case in _cases_at(service).items()},
    "looked up, never found": _at("look-up only", "ok", outage=_UNCLEAR),
    "another amount by look-up": _at("slow to show", "wrong", outage=_UNCLEAR),
    "review, then a verdict": _at(
        "keys and look-up",
        "wrong",
        operator=Operator(
            releases_at_ms=(2 * HOUR,), decides_at_ms=(3 * HOUR,), erases_at_ms=(4 * HOUR,)
        ),
    ),
    "unclear, released": _at(
        "neither", "ok", outage=_UNCLEAR, operator=Operator(releases_at_ms=(2 * HOUR,))
    ),
    "unclear, declined by verdict": _at(
        "neither", "ok", outage=_UNCLEAR, operator=Operator(decides_at_ms=(2 * DAY,))
    ),
    "two charges by contradiction": _at("contradicts itself", "ok", "ok", outage=None),
    "one cart twice": Case(
        purchases=(
            _buys("ok", cart="cart"),
            _buys("ok", cart="cart", key="key-0002"),
        ),
        service=SERVICES["keys and look-up"],
        carts=Carts.GUARDED,
    ),
    "one cart twice, in process": Case(
        purchases=(
            _buys("ok", cart="cart", in_process=True),
            _buys("ok", cart="cart", key="key-0002", in_process=True),
        ),
        service=SERVICES["keys and look-up"],
        carts=Carts.GUARDED,
    ),
    "erased": _at("keys and look-up", "ok", operator=Operator(erases_at_ms=(MINUTE,))),
    "audited": Case(
        purchases=tuple(_buys("ok", key=f"key-{number}") for number in range(4)),
        service=SERVICES["keys and look-up"],
        operator=Operator(audits_at_ms=(3 * DAY,)),
    ),
    "audited at Stripe": Case(
        purchases=tuple(_buys("ok", key=f"key-{number}") for number in range(4)),
        service=SERVICES["Stripe"],
        operator=Operator(audits_at_ms=(3 * DAY,)),
    ),
}
