"""The CDK app: one checkout, checked by its own policy and two rule packs at every synth.

The CDK CLI runs it. ``python app.py`` synthesizes into ``cdk.out`` too, with the same context.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aws_cdk as cdk

CDK_JSON = Path(__file__).with_name("cdk.json")
OUTDIR = "cdk.out"
NO_NODE = (
    "app.py needs Node.js 22 or 24: put `node` on the PATH, or run `make environment`, which puts "
    "it into .venv, and then `.venv/bin/python app.py`"
)


def example_app(**app_properties: Any) -> cdk.App:
    """Build the app with the addresses that ``cdk.json`` or ``--context`` gives."""
    # Importing aws_cdk starts Node, so main() looks for it first.
    import aws_cdk as cdk
    from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks

    from checkout_stack import CheckoutStack
    from checkout_stack.policy import CheckoutPolicy

    app = cdk.App(**app_properties)
    # Of --context it is text. 0 stands for None.
    retention_hours = int(app.node.get_context("paymentServiceKeyRetentionHours"))
    CheckoutStack(
        app,
        "CheckoutStack",
        payment_service_url=app.node.get_context("paymentServiceUrl"),
        key_retention=cdk.Duration.hours(retention_hours) if retention_hours else None,
        look_up_url=app.node.try_get_context("paymentServiceLookUpUrl") or None,
        list_url=app.node.try_get_context("paymentServiceListUrl") or None,
        description="Idempotent checkout: one order and one charge under resubmission.",
    )
    cdk.Validations.of(app).add_plugins(
        CheckoutPolicy(), AwsSolutionsChecks(app), PCIDSS321Checks(app)
    )
    return app


def main() -> None:
    """Synthesize, for the CDK CLI or without it."""
    if not _finds_node():
        sys.exit(NO_NODE)
    if "CDK_OUTDIR" in os.environ:
        # The CDK CLI says where to, and gives the context of cdk.json.
        example_app().synth()
        return
    context = json.loads(CDK_JSON.read_text(encoding="utf-8"))["context"]
    example_app(context=context, outdir=OUTDIR).synth()
    sys.stdout.write(f"Synthesized into {OUTDIR}. To deploy it, run `npx cdk deploy`.\n")


def _finds_node() -> bool:
    """Look for Node where jsii will: on the PATH, and beside this Python, where wheels put it."""
    beside = os.fspath(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", os.defpath), beside))
    return shutil.which(os.environ.get("JSII_NODE", "node")) is not None


if __name__ == "__main__":
    main()
