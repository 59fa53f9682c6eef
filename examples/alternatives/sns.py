"""C: the order is stored, a message is published to SNS, the payment service subscribes.

docs/internals/alternatives.md compares it with this project; the policy advises against it.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

PLACE_ORDER = """
import boto3, json, os, uuid

def handler(event, context):
    order_id = str(uuid.uuid4())
    boto3.resource("dynamodb").Table(os.environ["ORDERS"]).put_item(
        Item={"pk": order_id, "status": "PENDING", "cart": event["body"]},
        ConditionExpression="attribute_not_exists(pk)",
    )
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message=order_id)
    return {"statusCode": 202, "body": json.dumps({"order_id": order_id})}
"""


class SnsCheckout(cdk.Stack):
    """An order table, an API function, and a topic that the payment service subscribes to."""

    def __init__(self, scope: Construct, construct_id: str, *, payment_url: str) -> None:
        super().__init__(scope, construct_id)
        orders = dynamodb.TableV2(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        )
        topic = sns.Topic(self, "OrderPlaced", enforce_ssl=True)
        missed = sqs.Queue(self, "Missed", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        topic.add_subscription(
            subscriptions.UrlSubscription(
                payment_url,
                protocol=sns.SubscriptionProtocol.HTTPS,
                dead_letter_queue=missed,
                # About an hour in all, the longest that there is.
                delivery_policy=sns.DeliveryPolicy(
                    healthy_retry_policy=sns.HealthyRetryPolicy(
                        num_retries=59,
                        min_delay_target=cdk.Duration.seconds(60),
                        max_delay_target=cdk.Duration.seconds(60),
                    )
                ),
            )
        )
        place_order = lambda_.Function(
            self,
            "PlaceOrder",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(PLACE_ORDER),
            environment={"ORDERS": orders.table_name, "TOPIC": topic.topic_arn},
        )
        orders.grant_write_data(place_order)
        topic.grant_publish(place_order)
