"""What may come of orders at a payment service, and what its webhooks bring."""

from __future__ import annotations

from dataclasses import replace

from simulator.cases import FEWEST_RECEIVES, MINUTE, SECOND, Operator, Outage, Webhooks
from simulator.faults import Fault
from simulator.portfolio.situation import (
    ADAPTERS,
    Situation,
    Steering,
    buys,
    case_at,
    straight,
    worker_dies,
)

__all__ = ["DOWN", "payments_at", "told_of_payments"]

DOWN = Outage(from_ms=0, until_ms=20 * MINUTE)


def _blocked(service: str) -> Steering:
    """A gateway answers in the service's place, also when the first refusal's lease is over."""
    request = f"process_payments: {ADAPTERS[service]}.charge"
    return {(request, time): Fault.NO_ROUTE_BEFORE for time in range(FEWEST_RECEIVES)}


def payments_at(service: str) -> dict[str, Situation]:
    """Return what may come of orders at a payment service."""
    cases = {name: case_at(service, buys(name)) for name in ("ok", "wrong", "action", "slow")}
    waits = case_at(service, buys("action", acts=False))
    return {
        **straight(
            {
                "a declined card, then another": case_at(service, buys("declined", "ok")),
                "a refused method": case_at(service, buys("refused", "ok")),
                "another amount": cases["wrong"],
                "an action": cases["action"],
                "no action": waits,
                "redriven by hand": replace(
                    waits, operator=Operator(redrives_at_ms=(MINUTE, 10 * MINUTE))
                ),
                "processing": cases["slow"],
                "processing, then declined": case_at(service, buys("slow_declined")),
                "processing without end": case_at(service, buys("endless")),
                "down, then up": replace(cases["ok"], outage=DOWN),
            }
        ),
        "a gateway for a while": (cases["ok"], _blocked(service)),
        **{
            f"{name}, and a worker dies": (case, worker_dies(service))
            for name, case in cases.items()
        },
        "declined, and a worker dies": (case_at(service, buys("declined")), worker_dies(service)),
    }


def told_of_payments(service: str) -> dict[str, Situation]:
    """Return what webhooks bring where nobody else asks.

    The buyer closed the tab, or the worker died.
    """
    at_once, later = Webhooks(strangers=True), Webhooks(delays_ms=(45 * SECOND,))
    waits = ("action", "action_fails", "slow", "slow_declined")
    kinds = ("declined", "action", "slow")
    late = {name: case_at(service, buys(name), webhooks=later) for name in kinds}
    look_up = f"receive_webhook: {ADAPTERS[service]}.look_up"
    # A refused intent is cancelled by the first look-up, which so takes two requests.
    under_claim = {(look_up, 2 if service == "Stripe" else 1): Fault.ERROR}
    wrong = case_at(service, buys("wrong"), webhooks=at_once)
    return {
        **straight(
            {
                f"told of {name}, the tab closed": case_at(
                    service, buys(name, comes_back=False), webhooks=at_once
                )
                for name in waits
            }
        ),
        **{
            f"told late of {name}, a worker died": (each, worker_dies(service))
            for name, each in late.items()
        },
        "told of another amount, a worker died": (wrong, worker_dies(service)),
        "told late and in vain": (late["declined"], {**worker_dies(service), **under_claim}),
    }
