"""A Secrets Manager client that holds one secret and counts how often it is read."""

from __future__ import annotations

from botocore.exceptions import ClientError


class StubSecrets:
    """Stands for the client of Secrets Manager."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.reads = 0
        self.is_down = False

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - the API's name
        if self.is_down:
            error = {"Error": {"Code": "InternalServiceError", "Message": "no"}}
            raise ClientError(error, "GetSecretValue")  # type: ignore[arg-type]
        self.reads += 1
        return {"ARN": SecretId, "SecretString": self.value}
