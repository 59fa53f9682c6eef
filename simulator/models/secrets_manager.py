"""Secrets Manager, at the level of a botocore client."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["SecretsManagerModel"]


class SecretsManagerModel:
    """Secrets by their ARNs."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def rotate(self, arn: str, secret: str) -> None:
        """Replace a secret."""
        self._secrets[arn] = secret

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
        """Read a secret."""
        return {"ARN": SecretId, "SecretString": self._secrets[SecretId]}
