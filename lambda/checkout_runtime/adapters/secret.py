"""The payment service's secret: read when first needed, kept for a while, dropped when refused."""

from typing import Any

from checkout_runtime.application.ports import Clock

__all__ = ["CachedSecret"]

CACHE_SECONDS = 300
"""A rotated secret is in use five minutes later at the latest, at once where the old one is
refused; Secrets Manager's own client caches default to an hour."""


class CachedSecret:
    """One secret string of Secrets Manager."""

    def __init__(self, client: Any, secret_arn: str, clock: Clock) -> None:
        self._client = client
        self._secret_arn = secret_arn
        self._clock = clock
        self._held: tuple[str, int] | None = None

    def value(self) -> str:
        """Return the secret string, at most five minutes old."""
        now = self._clock.now()
        held = self._held
        if held is not None and now - held[1] < CACHE_SECONDS * 1000:
            return held[0]
        value = str(self._client.get_secret_value(SecretId=self._secret_arn)["SecretString"])
        self._held = (value, now)
        return value

    def drop(self) -> None:
        """Forget the value: it was refused, so the next use reads it afresh."""
        self._held = None
