"""The CDK app: one checkout, checked by its own policy and two rule packs at every synth."""

from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks

from checkout_stack import CheckoutStack
from checkout_stack.policy import CheckoutPolicy


def example_app(**app_properties: Any) -> cdk.App:
    """Build the app with the addresses that ``cdk.json`` or ``--context`` gives."""
    app = cdk.App(**app_properties)
    CheckoutStack(
        app,
        "CheckoutStack",
        payment_service_url=app.node.get_context("paymentServiceUrl"),
        look_up_url=app.node.try_get_context("paymentServiceLookUpUrl") or None,
        list_url=app.node.try_get_context("paymentServiceListUrl") or None,
        description="Idempotent checkout: one order and one charge under resubmission.",
    )
    cdk.Validations.of(app).add_plugins(
        CheckoutPolicy(), AwsSolutionsChecks(app), PCIDSS321Checks(app)
    )
    return app


if __name__ == "__main__":
    example_app().synth()
