"""URLs under which a payment service is called, or sends a buyer back: safe ones only."""

from __future__ import annotations

from urllib.parse import urlsplit

import aws_cdk as cdk

from checkout_stack.foundation.requirements import Requirement

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def safe_url(prop: str, url: str) -> Requirement:
    """Require ``url`` to be one that a secret may be sent to. Tokens are let through."""
    return Requirement(
        holds=cdk.Token.is_unresolved(url) or _is_safe(url),
        property=prop,
        given=_without_password(url),
        allowed="an https URL with a host; http for loopback hosts only",
        fix="give the https URL of the payment service, without user name, query or fragment",
    )


def page_url(prop: str, url: str) -> Requirement:
    """Require ``url`` to be a page that a bank may send a buyer to. Tokens are let through."""
    return Requirement(
        holds=cdk.Token.is_unresolved(url) or _is_safe(url, may_ask=True),
        property=prop,
        given=_without_password(url),
        allowed="an https URL with a host; http for loopback hosts only",
        fix="give the https URL of your shop's page, without user name or fragment",
    )


def _without_password(url: str) -> str:
    """Return the URL as it is reported: errors of synth end up in logs of CI."""
    scheme, separator, rest = url.rpartition("://")
    authority, slash, path = rest.partition("/")
    user_info, at, host = authority.rpartition("@")
    shown = f"***@{host}" if at and user_info else authority
    return repr(f"{scheme}{separator}{shown}{slash}{path}")


def _is_safe(url: str, *, may_ask: bool = False) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.fragment or (parts.query and not may_ask):
        return False
    loopback = parts.hostname in _LOOPBACK_HOSTS
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)
