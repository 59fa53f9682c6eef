"""What the local run and its CDK app have to agree on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One checkout of the local run: its stack, and where its payment service is."""

    stack_name: str
    payment_timeout_seconds: int
    """Total deadline of one call to the payment service."""

    @property
    def url_context(self) -> str:
        """The CDK context in which the app finds the URL of charges and of look-ups."""
        return f"paymentServiceUrlOf{self.stack_name}"


PLAIN = Deployment(stack_name="CheckoutLocal", payment_timeout_seconds=2)
"""The checkout that people try. 2 s is long for loopback, and short for whoever waits."""

FAULTS = Deployment(stack_name="CheckoutFaults", payment_timeout_seconds=1)
"""The checkout that is broken on purpose, with the shortest times that synthesis accepts."""

DEPLOYMENTS = (PLAIN, FAULTS)
