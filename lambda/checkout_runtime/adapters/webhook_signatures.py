"""Whether a webhook was signed, a short while ago, by who knows its secret: Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. The
signature is over the bytes as they came; nothing of them is read before it holds.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping

from checkout_runtime.adapters.secret import SecretMisconfiguredError

__all__ = ["TOLERANCE_SECONDS", "WebhookRefusedError", "check_signature", "check_time"]

TOLERANCE_SECONDS = 300
"""How far the time of signing may be from now, either way. Stripe's libraries and those of Standard
Webhooks use it. A copy that somebody recorded is worthless after that."""
_PREFIX = b"whsec_"
_SCHEME = "v1"
_MOST_DIGITS = 15


class WebhookRefusedError(Exception):
    """It is not the payment service's, or cannot be read. The message quotes nothing of it."""


def check_signature(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[bytes], now: int
) -> None:
    """Return if one of the signatures is right under one of the secrets, and the time is.

    Args:
        headers: Of the request; their names are in lower case.
        body: As it was sent.
        secrets: As ``whsec_`` and base64, the prefix being optional. Read one by one, for as long
            as none fits.
        now: Milliseconds since 1970-01-01 UTC.

    Raises:
        WebhookRefusedError: There is no such signature, or it is too old.
        SecretMisconfiguredError: None of the secrets is base64.
    """
    webhook_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = list(_signatures(headers.get("webhook-signature", "")))
    if not webhook_id or not given:
        raise WebhookRefusedError("not_signed")
    signed = f"{webhook_id}.{sent_at}.".encode("utf-8", "surrogatepass") + body
    is_usable = False
    for key in map(_key_of, secrets):
        if key is None:
            continue
        is_usable = True
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        if any(hmac.compare_digest(right, each) for each in given):
            check_time(sent_at, now)
            return
    if not is_usable:
        raise SecretMisconfiguredError("no webhook secret: whsec_ and base64 are needed")
    raise WebhookRefusedError("wrong_signature")


def check_time(sent_at: str, now: int) -> None:
    """Return if ``sent_at``, in seconds UTC, is near ``now`` in milliseconds.

    Raises:
        WebhookRefusedError: It is not, or is no time.
    """
    is_number = sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= _MOST_DIGITS
    if not is_number or abs(now // 1000 - int(sent_at)) > TOLERANCE_SECONDS:
        raise WebhookRefusedError("wrong_time")


def _signatures(header: str) -> Iterator[bytes]:
    for each in header.split(" "):
        scheme, _, signature = each.partition(",")
        if scheme == _SCHEME and signature:
            yield signature.encode("utf-8", "surrogatepass")


def _key_of(secret: bytes) -> bytes | None:
    """Return the key that a secret holds; None where it is a placeholder, and signs nothing."""
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True) or None
    except binascii.Error:
        return None
