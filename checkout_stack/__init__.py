"""A checkout that is resubmitted, times out, and still makes one order and one charge.

>>> from checkout_stack import CheckoutApi, CheckoutPolicy, IdempotentCheckout, PaymentService
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkout_stack.checkout_api import CheckoutApi
    from checkout_stack.checkout_stack import CheckoutStack
    from checkout_stack.idempotent_checkout import IdempotentCheckout
    from checkout_stack.payment_service import PaymentService
    from checkout_stack.policy.plugin import CheckoutPolicy
    from checkout_stack.scope_from import OPEN_ACCESS, ScopeFrom
    from checkout_stack.timing import CheckoutTiming

__all__ = [
    "OPEN_ACCESS",
    "CheckoutApi",
    "CheckoutPolicy",
    "CheckoutStack",
    "CheckoutTiming",
    "IdempotentCheckout",
    "PaymentService",
    "ScopeFrom",
]

_MODULE_OF = {
    "OPEN_ACCESS": "scope_from",
    "CheckoutApi": "checkout_api",
    "CheckoutPolicy": "policy.plugin",
    "CheckoutStack": "checkout_stack",
    "CheckoutTiming": "timing",
    "IdempotentCheckout": "idempotent_checkout",
    "PaymentService": "payment_service",
    "ScopeFrom": "scope_from",
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
