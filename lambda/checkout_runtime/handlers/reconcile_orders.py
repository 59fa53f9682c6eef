"""Scheduled run over the orders that did not settle in good time."""

import secrets
from functools import cache
from typing import Any

from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.adapters.system import ThreadExecutor
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from checkout_runtime.handlers.parts import (
    dynamodb,
    orders,
    payment_queue,
    settle_attempt,
    system_clock,
)
from checkout_runtime.handlers.settings import Settings

__all__ = ["handler"]

ORDERS_SIDE_BY_SIDE = 10
"""Enough to keep a run short, few enough that a recovering payment service is not flooded."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reconcile until done or out of time; the answer is for a person who invokes it by hand.

    A person's redrive is an event ``{"release": ["ord_...", ...]}``: these orders leave
    ``NEEDS_REVIEW`` and are found out about again.
    """
    reconcile_orders = _reconcile_orders()
    if "release" in event:
        return _release(reconcile_orders, event["release"])
    deadline = reconcile_orders.clock.now() + context.get_remaining_time_in_millis()
    done = reconcile_orders(run_id=secrets.token_hex(8), deadline=deadline)
    return {
        "orders_seen": done.orders_seen,
        "orders_acted_on": done.orders_acted_on,
        "finished": done.finished,
    }


def _release(reconcile_orders: ReconcileOrders, asked_for: object) -> dict[str, Any]:
    names = asked_for if isinstance(asked_for, list) else [asked_for]
    order_ids = [name for name in names if isinstance(name, str) and is_order_id(name)]
    released = reconcile_orders.release(order_ids)
    return {"released": released, "not_released": [n for n in names if n not in released]}


@cache
def _reconcile_orders() -> ReconcileOrders:
    settings = Settings()
    settle = settle_attempt()
    return ReconcileOrders(
        orders=orders(),
        unsettled=DynamoDbUnsettledOrders(
            dynamodb(), settings.order_table_name, settings.unsettled_shards
        ),
        settle=settle,
        queue=payment_queue(),
        clock=system_clock(),
        executor=ThreadExecutor(ORDERS_SIDE_BY_SIDE),
        policy=ReconcilePolicy(
            charge=settle.policy,
            reconcile_after_seconds=settings.reconcile_after_seconds,
            can_look_up=settle.payment_service.can_look_up,
        ),
    )
