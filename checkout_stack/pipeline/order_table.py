"""The table of orders: one item an order, and a sparse index of those not settled."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from checkout_stack.foundation.property_types import (
    BILLING,
    FLAG,
    GRANTEE,
    KEY,
    TABLE,
    type_requirements,
)
from checkout_stack.foundation.requirements import Requirement, enforce
from checkout_stack.pipeline.order_table_requirements import (
    BOTH_IMAGES,
    INDEX_KEY,
    TABLE_KEY,
    UNSETTLED_INDEX,
    billing_requirement,
    table_requirements,
)

TYPES = {
    "existing": TABLE.or_none(),
    "billing": BILLING.or_none(),
    "encryption_key": KEY.or_none(),
    "for_development": FLAG,
}

#: What DynamoDB does with a table's key on behalf of the table's callers
#: (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).
KEY_ACTIONS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
)


class OrderTable(Construct):
    """The orders, recoverable to any second of the last 35 days, kept with the stack.

    The stream carries both images, because the relay tells an order that became ``PENDING`` again
    from one that merely still is. Encryption is with DynamoDB's own key unless another is given:
    that needs no permission on a key in any role, and takes no call to KMS away from the
    checkout's availability.
    """

    #: The table; partition key ``pk``, the order's id.
    table: dynamodb.ITable

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        existing: dynamodb.ITable | None = None,
        billing: dynamodb.Billing | None = None,
        encryption_key: kms.IKey | None = None,
        for_development: bool = False,
    ) -> None:
        """Create the table, or take one that is there.

        :param existing: A table of your own. It needs the key ``pk``, the index ``unsettled``, a
            stream of both images, and neither expiry nor replicas without strong consistency.
            Default: a table made here, of which every setting is part of the promise.
        :param billing: On demand or provisioned, of the table and its index. Not of an existing
            table, which has its own. Default: on demand.
        :param encryption_key: Key of the table. The stack then needs an explicit ``env``, since a
            table under a key knows its Region. Of an existing table: the key that it has. Default:
            DynamoDB's own.
        :param for_development: The table is deleted with its stack, and can be. Default: it is
            kept, and protected.
        :raises CheckoutMisconfiguredError: if the existing table cannot hold orders or is given a
            billing, or if a key is given in a stack without ``env``.
        """
        super().__init__(scope, construct_id)
        enforce(self, type_requirements(TYPES, locals()))
        self._key = encryption_key
        if existing is not None:
            enforce(self, [*table_requirements(existing), billing_requirement(existing, billing)])
            self.table = existing
            return
        enforce(self, _key_requirements(self, encryption_key))
        [(key, _, _)] = TABLE_KEY
        (shard, _, _), (since, _, _) = INDEX_KEY
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=_attribute(key, dynamodb.AttributeType.STRING),
            billing=billing or dynamodb.Billing.on_demand(),
            dynamo_stream=dynamodb.StreamViewType[BOTH_IMAGES],
            encryption=(
                dynamodb.TableEncryptionV2.dynamo_owned_key()
                if encryption_key is None
                else dynamodb.TableEncryptionV2.customer_managed_key(encryption_key)
            ),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=not for_development,
            removal_policy=(
                cdk.RemovalPolicy.DESTROY if for_development else cdk.RemovalPolicy.RETAIN
            ),
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=UNSETTLED_INDEX,
                    partition_key=_attribute(shard, dynamodb.AttributeType.STRING),
                    sort_key=_attribute(since, dynamodb.AttributeType.NUMBER),
                    projection_type=dynamodb.ProjectionType.KEYS_ONLY,
                )
            ],
        )

    def grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Allow ``actions`` on the table's items, and on none of its indexes."""
        self._grant_key(grantee)
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=list(actions), resource_arns=[self.table.table_arn]
        )

    def grant_query_unsettled(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``dynamodb:Query`` on the index of unsettled orders, and on nothing else."""
        self._grant_key(grantee)
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["dynamodb:Query"],
            resource_arns=[f"{self.table.table_arn}/index/{UNSETTLED_INDEX}"],
        )

    def grant_read_key(self, grantee: iam.IGrantable) -> None:
        """Allow ``grantee`` to read the stream's records, where a key encrypts them."""
        self._grant_key(grantee, "kms:Decrypt")

    def _grant_key(self, grantee: iam.IGrantable, *actions: str) -> None:
        enforce(self, type_requirements({"grantee": GRANTEE}, locals()))
        if self._key is None:
            return
        service = f"dynamodb.{cdk.Stack.of(self).region}.amazonaws.com"
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(actions or KEY_ACTIONS),
            resource_arns=[self._key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": service}},
        )


def _key_requirements(table: OrderTable, key: kms.IKey | None) -> list[Requirement]:
    stack = cdk.Stack.of(table)
    unknown = cdk.Token.is_unresolved(stack.region) or cdk.Token.is_unresolved(stack.account)
    return [
        Requirement(
            holds=key is None or not unknown,
            property="encryption_key",
            given="a key, in a stack without env",
            allowed="a key in a stack with an explicit account and Region, or no key",
            fix='give the stack env=cdk.Environment(account="111122223333", region="eu-west-1")',
        )
    ]


def _attribute(name: str, kind: dynamodb.AttributeType) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=kind)
