"""D: the order is stored, its number goes to an SQS FIFO queue, the consumer deletes the message.

As a careful engineer writes it from the question alone; compared with what this project does in
docs/internals/alternatives.md.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

PLACE_ORDER = """
import boto3, json, os, uuid

def handler(event, context):
    order_id = str(uuid.uuid4())
    boto3.resource("dynamodb").Table(os.environ["ORDERS"]).put_item(
        Item={"pk": order_id, "status": "PENDING", "cart": event["body"]},
        ConditionExpression="attribute_not_exists(pk)",
    )
    boto3.client("sqs").send_message(
        QueueUrl=os.environ["PAYMENTS"], MessageBody=order_id, MessageGroupId=order_id
    )
    return {"statusCode": 202, "body": json.dumps({"order_id": order_id})}
"""
PROCESS_PAYMENTS = """
import boto3, os, urllib.request

def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            pay(record["body"])
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}

def pay(order_id):
    table = boto3.resource("dynamodb").Table(os.environ["ORDERS"])
    order = table.get_item(Key={"pk": order_id}, ConsistentRead=True)["Item"]
    if order["status"] == "PENDING":
        request = urllib.request.Request(os.environ["PAYMENT_URL"], order["cart"].encode())
        request.add_header("Idempotency-Key", order_id)
        urllib.request.urlopen(request, timeout=10)
        # ... and a conditional update to PAID
"""


class FifoCheckout(cdk.Stack):
    """An order table, two functions, a FIFO queue between them and a FIFO dead-letter queue."""

    def __init__(self, scope: Construct, construct_id: str, *, payment_url: str) -> None:
        super().__init__(scope, construct_id)
        key = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
        orders = dynamodb.TableV2(self, "Orders", partition_key=key)
        days = cdk.Duration.days(14)
        dead = sqs.Queue(self, "DeadLetters", fifo=True, enforce_ssl=True, retention_period=days)
        payments = sqs.Queue(
            self,
            "Payments",
            fifo=True,
            content_based_deduplication=True,
            enforce_ssl=True,
            visibility_timeout=cdk.Duration.seconds(180),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=37),
        )
        place = self._function("PlaceOrder", PLACE_ORDER, orders, PAYMENTS=payments.queue_url)
        payments.grant_send_messages(place)
        pay = self._function("ProcessPayments", PROCESS_PAYMENTS, orders, PAYMENT_URL=payment_url)
        pay.add_event_source(SqsEventSource(payments, report_batch_item_failures=True))

    def _function(
        self, name: str, code: str, orders: dynamodb.TableV2, **more: str
    ) -> lambda_.Function:
        function = lambda_.Function(
            self,
            name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(code),
            timeout=cdk.Duration.seconds(30),
            environment={"ORDERS": orders.table_name, **more},
        )
        orders.grant_read_write_data(function)
        return function
