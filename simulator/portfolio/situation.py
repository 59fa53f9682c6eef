"""What situations are made of: a case, and the faults at some of the boundaries it comes to."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.cases import FEWEST_RECEIVES, SERVICES, Case, Purchase
from simulator.faults import Fault

__all__ = [
    "ADAPTERS",
    "DELIVERY",
    "STRAIGHT",
    "Place",
    "Situation",
    "Steering",
    "buys",
    "case_at",
    "straight",
    "worker_dies",
]

Place = tuple[str, int]
"""A boundary's name, and the how-many-th time that a schedule comes there, from 0."""
Steering = Mapping[Place, Fault]
Situation = tuple[Case, Steering]
STRAIGHT: Steering = {}
ADAPTERS = {
    "keys and look-up": "HttpPaymentService",
    "custom": "CustomPaymentService",
    "Stripe": "StripePaymentService",
    "holds": "HttpPaymentService",
    "holds by a module": "CustomPaymentService",
    "holds at Stripe": "StripePaymentService",
}
"""The runtime's class for a payment service, by the service's name in :data:`SERVICES`."""
DELIVERY = "queue mapping: process_payments"


def case_at(service: str, *purchases: Purchase, **more: object) -> Case:
    """Return a case at the payment service of this name in :data:`SERVICES`."""
    return Case(
        purchases=purchases,
        service=SERVICES[service],
        max_receives=FEWEST_RECEIVES,
        **more,  # type: ignore[arg-type]
    )


def buys(*payment_methods: str, **more: object) -> Purchase:
    """Return a purchase that is submitted once."""
    fields = {"buyer": "ada", "key": "key-0001", "amount": 4200, "submitted_at_ms": (0,), **more}
    return Purchase(payment_methods=payment_methods, **fields)  # type: ignore[arg-type]


def straight(cases: Mapping[str, Case]) -> dict[str, Situation]:
    """Return cases to which nothing happens but what they say themselves."""
    return {name: (case, STRAIGHT) for name, case in cases.items()}


def worker_dies(service: str) -> Steering:
    """The worker dies after its request, and its message burns away: the reconciler finds it."""
    request = f"process_payments: {ADAPTERS[service]}.charge"
    burned = {(DELIVERY, time): Fault.BURNED for time in range(1, FEWEST_RECEIVES)}
    return {(request, 0): Fault.CRASH_AFTER, **burned}
