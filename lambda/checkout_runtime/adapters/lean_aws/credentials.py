"""Credentials from the environment, or from the container endpoint as with SnapStart.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
import math
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlsplit

from checkout_runtime.adapters.aws import AwsNoAnswerError
from checkout_runtime.adapters.lean_aws.connections import Connections
from checkout_runtime.adapters.lean_aws.endpoints import endpoint_of_url
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError

__all__ = ["CredentialSource", "Credentials"]

RENEW_EARLY_SECONDS = 10 * 60
"""Before they expire. A request may be on its way for seconds, and the endpoint may be down."""
RENEW_AGAIN_SECONDS = 30
"""At the earliest, as long as those that are held still serve."""
ENDPOINT_SECONDS = 1.0
"""For the container endpoint, which is on the same machine: half of a try."""
INTERNAL_SERVER_ERROR = 500
_EOL = "\r\n"
CONTAINER_HOST = "http://169.254.170.2"
_PLAIN_HTTP_HOSTS = frozenset(
    {"127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"}
)


class Credentials(NamedTuple):
    """What requests are signed with."""

    access_key: str
    secret_key: str
    token: str | None
    expires_at: float | None = None
    """Seconds since 1970 UTC; None where the end is not known."""

    def __repr__(self) -> str:
        """Show nothing of them."""
        return "Credentials(…)"


class CredentialSource:
    """The credentials of this moment; threads may share it."""

    def __init__(
        self,
        environ: Mapping[str, str],
        tls: Callable[[], ssl.SSLContext],
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Read nothing yet.

        Args:
            environ: The environment variables, which are read at each call.
            tls: Returns the TLS context for a container endpoint by HTTPS.
            now: Seconds since 1970 UTC. Default: the system's wall clock.
        """
        self._environ = environ
        self._tls = tls
        self._now = now
        self._held: Credentials | None = None
        self._renew_at = 0.0
        self._reading = Lock()

    def current(self, deadline: float = math.inf) -> Credentials:
        """Return credentials to sign with.

        Args:
            deadline: When to stop waiting for the endpoint, by ``time.monotonic``. Default: as long
                as the endpoint has.

        Raises:
            NotUnderstoodError: They come from somewhere else, or what the endpoint says cannot be
                read.
            AwsNoAnswerError: The endpoint did not answer, and there are none that still serve.
        """
        of_environment = self._of_environment()
        if of_environment is not None:
            return of_environment
        held = self._held
        if held is not None and self._now() < self._renew_at:
            return held
        left = min(deadline - time.monotonic(), ENDPOINT_SECONDS)
        serving = self._serving(held)
        if not self._reading.acquire(timeout=0 if serving else max(left, 0)):
            if serving:
                return serving  # Another thread renews them early.
            raise AwsNoAnswerError("CredentialsNotAnswered")
        try:
            held = self._held
            if held is not None and self._now() < self._renew_at:
                return held  # Another thread read them meanwhile.
            return self._renewed(held, deadline)
        finally:
            self._reading.release()

    def forget(self) -> None:
        """Read them again at the next call: they were refused, or are a snapshot's."""
        self._held = None

    def _of_environment(self) -> Credentials | None:
        get = self._environ.get
        access_key, secret_key = get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")
        if not access_key or not secret_key:
            return None
        return _checked(Credentials(access_key, secret_key, get("AWS_SESSION_TOKEN") or None))

    def _renewed(self, held: Credentials | None, deadline: float) -> Credentials:
        now = self._now()
        try:
            found = self._of_endpoint(min(deadline, time.monotonic() + ENDPOINT_SECONDS))
        except (AwsNoAnswerError, NotUnderstoodError):
            serving = self._serving(held)
            if serving is None:
                raise
            found = serving
        until = found.expires_at or now
        self._renew_at = min(max(until - RENEW_EARLY_SECONDS, now + RENEW_AGAIN_SECONDS), until)
        self._held = found
        return found

    def _serving(self, held: Credentials | None) -> Credentials | None:
        """Return those that are held, unless they expired."""
        has_time = held is not None and held.expires_at and self._now() < held.expires_at
        return held if has_time else None

    def _of_endpoint(self, deadline: float) -> Credentials:
        get = self._environ.get
        relative, full = (
            get(f"AWS_CONTAINER_CREDENTIALS_{kind}_URI") for kind in ("RELATIVE", "FULL")
        )
        url = f"{CONTAINER_HOST}{relative}" if relative else full
        if not url or not _may_be_asked(url):
            raise NotUnderstoodError("credentials")
        return _checked(_parsed(self._asked(url, self._authorization(), deadline)))

    def _asked(self, url: str, authorization: str | None, deadline: float) -> bytes:
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        if not _fits_a_header(target) or " " in target or not _fits_a_header(authorization or ""):
            raise NotUnderstoodError("credentials")
        try:
            endpoint = endpoint_of_url(f"{parts.scheme}://{parts.netloc}")
            asked = Connections(endpoint, self._tls).exchange(
                (
                    f"GET {target} HTTP/1.1\r\nHost: {endpoint.netloc}\r\n"
                    "Accept: application/json\r\nConnection: close\r\n"
                    f"{f'Authorization: {authorization}{_EOL}' if authorization else ''}\r\n"
                ).encode(),
                deadline,
            )
        except NotUnderstoodError:
            raise NotUnderstoodError("credentials") from None
        if asked.status >= INTERNAL_SERVER_ERROR:
            raise AwsNoAnswerError("CredentialsNotAnswered", f"HTTP {asked.status}")
        return asked.body

    def _authorization(self) -> str | None:
        """Return the token of a file, which is renewed there, before that of the environment."""
        file = self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        if file is None:
            return self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        try:
            with open(file, encoding="utf-8") as opened:
                return opened.read()
        except (OSError, ValueError):
            raise NotUnderstoodError("credentials") from None


def _may_be_asked(url: str) -> bool:
    """Tell whether a URL is one of TLS, or of a host that no network lies before."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or parts.hostname in _PLAIN_HTTP_HOSTS


def _parsed(answer: bytes) -> Credentials:
    try:
        found = json.loads(answer)
        return Credentials(
            found["AccessKeyId"],
            found["SecretAccessKey"],
            found["Token"],
            datetime.fromisoformat(found["Expiration"]).timestamp(),
        )
    except (ValueError, RecursionError, LookupError, TypeError):
        # Without the problem itself, which may quote them.
        raise NotUnderstoodError("credentials") from None


def _checked(found: Credentials) -> Credentials:
    """Return credentials that fit into a header; anything else would be another request."""
    parts: tuple[object, ...] = (found.access_key, found.secret_key, found.token or "none")
    if not all(isinstance(part, str) and part and _fits_a_header(part) for part in parts):
        raise NotUnderstoodError("credentials")
    return found


def _fits_a_header(value: str) -> bool:
    return value.isascii() and value.isprintable()
