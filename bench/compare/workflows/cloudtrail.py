"""B: the order is stored; a rule on CloudTrail's record of that starts a function, which reads the
order from the database and charges for it.

Granted: a trail that logs the table's data events and misses none, refused calls are left out, an
order's number as the payment service's idempotency key, orders that are settled are not charged for
again, conditional updates, as many retries as Lambda allows and an on-failure destination.
"""

from __future__ import annotations

from typing import Any

from bench.compare.services.cloudtrail import AuditedDynamoDb
from bench.compare.shop import Shop, accepted, cart_of
from bench.compare.stage import ORDERS, Stage
from simulator.deployment import CONSUMER_TIMEOUT_MS
from simulator.world import Context


def deploy(stage: Stage) -> None:
    """Two functions, and an audit trail between them."""
    shop = Shop(stage)
    stage.add_service("dynamodb", AuditedDynamoDb(stage, target="pay_for_order"))

    def place_order(request: Any, context: Context) -> Any:
        del context
        order_id = stage.order_number(request)
        shop.store(order_id, cart_of(request))
        return accepted(order_id)

    def pay_for_order(event: Any, context: Context) -> Any:
        del context
        detail = event["detail"]
        put = detail["requestParameters"]
        if put["tableName"] == ORDERS and "errorCode" not in detail:
            order_id = put["key"]["pk"]
            shop.pay(order_id)
        return {}

    stage.deploy("place_order", place_order)
    stage.deploy("pay_for_order", pay_for_order, CONSUMER_TIMEOUT_MS)
