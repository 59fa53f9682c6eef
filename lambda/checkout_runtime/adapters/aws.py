"""The port to AWS: one operation is called, and it answers, is refused, or has no answer.

Its adapters are ``lean_aws``, which the functions use, and ``botocore_aws``. Everything else in the
runtime knows AWS by this module alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

__all__ = ["AwsError", "AwsNoAnswerError", "AwsRefusedError", "AwsService"]

_MISCONFIGURED = frozenset(
    {
        "AccessDeniedException",  # the role lacks a permission, also for the key that encrypts
        "ResourceNotFoundException",  # the table or secret was deleted, or is named wrongly
        "ValidationException",  # the request is one that no state of the table makes valid
        "UnrecognizedClientException",  # the credentials are no account's
        "DecryptionFailure",  # the secret's key is disabled or gone
        "InvalidParameterException",
        "InvalidRequestException",  # the secret is marked for deletion
        "ValidationError",  # as ValidationException, of one part of a transaction
    }
)


class AwsService(Protocol):
    """One service of AWS, such as DynamoDB."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation and return its answer.

        Members that are bytes or times on botocore's side are as JSON has them with ``lean_aws``;
        no caller here uses any.

        Args:
            operation: The name in the service's API reference, such as ``PutItem``.
            parameters: The members of the request, by their names in the API reference.

        Raises:
            AwsRefusedError: The service refused; the call changed nothing.
            AwsNoAnswerError: The outcome is unknown.
        """
        ...


class AwsError(Exception):
    """A call of AWS that did not succeed."""

    def __init__(self, code: str, message: str = "") -> None:
        """Make the error.

        Args:
            code: What AWS calls it; without an answer, the kind of failure.
            message: What else is known, in words. Default: nothing.
        """
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message

    @property
    def is_misconfiguration(self) -> bool:
        """Whether the same call fails again however often it is sent.

        Then the deployment is at fault, and the caller must not be told to try again. False where
        AWS did not answer, throttled, or met another write.
        """
        return False


class AwsNoAnswerError(AwsError):
    """AWS may or may not have carried out the call.

    It could not be reached, its answer did not come or could not be read, or it failed on its own
    side (HTTP 5xx).
    """


class AwsRefusedError(AwsError):
    """AWS answered that it did not carry out the call."""

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        item: Mapping[str, Any] | None = None,
        cancellation_reasons: Sequence[Mapping[str, Any]] = (),
        retries: int = 0,
    ) -> None:
        """Make the error.

        Args:
            code: What AWS calls it, such as ``ThrottlingException``.
            message: AWS's own words. Default: none.
            item: The stored item that failed a condition, where the call asked for ``ALL_OLD``.
                Default: none is stored, or it was not asked for.
            cancellation_reasons: Why a transaction was cancelled, one for each of its actions.
                Default: the call was no transaction.
            retries: How often the call was sent before this answer, by whichever adapter. An
                earlier try may have been carried out, and then this answer is about its result.
                Default: never.
        """
        super().__init__(code, message)
        self.item = item
        self.cancellation_reasons = cancellation_reasons
        self.retries = retries

    @property
    def is_failed_condition(self) -> bool:
        """Whether the condition of a single write did not hold."""
        return self.code == "ConditionalCheckFailedException"

    @property
    def cancellation_codes(self) -> set[str]:
        """Why a transaction was cancelled; empty for any other call."""
        return {str(reason.get("Code")) for reason in self.cancellation_reasons}

    @property
    def is_misconfiguration(self) -> bool:
        """Whether the same call is refused again however often it is sent."""
        return not _MISCONFIGURED.isdisjoint({self.code, *self.cancellation_codes})
