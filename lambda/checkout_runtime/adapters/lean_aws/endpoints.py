"""Where a service is in a Region: the rules of botocore's endpoint data for four services."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError
from checkout_runtime.adapters.lean_aws.operations import SERVICES

__all__ = ["Endpoint", "endpoint_of", "endpoint_of_url", "region_of"]

_PARTITIONS = (
    (r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+", "amazonaws.com", "api.aws"),
    (r"us-gov-\w+-\d+", "amazonaws.com", "api.aws"),
    (r"cn-\w+-\d+", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    (r"eusc-de-\w+-\d+", "amazonaws.eu", "api.amazonwebservices.eu"),
    (r"us-iso-\w+-\d+", "c2s.ic.gov", "api.aws.ic.gov"),
    (r"us-isob-\w+-\d+", "sc2s.sgov.gov", "api.aws.scloud"),
    (r"eu-isoe-\w+-\d+", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    (r"us-isof-\w+-\d+", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
)
"""What a partition's Regions are called, its domain, and its domain for IPv4 and IPv6."""
_NO_DUAL_STACK_DOMAIN = {
    ("secretsmanager", False): ("amazonaws.com", "amazonaws.com.cn"),
    ("secretsmanager", True): ("amazonaws.com",),
}
"""Where a service answers by both IPs under the ordinary domain; by service and FIPS."""


class Endpoint(NamedTuple):
    """A host to connect to."""

    is_tls: bool
    host: str
    port: int
    netloc: str
    """As the header ``Host`` has it: with the port, unless that is the scheme's own."""


def region_of(environ: Mapping[str, str]) -> str:
    """Return the Region, of which botocore reads the first name and Lambda sets both."""
    return environ.get("AWS_DEFAULT_REGION") or environ.get("AWS_REGION") or ""


def endpoint_of(service: str, environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint of a service.

    Raises:
        NotUnderstoodError: The Region is of no known partition, or this client cannot use the
            endpoint that is configured.
    """
    region = region_of(environ)
    dns_suffix, dual_stack_suffix = _suffixes(region)
    fips = environ.get("AWS_USE_FIPS_ENDPOINT", "").lower() == "true"
    dual_stack = environ.get("AWS_USE_DUALSTACK_ENDPOINT", "").lower() == "true"
    url = _configured_url(service, environ)
    if url is not None:
        if fips or dual_stack:
            raise NotUnderstoodError("endpoint")
        return endpoint_of_url(url)
    suffix = dns_suffix
    if dual_stack and dns_suffix not in _NO_DUAL_STACK_DOMAIN.get((service, fips), ()):
        suffix = dual_stack_suffix
    name = f"{service}-fips" if fips and _has_fips_name(service, region, dual_stack) else service
    host = f"{name}.{region}.{suffix}"
    return Endpoint(is_tls=True, host=host, port=443, netloc=host)


def endpoint_of_url(url: str) -> Endpoint:
    """Return the host that a URL names.

    Raises:
        NotUnderstoodError: It is no URL of a host by HTTP.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotUnderstoodError("endpoint") from None
    host = parts.hostname
    is_plain = parts.scheme in ("http", "https") and "@" not in parts.netloc
    if not host or not is_plain or not parts.netloc.isascii():
        raise NotUnderstoodError("endpoint")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise NotUnderstoodError("endpoint")
    is_tls = parts.scheme == "https"
    default = 443 if is_tls else 80
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port in (None, default) else f"{shown}:{port}"
    return Endpoint(is_tls, host, port or default, netloc)


def _suffixes(region: str) -> tuple[str, str]:
    for pattern, *suffixes in _PARTITIONS:
        if re.fullmatch(pattern, region, re.ASCII):
            return suffixes[0], suffixes[1]
    raise NotUnderstoodError("region")


def _configured_url(service: str, environ: Mapping[str, str]) -> str | None:
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    own = environ.get(f"AWS_ENDPOINT_URL_{SERVICES[service].environment_name}")
    return own or environ.get("AWS_ENDPOINT_URL") or None


def _has_fips_name(service: str, region: str, dual_stack: bool) -> bool:
    """Tell whether the FIPS endpoint has a name of its own.

    In GovCloud it is the ordinary one for most services, since all of GovCloud is FIPS.
    """
    if not region.startswith("us-gov-"):
        return True
    if service == "events":
        return not dual_stack and region not in ("us-gov-east-1", "us-gov-west-1")
    return service == "secretsmanager" or dual_stack
