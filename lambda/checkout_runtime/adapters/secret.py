"""The payment service's secret: read when first needed, kept for a while, dropped when refused."""

import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from checkout_runtime.application.ports import Clock

__all__ = ["CachedSecret", "SecretUnavailable"]

CACHE_SECONDS = 300
"""A rotated secret is in use five minutes later at the latest, at once where the old one is
refused; Secrets Manager's own client caches default to an hour."""


_TOKEN = re.compile(r"[!-~]+")  # what fits behind "Bearer " in a header


class SecretUnavailable(Exception):
    """The secret cannot be read, or is none that can be sent. The message never quotes it."""


class CachedSecret:
    """One secret string of Secrets Manager."""

    def __init__(
        self, client: Any, secret_arn: str, clock: Clock, *, fits_a_header: bool = True
    ) -> None:
        """Take where the secret is, and whether it is none unless a header can carry it."""
        self._client = client
        self._secret_arn = secret_arn
        self._clock = clock
        self._fits_a_header = fits_a_header
        self._held: tuple[str, int] | None = None

    def value(self) -> str:
        """Return the secret string, at most five minutes old.

        Raises:
            SecretUnavailable: Secrets Manager does not give it, or it fits no header and has to.
        """
        now = self._clock.now()
        held = self._held
        if held is not None and now - held[1] < CACHE_SECONDS * 1000:
            return held[0]
        value = self._read()
        self._held = (value, now)
        return value

    def _read(self) -> str:
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_arn)
        except (BotoCoreError, ClientError) as problem:
            raise SecretUnavailable(f"not read: {type(problem).__name__}") from problem
        value = str(answer.get("SecretString", "")).strip()
        if not value:
            raise SecretUnavailable("empty, or binary")
        if self._fits_a_header and not _TOKEN.fullmatch(value):
            raise SecretUnavailable("not a bearer token: printable ASCII without spaces is needed")
        return value

    def drop(self) -> None:
        """Forget the value: it was refused, so the next use reads it afresh."""
        self._held = None
