"""Table, queues, secret, buyers and alarm topic, written out with L2s."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

QUEUE_NAME = "CheckoutStack-Payments.fifo"


def order_table(scope: Construct) -> dynamodb.TableV2:
    """The orders."""
    return dynamodb.TableV2(
        scope,
        "Orders",
        partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
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
                index_name="unsettled",
                partition_key=dynamodb.Attribute(
                    name="unsettled_shard", type=dynamodb.AttributeType.STRING
                ),
                sort_key=dynamodb.Attribute(
                    name="unsettled_since", type=dynamodb.AttributeType.NUMBER
                ),
                projection_type=dynamodb.ProjectionType.KEYS_ONLY,
            )
        ],
    )


def payment_queues(scope: Construct) -> tuple[sqs.Queue, sqs.Queue, sqs.Queue]:
    """Payments, their dead letters, and failures of the relay."""
    source_arn = cdk.Stack.of(scope).format_arn(service="sqs", resource=QUEUE_NAME)
    dead_letters = sqs.Queue(
        scope,
        "DeadLetters",
        fifo=True,
        retention_period=cdk.Duration.days(14),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        redrive_allow_policy=sqs.RedriveAllowPolicy(
            redrive_permission=sqs.RedrivePermission.BY_QUEUE,
            source_queues=[sqs.Queue.from_queue_arn(scope, "Source", source_arn)],
        ),
    )
    payments = sqs.Queue(
        scope,
        "Payments",
        queue_name=QUEUE_NAME,
        fifo=True,
        content_based_deduplication=True,
        deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
        fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        visibility_timeout=cdk.Duration.seconds(180),
        retention_period=cdk.Duration.days(4),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=37),
    )
    failures = sqs.Queue(
        scope,
        "RelayFailures",
        retention_period=cdk.Duration.days(14),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
    )
    return payments, dead_letters, failures


def payment_secret(scope: Construct) -> secretsmanager.Secret:
    """The payment service's token."""
    return secretsmanager.Secret(
        scope, "PaymentSecret", description="Bearer token of the payment service."
    )


def alarm_topic(scope: Construct) -> sns.Topic:
    """An encrypted topic that CloudWatch of this account may publish to."""
    own = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}}
    cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
    key = kms.Key(
        scope,
        "AlarmKey",
        description="Encrypts the notices of a checkout's alarms.",
        enable_key_rotation=True,
        pending_window=cdk.Duration.days(7),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[cloudwatch],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions=own,
        )
    )
    topic = sns.Topic(scope, "AlarmTopic", master_key=key, enforce_ssl=True)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AlarmsOfThisAccount",
            principals=[cloudwatch],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions=own,
        )
    )
    return topic


def buyers(scope: Construct) -> tuple[cognito.UserPool, cognito.UserPoolClient]:
    """Who may place orders, and by which client."""
    pool = cognito.UserPool(
        scope,
        "Buyers",
        self_sign_up_enabled=False,
        sign_in_aliases=cognito.SignInAliases(email=True),
        password_policy=cognito.PasswordPolicy(
            min_length=12,
            require_digits=True,
            require_lowercase=True,
            require_symbols=True,
            require_uppercase=True,
        ),
    )
    client = pool.add_client(
        "WebShop",
        auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),
        disable_o_auth=True,
        prevent_user_existence_errors=True,
    )
    return pool, client
