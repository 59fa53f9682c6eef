"""The table of orders: one item an order, and a sparse index of those not settled."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

#: Index of orders that are unsettled or need a person. Its key attributes are absent from settled
#: orders, so it holds the open ones only, spread over shards so that it has no hot key.
UNSETTLED_INDEX = "unsettled"


class OrderTable(Construct):
    """The orders, on demand, recoverable to any second of the last 35 days, kept with the stack.

    The stream carries both images, because the relay tells an order that became ``PENDING`` again
    from one that merely still is. Encryption is with DynamoDB's own key: it needs no permission on
    a key in any role, and takes no call to KMS away from the checkout's availability.
    """

    #: The table; partition key ``pk``, the order's id.
    table: dynamodb.TableV2

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create the table. It has no properties: each of its settings is part of the promise."""
        super().__init__(scope, construct_id)
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=_key("pk", dynamodb.AttributeType.STRING),
            billing=dynamodb.Billing.on_demand(),
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            encryption=dynamodb.TableEncryptionV2.dynamo_owned_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=UNSETTLED_INDEX,
                    partition_key=_key("unsettled_shard", dynamodb.AttributeType.STRING),
                    sort_key=_key("unsettled_since", dynamodb.AttributeType.NUMBER),
                    projection_type=dynamodb.ProjectionType.KEYS_ONLY,
                )
            ],
        )

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Allow ``actions`` on the table's items, and on none of its indexes."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=list(actions), resource_arns=[self.table.table_arn]
        )

    def grant_query_unsettled(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``dynamodb:Query`` on the index of unsettled orders, and on nothing else."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["dynamodb:Query"],
            resource_arns=[f"{self.table.table_arn}/index/{UNSETTLED_INDEX}"],
        )


def _key(name: str, kind: dynamodb.AttributeType) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=kind)
