"""The secrets that a signature may be by: the current one, and the one before it.

A rotation makes a new current version of the secret, and Secrets Manager keeps the one before under
the label ``AWSPREVIOUS``. Carts that were signed before the rotation are with buyers still, and a
payment service signs by the one before until it is told the new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.secret import (
    CACHE_SECONDS,
    CachedSecret,
    SecretEmptyError,
    SecretMisconfiguredError,
    SecretNotFoundError,
    SecretUnavailableError,
    again,
    read_secret,
)
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.record import Record
from checkout_runtime.domain.signed_cart import FEWEST_SECRET_BYTES

__all__ = ["RotatedSecrets"]

RECHECK_SECONDS = 10
"""How old the current secret has to be to be read again for a signature that does not match. So
long may new signatures be refused after a rotation, and so seldom does a caller who sends
made-up ones cause a call of Secrets Manager, in each execution environment."""


class _Previous(Record):
    value: str | None
    """None if there is none."""
    before: str
    """The current secret of that time."""
    read_at: int


class RotatedSecrets:
    """The secrets that a signature may be by, each read only once those before it did not match."""

    def __init__(self, secrets_manager: AwsService, secret_arn: str, clock: Clock) -> None:
        self._secrets_manager = secrets_manager
        self._secret_arn = secret_arn
        self._clock = clock
        self._current = CachedSecret(secrets_manager, secret_arn, clock, fits_a_header=False)
        self._previous: _Previous | None = None
        self._failure: SecretUnavailableError | None = None
        self._failed_at = 0
        self._reading = Lock()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the current secret, the previous one, and both again where they have changed.

        That the previous one cannot be read is said last: a new signature needs the current one.

        Raises:
            SecretUnavailableError: Secrets Manager does not give a secret, and none of those that
                it gave is to be had.
            SecretMisconfiguredError: A secret may not be read, or the current one is no text of 32
                bytes or more.
        """
        current = self._current.value()
        yield _long_enough(current)
        previous = self._previous_of(current)
        if isinstance(previous, bytes):
            yield previous
        newer = self._current.value(max_age_seconds=RECHECK_SECONDS)
        if newer != current:
            yield _long_enough(newer)
            previous = self._previous_of(newer)
            if isinstance(previous, bytes):
                yield previous
        if isinstance(previous, SecretUnavailableError):
            raise previous

    def _previous_of(self, current: str) -> bytes | SecretUnavailableError | None:
        try:
            with self._reading:
                held = self._read_previous(current)
        except SecretUnavailableError as problem:
            return problem
        if held.value is None or len(held.value.encode()) < FEWEST_SECRET_BYTES:
            return None  # a placeholder that nobody may have signed with
        return held.value.encode()

    def _read_previous(self, current: str) -> _Previous:
        now, held = self._clock.now(), self._previous
        if held is not None and held.before != current:
            held = None
        if held is not None and now < held.read_at + CACHE_SECONDS * 1000:
            return held
        if self._failure is not None and now < self._failed_at + RECHECK_SECONDS * 1000:
            if held is not None:
                return held
            raise again(self._failure)
        value = None
        try:
            value = read_secret(self._secrets_manager, self._secret_arn, stage="AWSPREVIOUS")
        except (SecretEmptyError, SecretNotFoundError):
            pass  # nothing can have been signed with it, or it was never rotated
        except SecretUnavailableError as problem:
            self._failure, self._failed_at = problem, now
            if held is not None:
                return held
            raise
        self._failure = None
        self._previous = _Previous(value, current, now)
        return self._previous


def _long_enough(secret: str) -> bytes:
    data = secret.encode()
    if len(data) < FEWEST_SECRET_BYTES:
        raise SecretMisconfiguredError(
            f"{len(data)} bytes; {FEWEST_SECRET_BYTES} or more are needed"
        )
    return data
