"""What the local run and its CDK app have to agree on."""

from __future__ import annotations

STACK_NAME = "CheckoutLocal"
PAYMENT_SERVICE_URL_CONTEXT = "paymentServiceUrl"
LOOK_UP_URL_CONTEXT = "paymentServiceLookUpUrl"
PAYMENT_TIMEOUT_SECONDS = 2
"""Long for loopback, short for whoever waits for a hanging payment service."""
