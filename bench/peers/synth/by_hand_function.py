"""A Lambda function with a role and a log group of its own, written out with L2s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

ASSET = Path(__file__).resolve().parents[3] / "lambda"
LEFT_OUT = [
    "**/__pycache__",
    "**/*.pyc",
    "**/.*_cache",
    ".DS_Store",
    "pyproject.toml",
    "README.md",
    "LICENSE",
]


def function(
    scope: Construct,
    construct_id: str,
    *,
    handler: str,
    description: str,
    environment: Mapping[str, str],
    seconds: int,
    megabytes: int = 256,
) -> tuple[lambda_.Function, logs.LogGroup]:
    """Make the function; returns it and where it logs."""
    log_group = logs.LogGroup(
        scope,
        f"{construct_id}Logs",
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )
    role = iam.Role(
        scope,
        f"{construct_id}Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=f"Role of one function: {description}",
    )
    log_group.grant_write(role)
    made = lambda_.Function(
        scope,
        f"{construct_id}Function",
        description=description,
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        code=lambda_.Code.from_asset(str(ASSET), exclude=LEFT_OUT),
        handler=f"checkout_runtime.handlers.{handler}.handler",
        memory_size=megabytes,
        timeout=cdk.Duration.seconds(seconds),
        environment=dict(environment),
        role=role,
        log_group=log_group,
        logging_format=lambda_.LoggingFormat.JSON,
        application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
    )
    return made, log_group


def allow(grantee: lambda_.Function, actions: Sequence[str], resource: str) -> None:
    """Allow actions on one resource."""
    grantee.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[resource]))
