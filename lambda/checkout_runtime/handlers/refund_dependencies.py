"""What refunds need besides what charges need: made where the first refund asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from checkout_runtime.adapters.dynamodb_refund_outcomes import DynamoDbRefundOutcomes
from checkout_runtime.adapters.dynamodb_refunds import DynamoDbRefunds
from checkout_runtime.adapters.dynamodb_unsettled_refunds import DynamoDbUnsettledRefunds
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.follow_refund_hint import FollowRefundHint
from checkout_runtime.application.process_refund import ProcessRefund
from checkout_runtime.application.reconcile_refunds import ReconcileRefunds
from checkout_runtime.application.settle_refund import SettleRefund
from checkout_runtime.domain.refund_policy import RefundPolicy
from checkout_runtime.handlers.dependencies import dynamodb, system_clock
from checkout_runtime.handlers.settings import Settings

if TYPE_CHECKING:
    from checkout_runtime.application.ports import Executor, PaymentQueue
    from checkout_runtime.application.refund_ports import RefundingService
    from checkout_runtime.application.settle_attempt import SettleAttempt

__all__ = ["follow_refund_hint", "process_refund", "reconcile_refunds", "refunds"]


def refunds() -> DynamoDbRefunds:
    """Return the refunds of the order table."""
    settings = Settings()
    return DynamoDbRefunds(dynamodb(), settings.order_table_name, settings.unsettled_shards)


def process_refund(settle: SettleAttempt) -> ProcessRefund:
    """Return what processes refunds at the payment service of the charges."""
    return ProcessRefund(refunds(), _settle_refund(settle), system_clock())


def reconcile_refunds(
    settle: SettleAttempt, queue: PaymentQueue, executor: Executor
) -> ReconcileRefunds:
    """Return what reconciles refunds at the payment service of the charges."""
    settings = Settings()
    unsettled = DynamoDbUnsettledRefunds(
        dynamodb(), settings.order_table_name, settings.unsettled_shards
    )
    return ReconcileRefunds(
        refunds(),
        unsettled,
        _settle_refund(settle),
        queue,
        system_clock(),
        executor,
        settings.reconcile_after_seconds,
    )


def follow_refund_hint(settle: SettleAttempt) -> FollowRefundHint:
    """Return what asks about the refunds that webhooks name."""
    return FollowRefundHint(refunds(), _settle_refund(settle), system_clock())


def _settle_refund(settle: SettleAttempt) -> SettleRefund:
    settings = Settings()
    # Every adapter refunds, where it was told how.
    service = cast("RefundingService", settle.payment_service)
    return SettleRefund(
        DynamoDbRefundOutcomes(
            dynamodb(),
            settings.order_table_name,
            settings.unsettled_shards,
            announces=settings.announces,
        ),
        service,
        system_clock(),
        RefundPolicy(settle.policy, service.can_look_up_refunds),
        breaker=CircuitBreaker(),
        look_up_breaker=CircuitBreaker(),
    )
