"""botocore in place of this client, for the rest of the execution environment's life."""

import logging
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError

__all__ = ["Fallback", "botocore_service"]

_log = logging.getLogger(__name__)


def botocore_service(name: str, *, call_seconds: float | None = None) -> AwsService:
    """Return a service by botocore, which is imported here and not before.

    ``call_seconds``: as ``botocore_aws`` has it.
    """
    from checkout_runtime.adapters.botocore_aws import aws_service

    return aws_service(name, call_seconds=call_seconds)


class Fallback:
    """Whether botocore is in use, and its services; threads share it, and so do services."""

    def __init__(self, service: Callable[[str], AwsService] = botocore_service) -> None:
        """Take what makes a service by its name. Default: botocore."""
        self._service = service
        self._services: dict[str, AwsService] = {}
        self._lock = Lock()
        self.is_on = False

    def turn_on(self, problem: NotUnderstoodError) -> None:
        """Use botocore from now on. The first problem is logged; the construct alarms on it."""
        with self._lock:
            was_on, self.is_on = self.is_on, True
        if not was_on:
            extra = {"event": "aws_client_fell_back", "reason": problem.reason}
            _log.warning("aws_client_fell_back", extra=extra)

    def call(
        self, name: str, operation: str, parameters: Mapping[str, Any], *, sent_before: int
    ) -> dict[str, Any]:
        """Call an operation by botocore.

        Args:
            name: The service.
            operation: As :class:`AwsService` has it.
            parameters: As :class:`AwsService` has them.
            sent_before: How often this client sent the request. A refusal says so, since it may be
                about the result of one of those.

        Raises:
            AwsRefusedError: The service refused.
            AwsNoAnswerError: The outcome is unknown.
        """
        with self._lock:  # Making a client is not for two threads at once.
            if name not in self._services:
                self._services[name] = self._service(name)
        try:
            return self._services[name].call(operation, parameters)
        except AwsRefusedError as error:
            error.retries += sent_before
            raise
