"""A checkout that charges by a module of one's own: ``payments/acme_payments.py``.

The module follows a small protocol (charge, look up, cancel), becomes a layer of the two functions
that call it, and is guarded from outside: whatever it raises or answers wrongly is an unknown
outcome, never a declined one. ``test_acme_payments.py`` holds it to the promises of the conformance
kit, against ``acme_double.py``, which stands for Acme on this machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager

from checkout_stack import IdempotentCheckout, PaymentService


class AcmeShop(cdk.Stack):
    """One checkout, charging at Acme."""

    def __init__(self, scope: cdk.App, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        acme = PaymentService.custom(
            source=Path(__file__).parent / "payments",
            factory="acme_payments:make_payment_service",
            # As Acme's documentation promises, also of payments that it answered by an error.
            key_retention=cdk.Duration.days(7),
            can_cancel=True,
            secrets={"acme": secretsmanager.Secret(self, "AcmeKey")},
            environment={"ACME_URL": "https://api.acme.example/v1"},
        )
        IdempotentCheckout(self, "Checkout", payment_service=acme)


def build(**app_properties: Any) -> cdk.App:
    """Build the app."""
    app = cdk.App(**app_properties)
    AcmeShop(app, "AcmeShop")
    return app


if __name__ == "__main__":
    build().synth()
