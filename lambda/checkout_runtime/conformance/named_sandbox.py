"""The promises as a test file of their own, for a sandbox that the command line names."""

from checkout_runtime.conformance import PaymentServiceConformance

__all__ = ["TestPaymentService"]


class TestPaymentService(PaymentServiceConformance):
    """Its sandbox is put here by ``__main__``."""
