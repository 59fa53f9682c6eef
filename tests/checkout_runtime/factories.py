"""Orders and submissions as tests need them: valid, and different in one thing."""

from __future__ import annotations

from typing import Any

from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.identity import order_id_for
from checkout_runtime.domain.order import Order, OrderLine, OrderStatus
from checkout_runtime.domain.record import replace

SECOND = 1000
HOUR = 60 * 60 * SECOND
NOW = 1_800_000_000_000
BUYER = "buyer"
SERVICE = "payments"
"""The name of the payment service, as claims store it."""
DEADLINE = NOW + 100_000 * HOUR
"""When a worker is stopped: never, in a test that is about something else."""
POLICY = ChargePolicy(
    lease_seconds=40,
    payment_timeout_seconds=10,
    key_retention_seconds=24 * 60 * 60,
    first_retry_seconds=5,
    longest_retry_seconds=120,
    action_seconds=60 * 60,
)
NO_KEYS = replace(POLICY, key_retention_seconds=0)


def new_order(key: str = "k1", **changes: Any) -> Order:
    """A pending order; ``key`` is the idempotency key that names it."""
    order = Order(
        order_id=order_id_for("tests", BUYER, key),
        principal=BUYER,
        fingerprint="f" * 64,
        status=OrderStatus.PENDING,
        amount=4200,
        currency="EUR",
        customer="cus_1",
        lines=(OrderLine("mug", 2), OrderLine("tea", 1)),
        payment_method="pm_1",
        accepted_at=NOW,
        unsettled_since=NOW,
        correlation_id="req_1",
    )
    return replace(order, **changes)


def claimed_order(claims: int = 1, **changes: Any) -> Order:
    """An order whose claim somebody has just taken, for the ``claims``-th time."""
    return replace(
        new_order(),
        status=OrderStatus.CHARGING,
        claim_epoch=claims,
        attempt_claims=claims,
        claim_id="claim",
        lease_expires_at=NOW + POLICY.lease_seconds * SECOND,
        first_claimed_at=NOW,
        **changes,
    )


def submitted(**changes: Any) -> dict[str, Any]:
    """The body of a valid submission, with some fields replaced; ``...`` leaves a field out."""
    body: dict[str, Any] = {
        "amount": 4200,
        "currency": "EUR",
        "customer": "cus_1",
        "lines": [{"sku": "mug", "quantity": 2}],
        "payment_method": "pm_ok",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}
