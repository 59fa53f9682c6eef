"""From the shop to the parcel: an order is paid, an event says so, and the warehouse ships once.

The checkout announces what becomes of each order on an event bus. A rule hands paid orders to a
queue of the warehouse, and a function ships them: ``consumer/shipping.py``. Events come at least
once, in any order, and again in a replay of the archive, so its work goes through an ``Inbox``.
What could not be shipped waits in a dead-letter queue, and no payment waits for a shipment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from checkout_stack import CheckoutApi, IdempotentCheckout, OrderEventKind, OrderEvents
from checkout_stack import PaymentService as Payments

CONSUMER = Path(__file__).parent / "consumer"
TIMEOUT, VISIBILITY = cdk.Duration.seconds(30), cdk.Duration.minutes(3)


class Warehouse(Construct):
    """Ships the paid orders of a checkout, each of them once."""

    def __init__(self, scope: Construct, construct_id: str, checkout: IdempotentCheckout) -> None:
        super().__init__(scope, construct_id)
        fortnight = cdk.Duration.days(14)
        lost = sqs.Queue(self, "NotShipped", enforce_ssl=True, retention_period=fortnight)
        queue = sqs.Queue(
            self,
            "ToShip",
            enforce_ssl=True,
            visibility_timeout=VISIBILITY,
            dead_letter_queue=sqs.DeadLetterQueue(queue=lost, max_receive_count=5),
        )
        checkout.on_event(
            "Paid",
            [OrderEventKind.PAID],
            targets.SqsQueue(queue, dead_letter_queue=lost),
            scope=self,
        )
        inbox = self._table("Inbox", key="event_id", time_to_live_attribute="expires_at")
        self.shipments = self._table("Shipments", key="order_id")
        ship = lambda_.Function(
            self,
            "Ship",
            runtime=lambda_.Runtime.PYTHON_3_13,
            code=lambda_.Code.from_asset(str(CONSUMER), exclude=["__pycache__"]),
            layers=[OrderEvents.reader_layer(self)],  # brings checkout_runtime.events
            handler="shipping.handler",
            timeout=TIMEOUT,
            environment={
                "INBOX_TABLE_NAME": inbox.table_name,
                "SHIPMENT_TABLE_NAME": self.shipments.table_name,
            },
        )
        inbox.grant(ship, "dynamodb:PutItem")
        self.shipments.grant(ship, "dynamodb:UpdateItem")
        ship.add_event_source(event_sources.SqsEventSource(queue, report_batch_item_failures=True))

    def _table(self, construct_id: str, *, key: str, **more: Any) -> dynamodb.TableV2:
        text = dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING)
        return dynamodb.TableV2(self, construct_id, partition_key=text, **more)


class Shop(cdk.Stack):
    """A checkout with its API, and the warehouse behind it."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        secret = secretsmanager.Secret(self, "PaymentToken")
        url, day = "https://payments.example.com/charges", cdk.Duration.hours(24)
        payments = Payments.http(url=url, look_up_url=url, key_retention=day, secret=secret)
        bus = OrderEvents.to_event_bus(archive_for=cdk.Duration.days(30))
        checkout = IdempotentCheckout(self, "Checkout", payment_service=payments, order_events=bus)
        buyers = authorizers.HttpJwtAuthorizer("Buyers", "https://id.example", jwt_audience=["a"])
        CheckoutApi(self, "Api", checkout=checkout, authorizer=buyers)
        Warehouse(self, "Warehouse", checkout)


def build(**app_properties: Any) -> cdk.App:
    """Build the app."""
    app = cdk.App(**app_properties)
    Shop(app, "Shop")
    return app


if __name__ == "__main__":
    build().synth()
