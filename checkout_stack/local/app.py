"""The CDK app of the local run: the production stack, with short timings by its own properties.

The CDK CLI runs it as ``python -m checkout_stack.local.app``.  Nothing here changes the constructs.
What they synthesize is then said the way MiniStack understands it, see :mod:`.ministack_template`.
"""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk

from checkout_stack import CheckoutStack, CheckoutTiming
from checkout_stack.local.app_settings import (
    LOOK_UP_URL_CONTEXT,
    PAYMENT_SERVICE_URL_CONTEXT,
    PAYMENT_TIMEOUT_SECONDS,
    STACK_NAME,
)
from checkout_stack.local.aws import ACCOUNT, REGION
from checkout_stack.local.ministack_template import for_ministack


def local_timing() -> CheckoutTiming:
    """Timings with which an unknown payment is settled within seconds instead of minutes."""
    return CheckoutTiming(
        # Two payment calls, the 5 s that production asks for beside them, and 5 s to start in.
        consumer_timeout=cdk.Duration.seconds(2 * PAYMENT_TIMEOUT_SECONDS + 10),
        clock_skew=cdk.Duration.seconds(1),
        first_retry=cdk.Duration.seconds(1),
        longest_retry=cdk.Duration.seconds(4),
        outage_to_ride_out=cdk.Duration.minutes(2),
        reconcile_every=cdk.Duration.minutes(1),
    )


def local_stack(app: cdk.App) -> CheckoutStack:
    """The production stack, on the local payment service."""
    return CheckoutStack(
        app,
        STACK_NAME,
        payment_service_url=app.node.get_context(PAYMENT_SERVICE_URL_CONTEXT),
        look_up_url=app.node.get_context(LOOK_UP_URL_CONTEXT),
        timing=local_timing(),
        payment_timeout=cdk.Duration.seconds(PAYMENT_TIMEOUT_SECONDS),
        env=cdk.Environment(account=ACCOUNT, region=REGION),
    )


def main() -> None:
    """Synthesize to where the CDK CLI wants it."""
    app = cdk.App()
    local_stack(app)
    assembly = app.synth()
    file = Path(assembly.get_stack_by_name(STACK_NAME).template_full_path)
    file.write_text(json.dumps(for_ministack(json.loads(file.read_text())), indent=1))


if __name__ == "__main__":
    main()
