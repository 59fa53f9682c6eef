"""A: the order goes through Data Firehose to the payment service.

docs/internals/alternatives.md compares it with this project; the policy advises against it.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

PLACE_ORDER = """
import boto3, json, os, uuid

def handler(event, context):
    order = json.loads(event["body"]) | {"order_id": str(uuid.uuid4())}
    boto3.client("firehose").put_record(
        DeliveryStreamName=os.environ["STREAM"], Record={"Data": json.dumps(order)}
    )
    return {"statusCode": 202, "body": json.dumps({"order_id": order["order_id"]})}
"""


class FirehoseCheckout(cdk.Stack):
    """An API function, a delivery stream, and the payment service's endpoint behind it."""

    def __init__(self, scope: Construct, construct_id: str, *, payment_url: str) -> None:
        super().__init__(scope, construct_id)
        dynamodb.TableV2(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        )
        backup = s3.Bucket(self, "Backup", enforce_ssl=True)
        role = iam.Role(
            self, "StreamRole", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com")
        )
        backup.grant_read_write(role)
        endpoint = firehose.CfnDeliveryStream.HttpEndpointDestinationConfigurationProperty(
            endpoint_configuration=(
                firehose.CfnDeliveryStream.HttpEndpointConfigurationProperty(
                    url=payment_url, name="payment-service"
                )
            ),
            buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                interval_in_seconds=0, size_in_m_bs=1
            ),
            # The longest that there is.
            retry_options=firehose.CfnDeliveryStream.RetryOptionsProperty(duration_in_seconds=7200),
            s3_backup_mode="FailedDataOnly",
            s3_configuration=firehose.CfnDeliveryStream.S3DestinationConfigurationProperty(
                bucket_arn=backup.bucket_arn, role_arn=role.role_arn
            ),
            role_arn=role.role_arn,
        )
        stream = firehose.CfnDeliveryStream(
            self, "Payments", http_endpoint_destination_configuration=endpoint
        )
        place_order = lambda_.Function(
            self,
            "PlaceOrder",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(PLACE_ORDER),
            environment={"STREAM": stream.ref},
        )
        place_order.add_to_role_policy(
            iam.PolicyStatement(actions=["firehose:PutRecord"], resources=[stream.attr_arn])
        )
