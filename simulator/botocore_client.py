"""A client of botocore in front of a model, for code that knows AWS by botocore alone.

The version of the runtime that was released before, and the programs that the bench compares with
ours, call such clients and catch botocore's errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError, AwsService

__all__ = ["BOTOCORE_ERRORS", "BotocoreClient"]

BOTOCORE_ERRORS = (ClientError, ReadTimeoutError)
"""What a call of a client may raise."""


class BotocoreClient:
    """One service. It has the operations that the model has, by the names of their methods."""

    def __init__(self, service: AwsService) -> None:
        self._service = service

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        operation = "".join(word.title() for word in method.split("_"))

        def call(**parameters: Any) -> dict[str, Any]:
            try:
                return self._service.call(operation, parameters)
            except AwsRefusedError as error:
                raise _client_error(error, operation) from error
            except AwsNoAnswerError as error:
                raise ReadTimeoutError(endpoint_url=operation) from error

        self.__dict__[method] = call
        return call


def _client_error(error: AwsRefusedError, operation: str) -> ClientError:
    response: Any = {
        "Error": {"Code": error.code, "Message": error.message},
        "ResponseMetadata": {"RetryAttempts": error.retries},
    }
    if error.item is not None:
        response["Item"] = error.item
    if error.cancellation_reasons:
        response["CancellationReasons"] = error.cancellation_reasons
    return ClientError(response, operation)
