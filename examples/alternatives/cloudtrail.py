"""B: a rule on CloudTrail's record of the stored order starts the payment.

docs/internals/alternatives.md compares it with this project; the policy advises against it.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

CHARGE = """
import boto3, os, urllib.request

def handler(event, context):
    detail = event["detail"]
    if "errorCode" in detail:
        return
    table = boto3.resource("dynamodb").Table(os.environ["ORDERS"])
    order = table.get_item(Key=detail["requestParameters"]["key"], ConsistentRead=True)["Item"]
    if order["status"] == "PENDING":
        request = urllib.request.Request(os.environ["PAYMENT_URL"], order["cart"].encode())
        request.add_header("Idempotency-Key", order["pk"])
        urllib.request.urlopen(request, timeout=10)
        # ... and a conditional update to PAID
"""


class CloudTrailCheckout(cdk.Stack):
    """An order table, its audit trail, a rule, and the function that charges."""

    def __init__(self, scope: Construct, construct_id: str, *, payment_url: str) -> None:
        super().__init__(scope, construct_id)
        orders = dynamodb.TableV2(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        )
        trail = cloudtrail.CfnTrail.EventSelectorProperty(
            include_management_events=False,
            read_write_type="WriteOnly",
            data_resources=[
                cloudtrail.CfnTrail.DataResourceProperty(
                    type="AWS::DynamoDB::Table", values=[orders.table_arn]
                )
            ],
        )
        audit = cloudtrail.Trail(self, "Trail").node.default_child
        assert isinstance(audit, cloudtrail.CfnTrail)
        audit.event_selectors = [trail]
        missed = sqs.Queue(self, "Missed", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        charge = lambda_.Function(
            self,
            "ChargePayment",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(CHARGE),
            timeout=cdk.Duration.seconds(30),
            environment={"ORDERS": orders.table_name, "PAYMENT_URL": payment_url},
            # Two is the most that there is.
            retry_attempts=2,
            on_failure=destinations.SqsDestination(missed),
        )
        orders.grant_read_write_data(charge)
        events.Rule(
            self,
            "OrderStored",
            event_pattern=events.EventPattern(
                source=["aws.dynamodb"],
                detail_type=["AWS API Call via CloudTrail"],
                detail={
                    "eventName": ["PutItem"],
                    "requestParameters": {"tableName": [orders.table_name]},
                },
            ),
            targets=[targets.LambdaFunction(charge)],
        )
