"""URLs under which a payment service is called, or sends a buyer back: safe ones only."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import aws_cdk as cdk

from checkout_stack.foundation.requirements import Requirement

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_PRINTABLE = re.compile(r"[!-~]+")
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME_IN_DNS = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
_ALLOWED = (
    "an https URL with a host (http for loopback hosts only), in ASCII without spaces and "
    "backslashes, its port, if any, from 1 to 65535"
)


def safe_url(prop: str, url: str) -> Requirement:
    """Require ``url`` to be one that a secret may be sent to. Tokens are let through."""
    return _url(
        prop,
        url,
        fix="give the https URL of the payment service, without user name, query or fragment",
    )


def page_url(prop: str, url: str) -> Requirement:
    """Require ``url`` to be a page that a bank may send a buyer to. Tokens are let through."""
    return _url(
        prop,
        url,
        may_ask=True,
        fix="give the https URL of your shop's page, without user name or fragment",
    )


def _url(prop: str, url: str, *, fix: str, may_ask: bool = False) -> Requirement:
    problem = None if cdk.Token.is_unresolved(url) else _problem(url, may_ask=may_ask)
    return Requirement(
        holds=problem is None,
        property=prop,
        given=f"{_without_secrets(url)}, {problem}",
        allowed=_ALLOWED,
        fix=fix,
    )


def _without_secrets(url: str) -> str:
    """Return the URL as it is reported: errors of synth end up in logs of CI."""
    return repr(re.sub(r"[?#].*", "?***", re.sub(r"^(.*://)?.*@", r"\1***@", url, flags=re.S)))


def _problem(url: str, *, may_ask: bool) -> str | None:
    """Return what is wrong with a URL, or None.

    The text comes first: ``urlsplit`` leaves some characters out and takes others for a host's.
    """
    if not url.isascii():
        return (
            "which has characters that are not ASCII: write a host name in punycode (xn--…) and "
            "percent-encode the rest"
        )
    if not _PRINTABLE.fullmatch(url) or "\\" in url:
        return "which is empty, or has a space, a control character or a backslash"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "whose host or port cannot be read"
    if not _is_host(host) or port == 0 or parts.netloc.endswith(":"):
        return "whose host or port is invalid"
    if "@" in parts.netloc:
        return "which holds a user name"
    if "#" in url or ("?" in url and not may_ask):
        return "which has a query or a fragment"
    return None if _is_private(parts) else "which is not https"


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _NAME_IN_DNS.fullmatch(host) is not None
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _is_private(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK_HOSTS)
