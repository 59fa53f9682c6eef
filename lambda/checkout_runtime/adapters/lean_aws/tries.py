"""How often a request is sent, and for how long: one total deadline over all tries."""

import random
import time
from collections.abc import Callable
from typing import Any

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.lean_aws.answers import THROTTLES
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError, SignatureRefusedError

__all__ = ["Tries"]

CALL_SECONDS = 5.0
"""Of a call with all its tries and pauses. The functions that answer buyers have ten seconds."""
TRY_SECONDS = 2.0
"""Of one try, less than half of a call: a second one always has as long as the first. A service of
single-digit milliseconds that did not answer in two seconds will not."""
MOST_LOST = 2
"""Requests of a call that may be left without an answer: one repeat. It is safe, since every write
is conditional, and the caller is told of it."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
LEAST_SKEW_SECONDS = 60
"""AWS takes clocks that differ by five minutes; below this the clock is not what it refused."""
_OS_RANDOMNESS = random.SystemRandom()
"""Environments that start as copies of one snapshot share the state of a seeded generator."""


class Tries:
    """The tries of one call."""

    def __init__(
        self,
        *,
        seconds: float | None = None,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
        random_part: Callable[[], float] = _OS_RANDOMNESS.random,
    ) -> None:
        """Begin a call.

        Args:
            seconds: How long the call may take with all its tries and pauses. Default: five.
            now: Seconds since 1970 UTC. Default: the system's wall clock.
            pause: Waits for a number of seconds. Default: the thread sleeps.
            random_part: Returns a number from 0 to below 1. Default: from the operating system's
                randomness.
        """
        self._now = now
        self._pause = pause
        self._random_part = random_part
        self._deadline = time.monotonic() + (CALL_SECONDS if seconds is None else seconds)
        self._lost = 0
        self._corrected = False
        self._skew = 0.0
        self.ended = 0
        """Tries that are over. Of each AWS may have carried out the request."""

    def now(self) -> float:
        """Return the time to sign with; corrected, for this call alone, if AWS's clock differs."""
        return self._now() + self._skew

    def deadline(self) -> float:
        """Return when the try that begins now has to be over, by ``time.monotonic``."""
        return min(self._deadline, time.monotonic() + TRY_SECONDS)

    def result(self, attempt: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return what a try returned, or raise what the last one raised.

        A refusal by throttling is repeated until the deadline, as nothing was carried out; a
        request without an answer once; one whose signature was refused once.

        Raises:
            AwsRefusedError: AWS refused; ``retries`` is the number of tries before.
            AwsNoAnswerError: The outcome is unknown, of the last try or of one before a throttle.
            NotUnderstoodError: The signature was refused again, or ``attempt`` raised it.
        """
        while True:
            try:
                return attempt()
            except SignatureRefusedError as refused:
                self._correct(refused)
            except AwsNoAnswerError:
                self._lost += 1
                if self._lost >= MOST_LOST or not self._has_paused():
                    raise
            except AwsRefusedError as error:
                error.retries = self.ended
                if error.code not in THROTTLES:
                    raise
                if not self._has_paused():
                    if self._lost:
                        raise AwsNoAnswerError(error.code, error.message) from error
                    raise
            except NotUnderstoodError as problem:
                self.ended += problem.is_sent
                raise
            self.ended += 1

    def _correct(self, refused: SignatureRefusedError) -> None:
        """Take AWS's clock for the next try, if it differs."""
        if self._corrected:
            raise NotUnderstoodError("signature_refused") from None
        self._corrected = True
        if refused.aws_time is not None:
            skew = refused.aws_time - self._now()
            self._skew = skew if abs(skew) >= LEAST_SKEW_SECONDS else 0.0

    def _has_paused(self) -> bool:
        """Pause for a random part of a time that doubles; not if that is past the deadline."""
        longest = min(FIRST_PAUSE_SECONDS * 2**self.ended, LONGEST_PAUSE_SECONDS)
        seconds = self._random_part() * longest
        if time.monotonic() + seconds >= self._deadline:
            return False
        self._pause(seconds)
        return True
