"""Rules over synthesized templates: a checkout that can double-charge, lose or block orders.

>>> from checkout_stack.policy import CheckoutPolicy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checkout_stack.policy.plugin import CheckoutPolicy

__all__ = ["CheckoutPolicy"]

if not TYPE_CHECKING:

    def __getattr__(name):
        """Import the plugin, and with it CDK and Node, only when it is used."""
        if name != "CheckoutPolicy":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from checkout_stack.policy.plugin import CheckoutPolicy

        return CheckoutPolicy
