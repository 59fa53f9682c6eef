"""Secrets Manager, behind the runtime's port to AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["SecretsManagerModel"]


class SecretsManagerModel:
    """Secrets by their ARNs."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def rotate(self, arn: str, secret: str) -> None:
        """Replace a secret."""
        self._secrets[arn] = secret

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Read a secret, as ``AwsService`` has it."""
        assert operation == "GetSecretValue", operation
        arn = parameters["SecretId"]
        return {"ARN": arn, "SecretString": self._secrets[arn]}
