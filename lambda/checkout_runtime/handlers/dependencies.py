"""The adapters that the handlers share, one of each in an execution environment.

What only some of the functions need is imported where it is made: the others start sooner.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.lean_aws.client import LeanAws
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.sqs_payment_queue import SqsPaymentQueue
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.handlers.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkout_runtime.adapters.aws import AwsService
    from checkout_runtime.adapters.custom_payment_service import CustomPaymentService
    from checkout_runtime.adapters.http_payment_service import HttpPaymentService
    from checkout_runtime.adapters.rotated_secrets import RotatedSecrets
    from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
    from checkout_runtime.adapters.timed_calls import TimedCalls
    from checkout_runtime.application.announce_outcomes import AnnounceOutcomes
    from checkout_runtime.application.order_ports import Outcomes
    from checkout_runtime.application.ports import EventBus, PaymentIntents, PaymentService
    from checkout_runtime.application.settle_attempt import SettleAttempt

__all__ = [
    "announce_outcomes",
    "aws_service",
    "cart_secrets",
    "dynamodb",
    "make_at_start",
    "orders",
    "payment_calls",
    "payment_queue",
    "payment_secret",
    "settle_attempt",
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


def settle_attempt() -> SettleAttempt:
    """Return what talks to the payment service and stores what came of it."""
    from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
    from checkout_runtime.application.circuit_breaker import CircuitBreaker
    from checkout_runtime.application.settle_attempt import SettleAttempt

    settings = Settings()
    table, shards = settings.order_table_name, settings.unsettled_shards
    outcomes = DynamoDbOutcomes(
        dynamodb(),
        table,
        shards,
        announces=settings.announces,
        expires_after_seconds=settings.expires_after_seconds,
    )
    payment_service, intents = _payment_service(settings, outcomes)
    return SettleAttempt(
        outcomes,
        payment_service,
        system_clock(),
        settings.charge_policy,
        breaker=CircuitBreaker(),
        look_up_breaker=CircuitBreaker(),
        intents=intents,
    )


def _payment_service(
    settings: Settings, outcomes: Outcomes
) -> tuple[PaymentService, PaymentIntents | None]:
    """Return the payment service that the construct was given, and what opens attempts there.

    The adapters are imported here, each where it is asked for: functions that never talk to a
    payment service do not pay for its start, nor those of one service for another's.

    Raises:
        ValueError: ``PAYMENT_SERVICE_KIND`` names no adapter of this asset.
    """
    match settings.payment_service_kind:
        case "http":
            return _http(settings), None
        case "stripe":
            stripe = _stripe(settings)
            return stripe, stripe
        case "custom":
            return _custom(settings, outcomes), None
        case kind:
            known = "http, stripe, custom"
            raise ValueError(f"PAYMENT_SERVICE_KIND is {kind!r}; this asset has: {known}")


def _http(settings: Settings) -> HttpPaymentService:
    from checkout_runtime.adapters.http_payment_service import HttpPaymentService

    return HttpPaymentService(
        url=settings.payment_service_url,
        look_up_url=settings.payment_service_look_up_url,
        cancel_url=settings.payment_service_cancel_url,
        refund_url=settings.payment_service_refund_url,
        capture_url=settings.payment_service_capture_url,
        captures_later=settings.captures_later,
        secret=payment_secret(),
        timeout_seconds=settings.charge_policy.payment_timeout_seconds,
        name=settings.payment_service_name,
    )


def _stripe(settings: Settings) -> StripePaymentService:
    from checkout_runtime.adapters.stripe_payment_service import StripePaymentService

    return StripePaymentService(
        secret=payment_secret(),
        api_url=settings.payment_service_url,
        return_url=settings.payment_service_return_url,
        captures_later=settings.captures_later,
        timeout_seconds=settings.charge_policy.payment_timeout_seconds,
        name=settings.payment_service_name,
    )


def _custom(settings: Settings, outcomes: Outcomes) -> CustomPaymentService:
    from checkout_runtime.adapters.custom_payment_service import CustomPaymentService
    from checkout_runtime.adapters.payment_module import PaymentServiceSetup, load_payment_service
    from checkout_runtime.application.store_outcome import store_late_capture
    from checkout_runtime.domain.service_name import name_of_kind

    secrets_manager, clock = aws_service("secretsmanager"), system_clock()
    secrets = {
        name: CachedSecret(secrets_manager, arn, clock, fits_a_header=False)
        for name, arn in settings.payment_service_secrets.items()
    }
    timeout = settings.charge_policy.payment_timeout_seconds
    return CustomPaymentService(
        load_payment_service(
            settings.payment_service_factory,
            PaymentServiceSetup(timeout, secrets, settings.captures_later),
            settings.payment_module_methods,
        ),
        can_look_up=settings.payment_service_can_look_up,
        can_cancel=settings.payment_service_can_cancel,
        secrets=list(secrets.values()),
        timeout_seconds=timeout,
        calls=payment_calls(),
        name=name_of_kind(
            "custom", settings.payment_service_name or settings.payment_service_factory
        ),
        on_late_capture=partial(store_late_capture, outcomes, clock, settings.charge_policy),
        can_refund=settings.payment_service_can_refund,
        captures_later=settings.captures_later,
    )


@cache
def payment_calls() -> TimedCalls:
    """Return what calls the user's own payment module; who charges waits for all of it to end."""
    from checkout_runtime.adapters.timed_calls import TimedCalls

    return TimedCalls()


@cache
def payment_secret() -> CachedSecret:
    """Return the one secret of the payment service; a module of the user's own may have more."""
    return CachedSecret(
        aws_service("secretsmanager"), Settings().payment_service_secret_arn, system_clock()
    )


@cache
def system_clock() -> SystemClock:
    """Return the clock."""
    return SystemClock()
