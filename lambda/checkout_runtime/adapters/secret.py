"""A secret of Secrets Manager: read when first needed, kept for a while, dropped when refused."""

from __future__ import annotations

import logging
import re
from threading import Lock

from checkout_runtime.adapters.aws import AwsError, AwsService
from checkout_runtime.application.ports import Clock
from checkout_runtime.domain.record import Record

__all__ = [
    "CACHE_SECONDS",
    "CachedSecret",
    "SecretEmptyError",
    "SecretMisconfiguredError",
    "SecretNotFoundError",
    "SecretUnavailableError",
    "again",
    "read_secret",
]

CACHE_SECONDS = 300
"""A rotated secret is in use five minutes later at the latest, at once where the old one is
refused; Secrets Manager's own client caches default to an hour."""
STALE_SECONDS = 60 * 60
"""How old a value may get while Secrets Manager does not answer. Its outages were shorter, and a
secret that was rotated in the meantime is refused by the service that checks it, and dropped."""
RETRY_SECONDS = 15
"""How long an old value is used before Secrets Manager is asked again. A try may take six seconds,
which a charge would wait for."""

_log = logging.getLogger(__name__)
_TOKEN = re.compile(r"[!-~]+")  # what fits behind "Bearer " in a header


class SecretUnavailableError(Exception):
    """The secret cannot be read now. The message never quotes it."""


class SecretMisconfiguredError(SecretUnavailableError):
    """The secret may not be read, or cannot be used: only an operator can mend it."""


class SecretEmptyError(SecretMisconfiguredError):
    """It is no text, or holds white space alone."""


class SecretNotFoundError(SecretMisconfiguredError):
    """There is no such secret, or no version of it at that stage."""


class _Held(Record):
    value: str
    read_at: int
    """Milliseconds since 1970-01-01 UTC."""


class CachedSecret:
    """One secret string of Secrets Manager; threads may share it."""

    def __init__(
        self,
        secrets_manager: AwsService,
        secret_arn: str,
        clock: Clock,
        *,
        fits_a_header: bool = True,
    ) -> None:
        """Take where the secret is, and whether only a text that fits into a header is one."""
        self._secrets_manager = secrets_manager
        self._secret_arn = secret_arn
        self._clock = clock
        self._fits_a_header = fits_a_header
        self._held: _Held | None = None
        self._retry_at = 0
        self._reading = Lock()
        self._reads = 0
        self._failure: SecretUnavailableError | None = None

    def value(self, *, max_age_seconds: int = CACHE_SECONDS) -> str:
        """Return the secret string.

        Where Secrets Manager does not answer, the last value is returned until it is an hour old.
        Not where it answers that the secret is gone or may not be read: that is somebody's
        decision, or a defect that has to be seen.

        Args:
            max_age_seconds: A value that is older is read again. Default: five minutes.

        Raises:
            SecretUnavailableError: Secrets Manager does not give it, or it fits no header and has
                to.
        """
        held, reads = self._held, self._reads
        if held is not None and self._is_usable(held, max_age_seconds):
            return held.value
        with self._reading:
            held = self._held
            if held is not None and self._is_usable(held, max_age_seconds):
                return held.value  # another thread read it meanwhile
            if self._reads != reads and self._failure is not None:
                raise again(self._failure)  # another thread was told so meanwhile
            return self._read_again()

    def drop(self) -> None:
        """Forget the value: it was refused. It is not used again, the next use reads it afresh."""
        self._held = None

    def _is_usable(self, held: _Held, max_age_seconds: int) -> bool:
        now = self._clock.now()
        return now < held.read_at + max_age_seconds * 1000 or now < self._retry_at

    def _read_again(self) -> str:
        self._failure = None
        try:
            value = read_secret(self._secrets_manager, self._secret_arn)
            if self._fits_a_header and not _TOKEN.fullmatch(value):
                raise SecretMisconfiguredError(
                    "not a bearer token: printable ASCII without spaces is needed"
                )
        except SecretMisconfiguredError as problem:
            self._held, self._failure = None, problem
            raise
        except SecretUnavailableError as problem:
            return self._last_value(problem)
        finally:
            self._reads += 1
        self._held, self._retry_at = _Held(value, self._clock.now()), 0
        return value

    def _last_value(self, problem: SecretUnavailableError) -> str:
        now, held = self._clock.now(), self._held  # None if it was dropped while this one read
        if held is None or now >= held.read_at + STALE_SECONDS * 1000:
            self._held, self._failure = None, problem
            raise problem
        self._retry_at = min(now + RETRY_SECONDS * 1000, held.read_at + STALE_SECONDS * 1000)
        age_seconds = (now - held.read_at) // 1000
        _log.warning(
            "secret_stale",
            extra={"event": "secret_stale", "age_seconds": age_seconds, "reason": str(problem)},
        )
        return held.value


def again(problem: SecretUnavailableError) -> SecretUnavailableError:
    """Return what another caller was told, to be raised a second time."""
    return type(problem)(*problem.args)


def read_secret(secrets_manager: AwsService, secret_arn: str, *, stage: str | None = None) -> str:
    """Return a secret string as Secrets Manager holds it now, without white space around it.

    Args:
        secrets_manager: Secrets Manager.
        secret_arn: Its ARN or name.
        stage: The label of the version to read. Default: the current one.

    Raises:
        SecretNotFoundError: There is no such secret, or no version with that label.
        SecretEmptyError: It is empty or binary.
        SecretMisconfiguredError: It may not be read.
        SecretUnavailableError: Secrets Manager did not answer.
    """
    version = {} if stage is None else {"VersionStage": stage}
    try:
        answer = secrets_manager.call("GetSecretValue", {"SecretId": secret_arn, **version})
    except AwsError as problem:
        raise _unread(problem) from problem
    value = str(answer.get("SecretString", "")).strip()
    if not value:
        raise SecretEmptyError("empty, or binary")
    return value


def _unread(problem: AwsError) -> SecretUnavailableError:
    kind = SecretMisconfiguredError if problem.is_misconfiguration else SecretUnavailableError
    if problem.code == "ResourceNotFoundException":
        kind = SecretNotFoundError
    return kind(f"not read: {problem.code}")
