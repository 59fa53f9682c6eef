"""Scheduled run over the orders that did not settle in good time."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from checkout_runtime.adapters.dynamodb_unsettled import DynamoDbUnsettledOrders
from checkout_runtime.adapters.thread_executor import ThreadExecutor
from checkout_runtime.application.reconcile_orders import ReconcileOrders
from checkout_runtime.application.redrive_orders import Known, RedriveOrders
from checkout_runtime.domain.identity import is_order_id
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.reconciliation import ReconcilePolicy
from checkout_runtime.domain.record import as_dict
from checkout_runtime.handlers.dependencies import (
    announce_outcomes,
    dynamodb,
    make_at_start,
    orders,
    payment_queue,
    system_clock,
)
from checkout_runtime.handlers.payment_dependencies import payment_calls, settle_attempt
from checkout_runtime.handlers.settings import Settings
from checkout_runtime.handlers.verdicts import settled_by_verdict

if TYPE_CHECKING:
    from checkout_runtime.application.reconcile_refunds import ReconcileRefunds

__all__ = ["handler"]

MOST_ORDERS = 100
"""In one event of an operator: each may take a look-up, and a run has five minutes."""
ORDERS_SIDE_BY_SIDE = 10
"""Enough to keep a run short, few enough that a recovering payment service is not flooded."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reconcile until done or out of time; the answer is for an operator who invokes it.

    An operator asks by an event with a list of at most 100 order ids under one name: ``release``
    (they leave ``NEEDS_REVIEW`` and are found out about again), ``look_up`` (what does the payment
    service know of them; changes nothing) or ``redrive`` (put them on their way again); or by
    ``settle``: an operator's verdict on one order. ``refund`` and ``settle_refund`` are about one
    refund, ``cancel`` and ``capture`` about one order.
    """
    try:
        return _answer(event, context)
    finally:
        payment_calls().wait_for_all()


def _answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    for wish, answer in (("look_up", _look_up), ("redrive", _redrive)):
        if wish in event:
            return answer(_order_ids(event[wish]))
    if "settle" in event:
        return settled_by_verdict(_reconcile_orders(), event["settle"])
    if "refund" in event or "settle_refund" in event:
        from checkout_runtime.handlers.refund_events import answer_about_refunds

        return answer_about_refunds(_reconcile_refunds(), event)
    reconcile_orders = _reconcile_orders()
    if "cancel" in event:
        return _cancel(reconcile_orders, event["cancel"])
    if "capture" in event:
        return _capture(reconcile_orders, event["capture"])
    if "release" in event:
        return _release(reconcile_orders, event["release"])
    deadline = reconcile_orders.clock.now() + context.get_remaining_time_in_millis()
    run_id = secrets.token_hex(8)
    done = reconcile_orders(run_id=run_id, deadline=deadline)
    if Settings().refunds_are_on:
        _reconcile_refunds()(run_id=run_id, deadline=deadline)
    return {
        "orders_seen": done.orders_seen,
        "orders_acted_on": done.orders_acted_on,
        "finished": done.finished,
    }


def _order_ids(asked_for: object) -> list[str]:
    names = asked_for if isinstance(asked_for, list) else [asked_for]
    wrong = [name for name in names if not (isinstance(name, str) and is_order_id(name))]
    if wrong or not 1 <= len(names) <= MOST_ORDERS:
        given = f"not order ids: {wrong[:3]}" if wrong else f"{len(names)} order ids"
        raise ValueError(f"{given}; a list of 1 to {MOST_ORDERS} order ids is allowed")
    return list(dict.fromkeys(names))


def _look_up(order_ids: list[str]) -> dict[str, Any]:
    return {"orders": [_known(each) for each in _redrive_orders().look_up(order_ids)]}


def _known(known: Known) -> dict[str, Any]:
    contradiction = known.contradiction
    return {
        "order_id": known.order_id,
        "status": known.status,
        "attempt": known.attempt,
        "payment_service": known.payment_service,
        "attempts": [
            {
                "attempt": each.attempt,
                "service": each.service,
                "reference": each.reference,
                "payment_service": each.in_words,
                "captured": as_dict(each.answer) if isinstance(each.answer, Captured) else None,
            }
            for each in known.attempts
        ],
        "contradiction": None if contradiction is None else contradiction.what,
        "what_to_do": None if contradiction is None else contradiction.what_to_do,
        "review_reason": known.review_reason,
    }


def _redrive(order_ids: list[str]) -> dict[str, Any]:
    return {"orders": [as_dict(redriven) for redriven in _redrive_orders()(order_ids)]}


@cache
def _redrive_orders() -> RedriveOrders:
    reconcile = _reconcile_orders()
    return RedriveOrders(
        orders=reconcile.orders,
        unsettled=reconcile.unsettled,
        payment_service=reconcile.settle.payment_service,
        queue=reconcile.queue,
        clock=reconcile.clock,
        policy=reconcile.policy.charge,
    )


def _cancel(reconcile_orders: ReconcileOrders, asked: object) -> dict[str, Any]:
    from checkout_runtime.application.cancel_order import CancelOrder
    from checkout_runtime.handlers.cancel_events import answer_about_cancelling

    quarantine_before = reconcile_orders.policy.charge.quarantine_before
    cancel = CancelOrder(reconcile_orders.orders, reconcile_orders.clock, quarantine_before)
    return answer_about_cancelling(cancel, asked)


def _capture(reconcile_orders: ReconcileOrders, asked: object) -> dict[str, Any]:
    from checkout_runtime.application.capture_order import CaptureOrder
    from checkout_runtime.handlers.capture_events import answer_about_capturing

    holds = reconcile_orders.settle.outcomes.holds
    capture = CaptureOrder(reconcile_orders.orders, holds, reconcile_orders.clock)
    return answer_about_capturing(capture, asked)


def _release(reconcile_orders: ReconcileOrders, asked_for: object) -> dict[str, Any]:
    names = asked_for if isinstance(asked_for, list) else [asked_for]
    order_ids = [name for name in names if isinstance(name, str) and is_order_id(name)]
    released = reconcile_orders.release(order_ids)
    left = [name for name in names if name not in released]
    unknown = [name for name in left if name not in order_ids or not _exists(name)]
    return {
        "released": released,
        "not_released": [name for name in left if name not in unknown],
        "unknown": unknown,
    }


def _exists(order_id: str) -> bool:
    return _reconcile_orders().orders.get(order_id) is not None


@cache
def _reconcile_orders() -> ReconcileOrders:
    settings = Settings()
    settle = settle_attempt()
    return ReconcileOrders(
        orders=orders(),
        unsettled=DynamoDbUnsettledOrders(
            dynamodb(),
            settings.order_table_name,
            settings.unsettled_shards,
            expires=settings.expires_after_seconds is not None,
        ),
        settle=settle,
        queue=payment_queue(),
        clock=system_clock(),
        executor=ThreadExecutor(ORDERS_SIDE_BY_SIDE),
        policy=ReconcilePolicy(
            charge=settle.policy,
            reconcile_after_seconds=settings.reconcile_after_seconds,
            can_look_up=settle.payment_service.can_look_up,
            expires_after_seconds=settings.expires_after_seconds,
        ),
        announce=announce_outcomes(),
    )


@cache
def _reconcile_refunds() -> ReconcileRefunds:
    from checkout_runtime.handlers.refund_dependencies import reconcile_refunds

    reconcile = _reconcile_orders()
    return reconcile_refunds(reconcile.settle, reconcile.queue, reconcile.executor)


make_at_start(_reconcile_orders)
