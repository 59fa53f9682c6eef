"""Writes that met a transaction on the same item: tried again until it has ended.

DynamoDB refuses a write to an item that a transaction under way touches, instead of letting it
wait, and botocore does not repeat such a write
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html,
"Transaction conflict handling in DynamoDB"). A transaction lasts milliseconds. Repeating is safe:
a refused write changed nothing, and every write here is conditional.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from checkout_runtime.adapters.aws_errors import cancellation_codes

__all__ = ["is_conflict", "retrying_conflicts"]

T = TypeVar("T")

TRY_FOR_SECONDS = 3.0
"""No further try is begun after this time. With the two tries of two seconds that the client may
take for the last one, that is well below the ten seconds of the functions that answer buyers."""
FIRST_PAUSE_SECONDS = 0.02
"""About as long as a transaction takes."""
LONGEST_PAUSE_SECONDS = 0.4


def retrying_conflicts(
    call: Callable[[], T],
    *,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> T:
    """Return what ``call`` returns, called again while it meets a transaction on the same item.

    Args:
        call: One conditional write.
        pause: Waits for a number of seconds. Default: the thread sleeps.
        clock: Seconds that never go back. Default: the system's.

    Raises:
        ClientError: Any other error of ``call``, at once; the conflict, if it lasts longer than
            three seconds.
    """
    deadline = clock() + TRY_FOR_SECONDS
    longest = FIRST_PAUSE_SECONDS
    while True:
        try:
            return call()
        except ClientError as error:
            # The pauses differ, so that two writers do not meet again and again.
            seconds = longest * random.uniform(0.5, 1)  # noqa: S311 - it keeps no secret
            if not is_conflict(error) or clock() + seconds > deadline:
                raise
        pause(seconds)
        longest = min(2 * longest, LONGEST_PAUSE_SECONDS)


def is_conflict(error: ClientError) -> bool:
    """Tell whether a write was refused because a transaction on the same item is under way."""
    return error.response["Error"]["Code"] in (
        "TransactionConflictException",
        "TransactionInProgressException",
    ) or "TransactionConflict" in cancellation_codes(error)
