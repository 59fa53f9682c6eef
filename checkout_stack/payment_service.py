"""Which payment service takes the charges, how it is called, and how long it remembers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack.runtime_function import RuntimeFunction
from checkout_stack.secret_grants import grant_read_secret
from checkout_stack.timing import CheckoutTiming
from checkout_stack.validation import Requirement

#: Long enough for a charge that asks a bank, short enough for a look-up and a charge in one turn.
DEFAULT_TIMEOUT = cdk.Duration.seconds(10)
#: The shortest that a well-known service promises (Stripe's v1 API,
#: https://docs.stripe.com/api/idempotent_requests).
DEFAULT_KEY_RETENTION = cdk.Duration.hours(24)
#: Calls to the payment service in one turn of the consumer: a look-up, then a charge.
CALLS_IN_A_TURN = 2
#: What an invocation needs beside them. The worker starts no turn with less than 5 s beyond its
#: calls (``ChargePolicy.turn_seconds``: claim and settle, each repeated once); 3 s are for what
#: happens before the first turn, such as reading the secret.
BESIDE_THE_CALLS = cdk.Duration.seconds(8)

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class PaymentService:
    """A payment service and what it promises. Made by :meth:`http`."""

    kind: str
    url: str
    look_up_url: str | None
    cancel_url: str | None
    secret: secretsmanager.ISecret
    timeout: cdk.Duration
    key_retention: cdk.Duration | None

    @staticmethod
    def http(
        *,
        url: str,
        secret: secretsmanager.ISecret,
        look_up_url: str | None = None,
        cancel_url: str | None = None,
        timeout: cdk.Duration = DEFAULT_TIMEOUT,
        key_retention: cdk.Duration | None = DEFAULT_KEY_RETENTION,
    ) -> PaymentService:
        """Return a payment service that is called over HTTP.

        :param url: Where a charge is POSTed, with an ``Idempotency-Key`` header. ``https``; plain
            ``http`` for loopback hosts only. May be a token.
        :param secret: The whole secret string is sent as bearer token. Rotation is picked up.
        :param look_up_url: Where a GET with ``?key=`` tells what became of a charge. Without it an
            order whose outcome stayed unknown until ``key_retention`` ended needs a person.
        :param cancel_url: Where a POST gives up an attempt whose buyer did not act in
            ``timing.action_patience``. Without it a person decides about such an order.
        :param timeout: Longest time for one call, from connecting to the last byte. Whole seconds,
            at least 1; two calls and 8 s have to fit ``timing.consumer_timeout``. Default 10 s.
        :param key_retention: How long the service answers a repeated key with the first outcome,
            instead of charging again. ``None`` if it does not honour keys at all: no charge is
            then repeated without a look-up, and without ``look_up_url`` an order ends in
            ``NEEDS_REVIEW`` after one unknown answer. Default 24 h. Too long a value here can
            charge a buyer twice; too short a one only asks a person too early.
        """
        return PaymentService(
            kind="http",
            url=url,
            look_up_url=look_up_url,
            cancel_url=cancel_url,
            secret=secret,
            timeout=timeout,
            key_retention=key_retention,
        )

    def connect(self, caller: RuntimeFunction) -> None:
        """Tell ``caller`` where the payment service is and let it read the secret, no more."""
        retention = "0" if self.key_retention is None else _seconds(self.key_retention)
        environment = {
            "PAYMENT_SERVICE_KIND": self.kind,
            "PAYMENT_SERVICE_URL": self.url,
            "PAYMENT_SERVICE_SECRET_ARN": self.secret.secret_arn,
            "PAYMENT_SERVICE_TIMEOUT_SECONDS": _seconds(self.timeout),
            "PAYMENT_KEY_RETENTION_SECONDS": retention,
        }
        if self.look_up_url is not None:
            environment["PAYMENT_SERVICE_LOOK_UP_URL"] = self.look_up_url
        if self.cancel_url is not None:
            environment["PAYMENT_SERVICE_CANCEL_URL"] = self.cancel_url
        for name, value in environment.items():
            caller.function.add_environment(name, value)
        grant_read_secret(self.secret, caller.role)

    def requirements(self, timing: CheckoutTiming) -> list[Requirement]:
        """Return what has to hold of the service, and between it and ``timing``."""
        urls = [_safe_url("payment_service.url", self.url)]
        if self.look_up_url is not None:
            urls.append(_safe_url("payment_service.look_up_url", self.look_up_url))
        if self.cancel_url is not None:
            urls.append(_safe_url("payment_service.cancel_url", self.cancel_url))
        if self.timeout.is_unresolved() or not all(row.holds for row in timing.requirements()):
            return urls
        return [*urls, *self._fits_a_turn(timing), *self._outlasts(timing)]

    def _fits_a_turn(self, timing: CheckoutTiming) -> list[Requirement]:
        timeout = self.timeout.to_milliseconds() / 1000
        turn = CALLS_IN_A_TURN * timeout + BESIDE_THE_CALLS.to_seconds()
        return [
            Requirement(
                holds=timeout >= 1 and timeout.is_integer(),
                property="payment_service.timeout",
                given=self.timeout.to_human_string(),
                allowed="whole seconds, at least 1",
                fix="give Duration.seconds(10), or what the service needs",
            ),
            Requirement(
                holds=timing.consumer_timeout.to_seconds() >= turn,
                property="timing.consumer_timeout",
                given=timing.consumer_timeout.to_human_string(),
                allowed=(
                    f"at least {turn:g} seconds: a look-up and a charge of "
                    f"{self.timeout.to_human_string()} each, and 8 seconds beside them"
                ),
                fix="lengthen timing.consumer_timeout or shorten payment_service.timeout",
            ),
        ]

    def _outlasts(self, timing: CheckoutTiming) -> list[Requirement]:
        if self.key_retention is None or self.key_retention.is_unresolved():
            return []
        least = timing.lease.to_seconds() + self.timeout.to_milliseconds() / 1000
        return [
            Requirement(
                holds=self.key_retention.to_milliseconds() / 1000 > least,
                property="payment_service.key_retention",
                given=self.key_retention.to_human_string(),
                allowed=(
                    f"more than {least:g} seconds, one lease and one call, or no try after the "
                    "first would be safe"
                ),
                fix=(
                    "give the time that the payment service documents, or None if it does not "
                    "honour keys"
                ),
            )
        ]


def _safe_url(prop: str, url: str) -> Requirement:
    return Requirement(
        holds=cdk.Token.is_unresolved(url) or _is_safe(url),
        property=prop,
        given=repr(url),
        allowed="an https URL with a host; http for loopback hosts only",
        fix="give the https URL of the payment service, without user name, query or fragment",
    )


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        return False
    loopback = parts.hostname in _LOOPBACK_HOSTS
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def _seconds(duration: cdk.Duration) -> str:
    if duration.is_unresolved():
        return cdk.Token.as_string(duration.to_seconds())
    return str(int(duration.to_seconds()))
