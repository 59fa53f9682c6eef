"""Scheduled run over the orders that did not settle in good time."""

import secrets
from functools import cache
from typing import Any

from checkout_runtime.adapters.aws_clients import aws_client
from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.adapters.system import ThreadExecutor
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from checkout_runtime.handlers.parts import orders, payment_queue, payment_service, system_clock
from checkout_runtime.handlers.settings import Settings

__all__ = ["handler"]

ORDERS_SIDE_BY_SIDE = 10
"""Enough to keep a run short, few enough that a recovering payment service is not flooded."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """Reconcile until done or out of time; the answer is for a person who invokes it by hand."""
    reconcile_orders = _reconcile_orders()
    deadline = reconcile_orders.clock.now() + context.get_remaining_time_in_millis()
    done = reconcile_orders(run_id=secrets.token_hex(8), deadline=deadline)
    return {
        "orders_seen": done.orders_seen,
        "orders_acted_on": done.orders_acted_on,
        "finished": done.finished,
    }


@cache
def _reconcile_orders() -> ReconcileOrders:
    settings = Settings()
    service = payment_service()
    return ReconcileOrders(
        orders=orders(),
        unsettled=DynamoDbUnsettledOrders(
            aws_client("dynamodb"), settings.order_table_name, settings.unsettled_shards
        ),
        payment_service=service,
        queue=payment_queue(),
        clock=system_clock(),
        executor=ThreadExecutor(ORDERS_SIDE_BY_SIDE),
        policy=ReconcilePolicy(
            charge=settings.charge_policy,
            reconcile_after_seconds=settings.reconcile_after_seconds,
            can_look_up=service.can_look_up,
        ),
    )
