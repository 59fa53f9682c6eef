"""Synthesize one of the checkouts several times in this process; print what each took, as JSON.

``python -m bench.peers.synth.program SUBJECT TIMES DIRECTORY``.
"""

import json
import sys
import time

begun = time.perf_counter()

from collections import Counter  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import aws_cdk as cdk  # noqa: E402

URL = "https://payments.example.com/charges"
ROOT = Path(__file__).resolve().parents[3]


def _stack(subject: str) -> Callable[[cdk.App], cdk.Stack]:
    """Import the subject, and what it needs."""
    if subject == "ours":
        from checkout_stack.checkout_stack import CheckoutStack

        return lambda app: CheckoutStack(
            app,
            "CheckoutStack",
            payment_service_url=URL,
            key_retention=cdk.Duration.hours(24),
            look_up_url=f"{URL}/look-up",
        )
    if subject == "by_hand":
        from bench.peers.synth.by_hand import HandWrittenStack

        return lambda app: HandWrittenStack(app, "CheckoutStack", payment_service_url=URL)
    if subject == "others":
        from bench.peers.synth.others import BoughtInStack

        return lambda app: BoughtInStack(app, "CheckoutStack", payment_service_url=URL)
    raise SystemExit(f"no subject {subject}")


def _resources(directory: Path) -> dict[str, int]:
    template = json.loads((directory / "CheckoutStack.template.json").read_text())
    kinds = Counter(each["Type"] for each in template["Resources"].values())
    return {kind: count for kind, count in kinds.items() if kind != "AWS::CDK::Metadata"}


def main() -> None:
    """Import, then build and synthesize; the context is that of the example app."""
    subject, times, directory = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    stack = _stack(subject)
    imported = time.perf_counter()
    took = []
    for number in range(times):
        started = time.perf_counter()
        app = cdk.App(context=context, outdir=str(directory / str(number)))
        stack(app)
        built = time.perf_counter()
        app.synth()
        took.append({"build": built - started, "synth": time.perf_counter() - built})
    sys.stdout.write(
        json.dumps(
            {"import": imported - begun, "took": took, "resources": _resources(directory / "0")}
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
