"""The templates of a cloud assembly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource

from checkout_stack.policy.check import check
from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.rules.visibility_timeout import RULE as VISIBILITY
from checkout_stack.policy.template.assembly import assembly_templates
from checkout_stack.policy.template.errors import UnusableInputError
from tests.checkout_stack.policy.small_rules import FIFO
from tests.checkout_stack.synthesized import unchecked_app


def synthesized(folder: Path, *, paths_in_templates: bool) -> Path:
    """An app with a stack, a stack nested in it, and a stage with a stack of its own."""
    app = unchecked_app(
        folder,
        context={"aws:cdk:enable-path-metadata": paths_in_templates},
    )
    shop = cdk.Stack(app, "Shop")
    sqs.Queue(shop, "Payments")
    accepted = sqs.Queue(shop, "Charges")
    cdk.Validations.of(accepted).acknowledge(
        cdk.Acknowledgment(id="CheckoutPolicy::fifo", reason="known")
    )
    inner = cdk.NestedStack(shop, "Inner")
    sqs.Queue(inner, "Orders")
    cdk.Validations.of(inner).acknowledge(
        cdk.Acknowledgment(id="CheckoutPolicy::fifo", reason="known too")
    )
    sqs.Queue(cdk.Stack(cdk.Stage(app, "Live"), "Shop"), "Payments")
    app.synth()
    return folder


@pytest.mark.parametrize(
    ("paths_in_templates", "nested"),
    [(True, ("Shop/Inner/Orders/Resource", "known too")), (False, (None, None))],
)
def test_stacks_nested_stacks_and_stages_are_read(
    paths_in_templates: bool, nested: tuple[str | None, str | None], tmp_path: Path
) -> None:
    folder = synthesized(tmp_path, paths_in_templates=paths_in_templates)
    checked = check(assembly_templates(folder), [FIFO])
    found = {
        (each.stack_name, finding.construct_path, finding.acknowledged)
        for each, result in ((result.template, result) for result in checked)
        for finding in result.findings
        if finding.outcome is Outcome.VIOLATED
    }
    assert found == {
        ("Shop", "Shop/Payments/Resource", None),
        ("Shop", "Shop/Charges/Resource", "known"),
        (None, *nested),
        ("Live/Shop", "Live/Shop/Payments/Resource", None),
    }


def test_a_file_that_no_manifest_names_is_not_read(tmp_path: Path) -> None:
    folder = synthesized(tmp_path, paths_in_templates=True)
    read = [each.file for each in assembly_templates(folder)]
    (folder / "Old.nested.template.json").write_text('{"Resources": {}}')
    assert [each.file for each in assembly_templates(folder)] == read


def test_the_stacks_of_an_assembly_are_one_workload(tmp_path: Path) -> None:
    app = unchecked_app(tmp_path, context={"aws:cdk:enable-path-metadata": False})
    queues = cdk.Stack(app, "Queues")
    payments = sqs.Queue(queues, "Payments", fifo=True)
    for scope in (cdk.Stack(app, "Work"), cdk.NestedStack(queues, "Inner")):
        charge = lambda_.Function(
            scope,
            "Charge",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(*_): ..."),
            timeout=cdk.Duration.seconds(30),
        )
        charge.add_event_source(SqsEventSource(payments))
    app.synth()
    found = [
        finding.message.split(";")[1]
        for each in check(assembly_templates(tmp_path), [VISIBILITY])
        for finding in each.findings
        if finding.outcome is Outcome.VIOLATED
    ]
    assert len(found) == 2
    assert all("at least 6 x 30" in each for each in found)


def write(folder: Path, manifest: Any) -> Path:
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    return folder


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", "a\0b", 7, None])
def test_a_manifest_names_nothing_outside_its_folder(name: Any, tmp_path: Path) -> None:
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": name}}
    folder = write(tmp_path, {"artifacts": {"Shop": artifact}})
    with pytest.raises(
        UnusableInputError, match=r"manifest\.json:6:\d+: templateFile names nothing"
    ):
        list(assembly_templates(folder))


def test_a_manifest_that_names_itself_ends(tmp_path: Path) -> None:
    artifact = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    folder = write(tmp_path, {"artifacts": {"Again": artifact}})
    with pytest.raises(UnusableInputError, match="assemblies more than 8 deep"):
        list(assembly_templates(folder))


@pytest.mark.parametrize("manifest", [[], {}, {"artifacts": 3}])
def test_what_is_no_manifest_is_refused(manifest: Any, tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="not the manifest of a cloud assembly"):
        list(assembly_templates(write(tmp_path, manifest)))
