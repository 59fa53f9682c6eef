"""What charges need besides the order table: the payment service, and what settles attempts there.

An adapter is imported where it is made: one service's functions do not pay for another's start.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.handlers.dependencies import aws_service, dynamodb, system_clock
from checkout_runtime.handlers.settings import Settings

if TYPE_CHECKING:
    from checkout_runtime.adapters.custom_payment_service import CustomPaymentService
    from checkout_runtime.adapters.http_payment_service import HttpPaymentService
    from checkout_runtime.adapters.stripe_payment_service import StripePaymentService
    from checkout_runtime.adapters.timed_calls import TimedCalls
    from checkout_runtime.application.order_ports import Outcomes
    from checkout_runtime.application.ports import PaymentIntents, PaymentService
    from checkout_runtime.application.settle_attempt import SettleAttempt

__all__ = ["payment_calls", "payment_secret", "settle_attempt"]


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
        can_refund=settings.refunds_are_on,
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
