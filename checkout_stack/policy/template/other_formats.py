"""What is often given and is no template: what it is, and what to give instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

_TERRAFORM = (
    "Terraform, which is not read: these checks read CloudFormation; "
    "checkout policy rules says what to look for"
)
_SYNTHESIZED = "run cdk synth and give cdk.out"
_BY_ENDING = {
    (".tf", ".tf.json", ".tfvars", ".hcl", ".tfstate", ".tfplan"): _TERRAFORM,
    ("serverless.ts", "serverless.js"): (
        "a Serverless Framework service: run serverless package and give "
        ".serverless/cloudformation-template-update-stack.json"
    ),
    (".py", ".ts", ".js", ".java", ".go", ".cs"): f"source code: {_SYNTHESIZED}, or a template",
}
"""Files that are known by how their name ends."""
_BY_KEYS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(keys.split()), said)
    for keys, said in {
        "service provider": (
            "a Serverless Framework service: run serverless package and give "
            ".serverless/cloudformation-template-update-stack.json"
        ),
        "format_version planned_values": f"a plan of {_TERRAFORM}",
        "format_version resource_changes": f"a plan of {_TERRAFORM}",
        "terraform_version resources": f"the state of {_TERRAFORM}",
        "resource provider": _TERRAFORM,
        "resource terraform": _TERRAFORM,
        "template-file-path": (
            "a deployment file of CloudFormation's Git sync: give the template that "
            "template-file-path names"
        ),
        "artifacts version": "the manifest of a cloud assembly: give its folder",
        "files dockerImages": "a list of assets of a cloud assembly: give its folder",
        "tree version": "the construct tree of a cloud assembly: give its folder",
        "app": f"the configuration of a CDK app: {_SYNTHESIZED}",
        "TemplateBody": (
            "the answer of get-template: give what is in TemplateBody (--query TemplateBody)"
        ),
        "apiVersion kind": "a Kubernetes manifest: give a CloudFormation template",
        "services": "a Compose file: give a CloudFormation template",
    }.items()
)
"""Files that are known by the keys at their top, the first that fits."""
_ASSET = "asset."


def other_format_of_file(file: str) -> str | None:
    """What a file is by its name, and what to give instead; ``None`` if it may be a template."""
    name = PurePath(file).name.lower()
    return next((said for endings, said in _BY_ENDING.items() if name.endswith(endings)), None)


def other_format_of(document: Any) -> str | None:
    """What a document is by its shape, and what to give instead; ``None`` if that is unknown."""
    if isinstance(document, list):
        is_list = any(isinstance(each, Mapping) and "ParameterKey" in each for each in document)
        return "a file of parameters: give the template that they are for" if is_list else None
    if not isinstance(document, Mapping):
        return None
    return next((said for keys, said in _BY_KEYS if keys <= document.keys()), None)


def other_folder(folder: Path) -> str | None:
    """What a folder without a manifest is, and what to give instead; ``None`` with a manifest."""
    if (folder / "manifest.json").is_file():
        return None
    if folder.name.startswith(_ASSET):
        return "an asset of a cloud assembly, which is code: give the folder that it lies in"
    if (folder / "cdk.json").is_file():
        return f"the folder of a CDK app: {_SYNTHESIZED}"
    for name in ("cloudformation-template-update-stack.json", "template.yaml", "template.yml"):
        if (folder / name).is_file():
            return f"no cloud assembly (it has no manifest.json): give {name} in it"
    for name in ("serverless.yml", "serverless.yaml", "serverless.ts"):
        if (folder / name).is_file():
            return _BY_ENDING["serverless.ts", "serverless.js"]
    if next(folder.glob("*.tf"), None) is not None:
        return _TERRAFORM
    return "no cloud assembly (it has no manifest.json): give cdk.out, or template files"
