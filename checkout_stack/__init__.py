"""A checkout that is resubmitted, times out, and still makes one order and one charge.

>>> from checkout_stack import CheckoutApi, CheckoutPolicy, IdempotentCheckout, PaymentService
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkout_stack.api.attempt_limits import AttemptLimits
    from checkout_stack.api.checkout_api import CheckoutApi
    from checkout_stack.api.payment_webhook import PaymentWebhook
    from checkout_stack.api.refund_access import RefundAccess
    from checkout_stack.api.scope_from import GUESTS_BY_CART, OPEN_ACCESS, ScopeFrom
    from checkout_stack.checkout_stack import CheckoutStack
    from checkout_stack.events.order_events import OrderEventKind, OrderEvents
    from checkout_stack.foundation.function_settings import FunctionSettings
    from checkout_stack.foundation.observability import Observability
    from checkout_stack.foundation.requirements import (
        CheckoutMisconfigured,
        CheckoutMisconfiguredError,
    )
    from checkout_stack.foundation.timing import CheckoutTiming
    from checkout_stack.idempotent_checkout import IdempotentCheckout
    from checkout_stack.monitoring.charge_audit import ChargeAudit
    from checkout_stack.payment_service.payment_service import PaymentService
    from checkout_stack.pipeline.order_relay import OrderRelay
    from checkout_stack.pipeline.order_table import OrderTable
    from checkout_stack.pipeline.payment_consumer import PaymentConsumer
    from checkout_stack.pipeline.payment_queue import PaymentQueue
    from checkout_stack.pipeline.reconciler import Reconciler
    from checkout_stack.policy.plugin import CheckoutPolicy

__all__ = [
    "GUESTS_BY_CART",
    "OPEN_ACCESS",
    "AttemptLimits",
    "ChargeAudit",
    "CheckoutApi",
    "CheckoutMisconfigured",
    "CheckoutMisconfiguredError",
    "CheckoutPolicy",
    "CheckoutStack",
    "CheckoutTiming",
    "FunctionSettings",
    "IdempotentCheckout",
    "Observability",
    "OrderEventKind",
    "OrderEvents",
    "OrderRelay",
    "OrderTable",
    "PaymentConsumer",
    "PaymentQueue",
    "PaymentService",
    "PaymentWebhook",
    "Reconciler",
    "RefundAccess",
    "ScopeFrom",
]

_MODULE_OF = {
    "GUESTS_BY_CART": "api.scope_from",
    "OPEN_ACCESS": "api.scope_from",
    "AttemptLimits": "api.attempt_limits",
    "ChargeAudit": "monitoring.charge_audit",
    "CheckoutApi": "api.checkout_api",
    "CheckoutMisconfigured": "foundation.requirements",
    "CheckoutMisconfiguredError": "foundation.requirements",
    "CheckoutPolicy": "policy.plugin",
    "CheckoutStack": "checkout_stack",
    "CheckoutTiming": "foundation.timing",
    "FunctionSettings": "foundation.function_settings",
    "IdempotentCheckout": "idempotent_checkout",
    "Observability": "foundation.observability",
    "OrderEventKind": "events.order_events",
    "OrderEvents": "events.order_events",
    "OrderRelay": "pipeline.order_relay",
    "OrderTable": "pipeline.order_table",
    "PaymentConsumer": "pipeline.payment_consumer",
    "PaymentQueue": "pipeline.payment_queue",
    "PaymentService": "payment_service.payment_service",
    "PaymentWebhook": "api.payment_webhook",
    "Reconciler": "pipeline.reconciler",
    "RefundAccess": "api.refund_access",
    "ScopeFrom": "api.scope_from",
}

if not TYPE_CHECKING:

    def __getattr__(name):
        """Import a construct when it is first used.

        Importing ``aws_cdk`` starts a Node process. The ``checkout`` command and the local payment
        service are in this package too, and must start quickly and without Node on the path.
        """
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
