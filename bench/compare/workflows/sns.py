"""C: the order is stored, a message is published to SNS, the payment service's endpoint subscribes.

Granted: an order's number as the payment service's idempotency key, orders that are settled are not
charged for again, conditional updates, the longest delivery policy that SNS allows, and a
dead-letter queue at the subscription.
"""

from __future__ import annotations

from typing import Any

from bench.compare.services.sns import ENDPOINT_TIMEOUT_MS, SnsModel
from bench.compare.shop import Shop, accepted, cart_of
from bench.compare.stage import Stage
from simulator.world import Context


def deploy(stage: Stage) -> None:
    """One function before the topic, one behind it."""
    shop = Shop(stage)
    stage.add_service("sns", SnsModel(stage, endpoint="take_notification"))

    def place_order(request: Any, context: Context) -> Any:
        del context
        order_id = stage.order_number(request)
        shop.store(order_id, cart_of(request))
        stage.aws_client("sns").publish(TopicArn="orders", Message=order_id)
        return accepted(order_id)

    def take_notification(notification: Any, context: Context) -> Any:
        del context
        order_id = notification["Message"]
        shop.pay(order_id)
        return {"statusCode": 200}

    stage.deploy("place_order", place_order)
    stage.deploy("take_notification", take_notification, ENDPOINT_TIMEOUT_MS)
