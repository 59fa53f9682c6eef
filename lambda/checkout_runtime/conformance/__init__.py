"""Tests that hold a payment service of your own to what the checkout relies on.

Subclass :class:`PaymentServiceConformance` in a test file, give it a fixture ``sandbox``, which is
the payment service in its test mode or a double of it, and run pytest::

    class TestAcme(PaymentServiceConformance):
        @pytest.fixture
        def sandbox(self):
            return AcmeSandbox()

Or name what makes the sandbox, without a file of yours::

    python -m checkout_runtime.conformance acme_sandbox:AcmeSandbox

It needs pytest, and is left out of what is deployed. docs/payment-custom.md tells more.
"""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("asking", "gateways", "holds", "promises", "troubles"))
)

from checkout_runtime.conformance.promises import PaymentServiceConformance  # noqa: E402
from checkout_runtime.conformance.sandbox import Sandbox  # noqa: E402

__all__ = ["PaymentServiceConformance", "Sandbox"]
