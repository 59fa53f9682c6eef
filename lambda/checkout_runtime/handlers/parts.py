"""The adapters that the handlers share, one of each in an execution environment."""

from functools import cache
from typing import Any

from checkout_runtime.adapters.aws_clients import aws_client
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.sqs_payment_queue import SqsPaymentQueue
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.ports import PaymentService
from checkout_runtime.application.settle_attempt import SettleAttempt
from checkout_runtime.handlers.settings import Settings

__all__ = ["cart_secret", "dynamodb", "orders", "payment_queue", "settle_attempt", "system_clock"]


@cache
def orders() -> DynamoDbOrders:
    """Return the order table, for functions that write orders."""
    settings = Settings()
    return DynamoDbOrders(dynamodb(), settings.order_table_name, settings.unsettled_shards)


@cache
def dynamodb() -> Any:
    """Return the DynamoDB client."""
    return aws_client("dynamodb")


@cache
def payment_queue() -> SqsPaymentQueue:
    """Return the payment queue."""
    return SqsPaymentQueue(aws_client("sqs"), Settings().payment_queue_url)


@cache
def cart_secret(secret_arn: str) -> CachedSecret:
    """Return the secret under which the shop signs carts."""
    return CachedSecret(aws_client("secretsmanager"), secret_arn, system_clock())


def settle_attempt() -> SettleAttempt:
    """Return what talks to the payment service and stores what came of it."""
    settings = Settings()
    outcomes = DynamoDbOutcomes(dynamodb(), settings.order_table_name, settings.unsettled_shards)
    return SettleAttempt(
        outcomes, _payment_service(), system_clock(), settings.charge_policy, CircuitBreaker()
    )


def _payment_service() -> PaymentService:
    """Return the payment service that the construct was given.

    Raises:
        ValueError: ``PAYMENT_SERVICE_KIND`` names no adapter of this asset.
    """
    settings = Settings()
    if settings.payment_service_kind != "http":
        kind = settings.payment_service_kind
        raise ValueError(f"PAYMENT_SERVICE_KIND is {kind!r}; this asset has: http")
    # Imported here: functions that never talk to a payment service do not pay for its start.
    from checkout_runtime.adapters.http_payment_service import HttpPaymentService

    return HttpPaymentService(
        url=settings.payment_service_url,
        look_up_url=settings.payment_service_look_up_url,
        cancel_url=settings.payment_service_cancel_url,
        secret=CachedSecret(
            aws_client("secretsmanager"), settings.payment_service_secret_arn, system_clock()
        ),
        timeout_seconds=settings.charge_policy.payment_timeout_seconds,
    )


@cache
def system_clock() -> SystemClock:
    """Return the clock."""
    return SystemClock()
