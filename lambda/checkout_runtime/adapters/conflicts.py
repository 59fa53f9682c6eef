"""Writes that met another write on the same item: tried again until it has ended.

DynamoDB refuses a write to an item that a transaction under way touches, instead of letting it
wait, and clients do not repeat such a write
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html,
"Transaction conflict handling in DynamoDB"). In a table of several Regions with strong consistency
it refuses one that meets another Region's. Both last milliseconds. Repeating is safe: a refused
write changed nothing, and every write here is conditional.
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from checkout_runtime.adapters.aws import AwsRefusedError, AwsService

__all__ = ["TRY_FOR_SECONDS", "call_past_conflicts"]

TRY_FOR_SECONDS = 3.0
"""No further try is begun after this time. With the five seconds that the client may take for the
last one, that is below the ten seconds of the functions that answer buyers."""
FIRST_PAUSE_SECONDS = 0.02
"""About as long as a transaction takes."""
LONGEST_PAUSE_SECONDS = 0.4
_CONFLICTS = frozenset(
    {
        "ReplicatedWriteConflictException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_OS_RANDOMNESS = random.SystemRandom()
"""Environments that start as copies of one snapshot share the state of a seeded generator, and
would meet again and again."""


def call_past_conflicts(
    dynamodb: AwsService,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    deadline: float | None = None,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Return the answer of a write, which is called again while it meets another on its item.

    Args:
        dynamodb: DynamoDB.
        operation: One conditional write, such as ``PutItem``.
        parameters: Its parameters.
        deadline: When, by ``clock``, no further try is begun, where this call is one of several
            that share the time. Default: three seconds from now.
        pause: Waits for a number of seconds. Default: the thread sleeps.
        clock: Seconds that never go back. Default: the system's.

    Raises:
        AwsRefusedError: Any other refusal, at once; the conflict, if it lasts beyond the
            deadline. ``retries`` counts those before each conflict too: they may have been carried
            out, the conflicts were not.
        AwsNoAnswerError: The outcome is unknown.
    """
    if deadline is None:
        deadline = clock() + TRY_FOR_SECONDS
    longest, sent_before = FIRST_PAUSE_SECONDS, 0
    while True:
        try:
            return dynamodb.call(operation, parameters)
        except AwsRefusedError as error:
            error.retries += sent_before
            # The pauses differ, so that two writers do not meet again and again.
            seconds = longest * _OS_RANDOMNESS.uniform(0.5, 1)
            if not _is_conflict(error) or clock() + seconds > deadline:
                raise
            sent_before = error.retries
        pause(seconds)
        longest = min(2 * longest, LONGEST_PAUSE_SECONDS)


def _is_conflict(error: AwsRefusedError) -> bool:
    """Tell whether a write was refused because another one on the same item is under way."""
    return error.code in _CONFLICTS or "TransactionConflict" in error.cancellation_codes
