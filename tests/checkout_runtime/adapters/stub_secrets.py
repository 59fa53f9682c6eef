"""A Secrets Manager that holds one secret and counts how often it is read."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsError, AwsNoAnswerError, AwsRefusedError


class StubSecrets:
    """Stands for Secrets Manager."""

    def __init__(self, value: str, previous: str | None = None) -> None:
        self.value = value
        self.previous = previous
        self.reads = 0
        self.tries: list[str] = []
        """The stages that were asked for, answered or not."""
        self.error: AwsError | None = None
        self.previous_error: AwsError | None = None
        """What only a read of the previous version meets."""
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def is_down(self) -> bool:
        return self.error is not None

    @is_down.setter
    def is_down(self, down: bool) -> None:
        self.error = AwsNoAnswerError("InternalServiceError") if down else None

    def rotate(self, value: str) -> None:
        """Make another value the current one."""
        self.value, self.previous = value, self.value

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert operation == "GetSecretValue"
        stage = parameters.get("VersionStage", "AWSCURRENT")
        self.tries.append(stage)
        self.asked.set()
        self.may_answer.wait(timeout=5)
        problem = self.error or (self.previous_error if stage == "AWSPREVIOUS" else None)
        if problem is not None:
            raise problem
        value = self.value if stage == "AWSCURRENT" else self.previous
        if value is None:
            raise AwsRefusedError("ResourceNotFoundException")
        self.reads += 1
        return {"ARN": parameters["SecretId"], "SecretString": value}
