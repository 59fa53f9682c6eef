"""What is no template is called by its name, with what to give instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout_stack.policy.template.assembly import assembly_templates
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.reading import read_template

FILES = {
    "serverless.yml": ("service: shop\nprovider: {name: aws}\nfunctions: {}", "serverless package"),
    "serverless.ts": ("export default {}", "serverless package"),
    "main.tf": ('resource "aws_sqs_queue" "payments" {\n  fifo_queue = true\n}', "Terraform"),
    "main.tf.json": ('{"resource": {}}', "Terraform"),
    "plan.json": ('{"format_version": "1.2", "planned_values": {}}', "a plan of Terraform"),
    "state.json": ('{"terraform_version": "1.9", "resources": []}', "the state of Terraform"),
    "deployment.yaml": ("template-file-path: shop.yaml\nparameters: {}", "template-file-path"),
    "manifest.json": ('{"version": "48", "artifacts": {}}', "give its folder"),
    "shop.assets.json": ('{"version": "48", "files": {}, "dockerImages": {}}', "give its folder"),
    "tree.json": ('{"version": "tree-0.1", "tree": {}}', "give its folder"),
    "cdk.json": ('{"app": "python app.py"}', "cdk synth"),
    "app.py": ("import aws_cdk", "cdk synth"),
    "got.json": ('{"TemplateBody": {"Resources": {}}}', "--query TemplateBody"),
    "parameters.json": ('[{"ParameterKey": "A", "ParameterValue": "b"}]', "parameters"),
    "pod.yaml": ("apiVersion: v1\nkind: Pod", "Kubernetes"),
    "compose.yaml": ("services: {}", "Compose"),
}


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_another_kind_is_named_in_one_line(file: str) -> None:
    text, said = FILES[file]
    with pytest.raises(UnusableInputError, match=r":1:1: not a template but ") as refused:
        read_template(file, text.encode())
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("asset.0123abcd/index.py", "an asset of a cloud assembly"),
        ("shop/cdk.json", "cdk synth"),
        (".serverless/cloudformation-template-update-stack.json", "update-stack.json in it"),
        ("build/template.yaml", "give template.yaml in it"),
        ("service/serverless.yml", "serverless package"),
        ("infra/main.tf", "Terraform"),
        ("else/readme.txt", "no manifest.json"),
    ],
)
def test_a_folder_of_another_kind_is_named_in_one_line(
    made: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / made
    file.parent.mkdir()
    file.write_text("")
    with pytest.raises(UnusableInputError, match=said):
        list(assembly_templates(file.parent))


def test_a_template_is_none_of_these() -> None:
    for file, text in (("a.yaml", "Resources: {}"), ("b.json", '{"Resources": {}, "app": 1}')):
        assert read_template(file, text.encode()).resources == {}
