"""``python app.py`` synthesizes without the CDK CLI, or says in one line what it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout_stack.synthesized import findings_in

ROOT = Path(__file__).parents[2]
NO_RULE_PACKS = """
import jsii
from aws_cdk import IPolicyValidationPlugin, PolicyValidationPluginReport

@jsii.implements(IPolicyValidationPlugin)
class Nothing:
    def __init__(self, app):
        pass
    @property
    def name(self):
        return type(self).__name__
    @property
    def version(self):
        return "1"
    @property
    def rule_ids(self):
        return []
    def validate(self, context):
        return PolicyValidationPluginReport(success=True, violations=[])

class AwsSolutionsChecks(Nothing): ...
class PCIDSS321Checks(Nothing): ...
"""


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start it as a newcomer does: in another directory, without what the CDK CLI sets."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        cwd=tmp_path,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.thorough
def test_it_synthesizes_into_cdk_out_and_both_rule_packs_pass(tmp_path: Path) -> None:
    ended = start(tmp_path, PATH=os.environ["PATH"])
    assert ended.returncode == 0, ended.stderr
    # Nothing but advice: who is told is not an example's to say.
    assert findings_in(tmp_path / "cdk.out") == {
        ("alarm-subscription", "CheckoutStack/Checkout/Alarm/Topic/Resource")
    }
    assert ended.stdout.splitlines()[-1].startswith("Synthesized into cdk.out")
    template = json.loads((tmp_path / "cdk.out" / "CheckoutStack.template.json").read_text())
    assert template["Resources"]


def without_rule_packs(directory: Path) -> Path:
    """Make a ``cdk_nag`` that finds nothing: real packs take most of the time of a synth."""
    directory.mkdir()
    (directory / "cdk_nag.py").write_text(NO_RULE_PACKS)
    return directory


@pytest.mark.thorough
def test_it_synthesizes_where_the_cli_wants_it(tmp_path: Path) -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    ended = start(
        tmp_path,
        PATH=os.environ["PATH"],
        PYTHONPATH=str(without_rule_packs(tmp_path / "modules")),
        CDK_OUTDIR=str(tmp_path / "elsewhere"),
        CDK_VALIDATION="false",
        CDK_CONTEXT_JSON=json.dumps(context),
    )
    assert ended.returncode == 0, ended.stderr
    assert "Synthesized" not in ended.stdout
    assert (tmp_path / "elsewhere" / "CheckoutStack.template.json").is_file()
    assert not (tmp_path / "cdk.out").exists()


def test_without_node_it_says_what_to_install(tmp_path: Path) -> None:
    ended = start(tmp_path, PATH=str(tmp_path), JSII_NODE="no-such-node")
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert "Node.js 22 or 24" in line
    assert ended.stdout == ""
