"""A: the order goes through Data Firehose to the payment service.

Firehose speaks a protocol of its own, so a function behind a URL takes its requests, stores each
order, and charges for it.

Granted: an order's number as the payment service's idempotency key, orders that are settled are not
charged for again, zero buffering, the longest retry duration that Firehose has, and a backup bucket
that somebody looks at.
"""

from __future__ import annotations

import json
from typing import Any

from bench.compare.services.firehose import FirehoseModel
from bench.compare.shop import Shop, accepted, cart_of
from bench.compare.stage import Stage
from simulator.cases import MINUTE
from simulator.world import Context

ENDPOINT_TIMEOUT_MS = 3 * MINUTE
"""As long as Firehose waits."""


def deploy(stage: Stage) -> None:
    """One function before the stream, one behind it."""
    shop = Shop(stage)
    stage.add_service("firehose", FirehoseModel(stage, endpoint="take_records"))

    def place_order(request: Any, context: Context) -> Any:
        del context
        order_id = stage.order_number(request)
        data = cart_of(request).as_json(order_id=order_id)
        stage.aws_client("firehose").put_record(DeliveryStreamName="orders", Record={"Data": data})
        return accepted(order_id)

    def take_records(request: Any, context: Context) -> Any:
        del context
        for record in request["records"]:
            order_id = json.loads(record["data"])["order_id"]
            shop.store(order_id, cart_of({"body": record["data"]}))
            shop.pay(order_id)
        return {"statusCode": 200}

    stage.deploy("place_order", place_order)
    stage.deploy("take_records", take_records, ENDPOINT_TIMEOUT_MS)
