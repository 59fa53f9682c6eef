"""The adapters that the handlers share, one of each in an execution environment.

What only some of the functions need is imported where it is made: the others start sooner.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.lean_aws.client import LeanAws
from checkout_runtime.adapters.sqs_payment_queue import SqsPaymentQueue
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.handlers.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkout_runtime.adapters.aws import AwsService
    from checkout_runtime.adapters.rotated_secrets import RotatedSecrets
    from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
    from checkout_runtime.application.ports import EventBus

__all__ = [
    "announce_outcomes",
    "aws_service",
    "cart_secrets",
    "dynamodb",
    "make_at_start",
    "orders",
    "payment_queue",
    "system_clock",
    "webhook_secrets",
]


def aws_service(name: str, *, call_seconds: float | None = None) -> AwsService:
    """Return a service of AWS by the client that the construct was told to use.

    botocore, whose import is most of a start, is imported only where it was chosen.

    Args:
        name: Such as ``dynamodb``.
        call_seconds: About how long a call may take with all its tries. The service then has a
            client of its own: what that does not understand changes nothing for the others.
            Default: as each client has it.
    """
    if Settings().uses_botocore:
        from checkout_runtime.adapters.botocore_aws import aws_service as by_botocore

        return by_botocore(name, call_seconds=call_seconds)
    if call_seconds is not None:
        return _hurried_aws(call_seconds).service(name)
    return _lean_aws().service(name)


@cache
def _lean_aws() -> LeanAws:
    return LeanAws(Settings().variables)


@cache
def _hurried_aws(call_seconds: float) -> LeanAws:
    from checkout_runtime.adapters.lean_aws.fallback import Fallback, botocore_service
    from checkout_runtime.adapters.lean_aws.tries import Tries

    return LeanAws(
        Settings().variables,
        fallback=Fallback(partial(botocore_service, call_seconds=call_seconds)),
        tries=partial(Tries, seconds=call_seconds),
        beside=_lean_aws(),
    )


def make_at_start(make: Callable[[], object]) -> None:
    """Make what the first event needs before it comes, where Lambda starts a function.

    Lambda starts some environments before an event needs them: then nobody waits. A start also has
    more processor time than a function with little memory has later. Nothing is connected. What
    fails here is made again by the first event, which reports the failure. A snapshot is copied to
    many environments, so only the TLS context is made in it, and never a user's own module.

    Args:
        make: Makes it once and keeps it.
    """
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    kind = Settings().variables.get("AWS_LAMBDA_INITIALIZATION_TYPE")
    if kind is None:
        return
    with suppress(Exception):
        if not Settings().uses_botocore:
            _lean_aws().prepare()
        if kind != "snap-start":
            make()


@cache
def orders() -> DynamoDbOrders:
    """Return the order table, for functions that write orders."""
    settings = Settings()
    return DynamoDbOrders(
        dynamodb(),
        settings.order_table_name,
        settings.unsettled_shards,
        announces=settings.announces,
    )


@cache
def dynamodb() -> AwsService:
    """Return DynamoDB."""
    return aws_service("dynamodb")


@cache
def announce_outcomes() -> AnnounceOutcomes:
    """Return what announces stored outcomes, or drops what is owed where nothing is announced."""
    from checkout_runtime.adapters.dynamodb_announcements import DynamoDbAnnouncements
    from checkout_runtime.application.announce_outcomes import AnnounceOutcomes

    announcements = DynamoDbAnnouncements(dynamodb(), Settings().order_table_name)
    return AnnounceOutcomes(announcements, _event_bus())


def _event_bus() -> EventBus | None:
    bus_name = Settings().event_bus_name
    if bus_name is None:
        return None
    from checkout_runtime.adapters.eventbridge_bus import (
        CALL_SECONDS,
        FAILURES_TO_OPEN,
        EventBridgeBus,
    )
    from checkout_runtime.application.circuit_breaker import CircuitBreaker

    events = aws_service("events", call_seconds=CALL_SECONDS)
    return EventBridgeBus(events, bus_name, system_clock(), CircuitBreaker(FAILURES_TO_OPEN))


@cache
def payment_queue() -> SqsPaymentQueue:
    """Return the payment queue."""
    return SqsPaymentQueue(aws_service("sqs"), Settings().payment_queue_url)


@cache
def cart_secrets(secret_arn: str) -> RotatedSecrets:
    """Return the secrets under which the shop signs carts."""
    return _rotated_secrets(secret_arn)


@cache
def webhook_secrets(secret_arn: str) -> RotatedSecrets:
    """Return the secrets under which the payment service signs webhooks."""
    return _rotated_secrets(secret_arn)


def _rotated_secrets(secret_arn: str) -> RotatedSecrets:
    from checkout_runtime.adapters.rotated_secrets import RotatedSecrets

    return RotatedSecrets(aws_service("secretsmanager"), secret_arn, system_clock())


@cache
def system_clock() -> SystemClock:
    """Return the clock."""
    return SystemClock()
