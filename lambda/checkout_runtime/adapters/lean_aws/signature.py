"""AWS Signature Version 4 of a POST to ``/``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import time
from collections.abc import Mapping
from hashlib import sha256

__all__ = ["Signer"]

_ALGORITHM = "AWS4-HMAC-SHA256"


class Signer:
    """Signs the requests to one service in one Region."""

    def __init__(self, service: str, region: str) -> None:
        self._service = service
        self._region = region
        self._key: tuple[str, str, bytes] = ("", "", b"")
        """Day, secret access key, and the key derived from them: it serves a day."""

    def signed(
        self,
        headers: Mapping[str, str],
        body: bytes,
        *,
        access_key: str,
        secret_key: str,
        token: str | None,
        now: float,
    ) -> dict[str, str]:
        """Return the headers with date, token and signature.

        Args:
            headers: Headers to sign, by lower-case names. ``host`` is one of them.
            body: What is sent.
            access_key: Id of the access key.
            secret_key: The secret access key.
            token: Token of temporary credentials; None or empty for others.
            now: Seconds since 1970 UTC.
        """
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        sent = {**headers, "x-amz-date": at}
        if token:
            sent["x-amz-security-token"] = token
        names = sorted(sent)
        signed_names = ";".join(names)
        lines = "".join([f"{name}:{' '.join(sent[name].split())}\n" for name in names])
        canonical = f"POST\n/\n\n{lines}\n{signed_names}\n{sha256(body).hexdigest()}"
        scope = f"{at[:8]}/{self._region}/{self._service}/aws4_request"
        digest = sha256(canonical.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{at}\n{scope}\n{digest}"
        signature = _hmac(self._signing_key(at[:8], secret_key), text).hex()
        sent["authorization"] = (
            f"{_ALGORITHM} Credential={access_key}/{scope}, "
            f"SignedHeaders={signed_names}, Signature={signature}"
        )
        return sent

    def _signing_key(self, day: str, secret_key: str) -> bytes:
        known_day, known_secret, key = self._key
        if (known_day, known_secret) != (day, secret_key):
            key = f"AWS4{secret_key}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = _hmac(key, part)
            # One assignment: threads share the signer.
            self._key = (day, secret_key, key)
        return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
