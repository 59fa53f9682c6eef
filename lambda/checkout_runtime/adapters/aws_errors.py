"""Which errors of AWS a repeated request may mend, and which ones only a deployment does."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

__all__ = ["cancellation_codes", "is_misconfiguration"]

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


def is_misconfiguration(error: BotoCoreError | ClientError) -> bool:
    """Tell whether the same request fails again however often it is sent.

    Then the deployment is at fault, and the caller must not be told to try again. False where AWS
    did not answer, throttled, or failed on its own side.
    """
    if not isinstance(error, ClientError):
        return False
    codes = {error.response["Error"]["Code"], *cancellation_codes(error)}
    return not codes.isdisjoint(_MISCONFIGURED)


def cancellation_codes(error: ClientError) -> set[str]:
    """Return why a transaction was cancelled; of any other error, nothing."""
    reasons: Any = error.response.get("CancellationReasons", [])
    return {str(reason.get("Code")) for reason in reasons}
