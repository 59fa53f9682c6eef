"""The services and operations that the functions call, and how the wire has them.

All four speak AWS's JSON protocol: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html.
Of a value that is no JSON (bytes, times) nothing is converted: the functions use none.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["SERVICES", "Service", "body_of", "with_client_token"]


class Service(NamedTuple):
    """One service of AWS."""

    target: str
    """The text before the operation in ``X-Amz-Target``."""
    json_version: str
    environment_name: str
    """Its name at the end of ``AWS_ENDPOINT_URL_…``."""
    operations: frozenset[str]

    def headers(self, operation: str) -> dict[str, str]:
        """Return the headers that name the operation, which are signed."""
        named = {
            "content-type": f"application/x-amz-json-{self.json_version}",
            "x-amz-target": f"{self.target}.{operation}",
        }
        if self.environment_name == "SQS":
            # Errors then have the codes that they always had.
            named["x-amzn-query-mode"] = "true"
        return named


SERVICES: dict[str, Service] = {
    "dynamodb": Service(
        "DynamoDB_20120810",
        "1.0",
        "DYNAMODB",
        frozenset(
            {
                "BatchGetItem",
                "GetItem",
                "PutItem",
                "Query",
                "Scan",
                "TransactWriteItems",
                "UpdateItem",
            }
        ),
    ),
    "sqs": Service(
        "AmazonSQS",
        "1.0",
        "SQS",
        frozenset({"ChangeMessageVisibilityBatch", "SendMessageBatch"}),
    ),
    "secretsmanager": Service(
        "secretsmanager", "1.1", "SECRETS_MANAGER", frozenset({"GetSecretValue"})
    ),
    "events": Service(
        "AWSEvents", "1.1", "EVENTBRIDGE", frozenset({"DescribeEventBus", "PutEvents"})
    ),
}
_WITH_CLIENT_TOKEN = frozenset({"TransactWriteItems"})


def with_client_token(operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters with the token by which AWS knows a repeated request again.

    Only for an operation that takes one, and for a request that has none.
    """
    if operation not in _WITH_CLIENT_TOKEN or "ClientRequestToken" in parameters:
        return parameters
    return {**parameters, "ClientRequestToken": secrets.token_hex(16)}


def body_of(parameters: Mapping[str, Any]) -> bytes:
    """Return the request's body.

    Raises:
        TypeError: A value is no JSON.
    """
    return json.dumps(parameters, separators=(",", ":")).encode()
