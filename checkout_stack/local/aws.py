"""How to reach the local AWS: one endpoint over TLS, and credentials that it takes for root's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT_KEY = "test"


@dataclass(frozen=True)
class LocalAws:
    """The AWS endpoint of one local run."""

    port: int
    certificate: Path

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"https://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Environment variables with which the CDK CLI, or any AWS SDK, uses it."""
        return {
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_CA_BUNDLE": str(self.certificate),
            "NODE_EXTRA_CA_CERTS": str(self.certificate),
            # What is configured on this machine must not reach a real account.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def dynamodb(self) -> DynamoDBClient:
        """A client for the order table."""
        client: DynamoDBClient = _client(self, "dynamodb")
        return client

    def sqs(self) -> SQSClient:
        """A client for the queues."""
        client: SQSClient = _client(self, "sqs")
        return client

    def functions(self) -> LambdaClient:
        """A client for the functions and their event source mappings."""
        client: LambdaClient = _client(self, "lambda")
        return client

    def secrets_manager(self) -> SecretsManagerClient:
        """A client for the payment service's secret."""
        client: SecretsManagerClient = _client(self, "secretsmanager")
        return client

    def event_bus(self) -> Any:
        """A client for the bus on which outcomes are announced."""
        return _client(self, "events")

    def logs(self) -> Any:
        """A client for what the functions wrote."""
        return _client(self, "logs")

    def client(self, service: str) -> Any:
        """A client for any other service, by its name in boto3."""
        return _client(self, service)

    def cognito(self) -> CognitoIdentityProviderClient:
        """A client for the buyers' user pool."""
        client: CognitoIdentityProviderClient = _client(self, "cognito-idp")
        return client


@cache
def _client(aws: LocalAws, service: Any) -> Any:
    """Return the one client of a service: botocore reads a description of megabytes for each."""
    # No profile and no files: a profile named in the environment need not exist here.
    nothing = (None, None, None, None)
    files = (None, None, os.devnull, None)
    core = botocore.session.Session(
        session_vars={"profile": nothing, "config_file": files, "credentials_file": files}
    )
    return boto3.Session(
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        region_name=REGION,
        botocore_session=core,
    ).client(
        service,
        endpoint_url=aws.endpoint,
        verify=str(aws.certificate),
        config=Config(
            # The whole handshake; a busy machine has been seen to take more than five seconds.
            connect_timeout=20,
            read_timeout=20,
            retries={"total_max_attempts": 2, "mode": "standard"},
        ),
    )
