"""The naive synchronous checkout: store the order, charge, store the outcome, answer.

Granted: a conditional update, and the order's number as the payment service's idempotency key. The
number is new at each submission, because nothing in the question says otherwise.
"""

from __future__ import annotations

from typing import Any

from bench.compare.shop import Shop, accepted, cart_of, try_again
from bench.compare.stage import Stage
from checkout_runtime.adapters.http_exchange import NoAnswerError
from simulator.cases import SECOND
from simulator.world import Context

SYNCHRONOUS_TIMEOUT_MS = 30 * SECOND
"""Room for the payment service's time-out, and about as long as API Gateway waits."""


def deploy(stage: Stage) -> None:
    """One function that does everything while the buyer waits."""
    shop = Shop(stage)

    def place_order(request: Any, context: Context) -> Any:
        del context
        order_id, cart = stage.order_number(request), cart_of(request)
        shop.store(order_id, cart)
        try:
            status = shop.charge(order_id, cart)
        except NoAnswerError:
            shop.settle(order_id, "FAILED")
            return try_again()
        shop.settle(order_id, status)
        return accepted(order_id)

    stage.deploy("place_order", place_order, SYNCHRONOUS_TIMEOUT_MS)
