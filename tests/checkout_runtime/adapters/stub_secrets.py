"""A Secrets Manager client that holds one secret and counts how often it is read."""

from __future__ import annotations

import threading

from botocore.exceptions import ClientError


class StubSecrets:
    """Stands for the client of Secrets Manager."""

    def __init__(self, value: str, previous: str | None = None) -> None:
        self.value = value
        self.previous = previous
        self.reads = 0
        self.tries: list[str] = []
        """The stages that were asked for, answered or not."""
        self.error: str | None = None
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def is_down(self) -> bool:
        return self.error is not None

    @is_down.setter
    def is_down(self, down: bool) -> None:
        self.error = "InternalServiceError" if down else None

    def rotate(self, value: str) -> None:
        """Make another value the current one."""
        self.value, self.previous = value, self.value

    def get_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803 - the API's name
        VersionStage: str = "AWSCURRENT",  # noqa: N803
    ) -> dict[str, str]:
        self.tries.append(VersionStage)
        self.asked.set()
        self.may_answer.wait(timeout=5)
        if self.error is not None:
            raise refusal(self.error)
        value = self.value if VersionStage == "AWSCURRENT" else self.previous
        if value is None:
            raise refusal("ResourceNotFoundException")
        self.reads += 1
        return {"ARN": SecretId, "SecretString": value}


def refusal(code: str) -> ClientError:
    """What AWS raises with this code."""
    error = {"Error": {"Code": code, "Message": "no"}}
    return ClientError(error, "GetSecretValue")  # type: ignore[arg-type]
