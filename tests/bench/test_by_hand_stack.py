"""The stack by hand is what the example would be without our constructs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import aws_cdk as cdk

from bench.peers.synth.by_hand import HandWrittenStack
from bench.peers.synth.program import URL

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "tests" / "checkout_stack" / "__snapshots__" / "test_checkout_stack"
EXAMPLE = SNAPSHOTS / "test_the_template_has_not_drifted.json"


def test_it_has_the_resources_of_the_example_type_by_type(tmp_path: Path) -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = cdk.App(context=context, outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    HandWrittenStack(app, "CheckoutStack", payment_service_url=URL)
    app.synth()
    by_hand = json.loads((tmp_path / "CheckoutStack.template.json").read_text())
    example = json.loads(EXAMPLE.read_text())
    ours, theirs = (
        Counter(each["Type"] for each in template["Resources"].values())
        for template in (example, by_hand)
    )
    del theirs["AWS::CDK::Metadata"]
    assert theirs == ours, "change bench/peers/synth/by_hand.py as the example was changed"
