"""Stacks with a checkout are found by what their templates hold, with all that they depend on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.own_app.assembly import stacks_with_checkouts
from tests.local.own_app.templates import template

EMPTY: dict[str, Any] = {"Resources": {}}
ASSET = {
    "source": {"path": "asset.1", "packaging": "zip"},
    "destinations": {"here": {"bucketName": "assets", "objectKey": "1.zip"}},
}


def assembly(
    directory: Path, stacks: dict[str, tuple[dict[str, Any], list[str]]], **more: Any
) -> Path:
    """Write an assembly: templates by stack, each with what it depends on."""
    directory.mkdir(exist_ok=True)
    artifacts: dict[str, Any] = dict(more)
    for name, (content, needs) in stacks.items():
        (directory / f"{name}.json").write_text(json.dumps(content))
        (directory / f"{name}.assets.json").write_text(json.dumps({"files": {"1": ASSET}}))
        artifacts[f"{name}.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{name}.assets.json"},
        }
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": f"{name}.json", "stackName": f"the-{name}"},
            "dependencies": [*needs, f"{name}.assets"],
        }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return directory


def names(directory: Path) -> list[str]:
    return [stack.name for stack in stacks_with_checkouts(directory)]


def test_a_stack_comes_after_what_it_depends_on_and_others_do_not_come(tmp_path: Path) -> None:
    shop = (template(), ["Platform"])
    app = assembly(tmp_path, {"Shop": shop, "Other": (EMPTY, []), "Platform": (EMPTY, [])})

    assert names(app) == ["the-Platform", "the-Shop"]


def test_stacks_of_stages_are_found(tmp_path: Path) -> None:
    assembly(tmp_path / "stage", {"Shop": (template(), [])})
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "stage"}}

    assert names(assembly(tmp_path, {}, Stage=stage)) == ["the-Shop"]


def test_a_checkout_in_a_nested_stack_is_found(tmp_path: Path) -> None:
    app = assembly(tmp_path, {"Shop": (EMPTY, [])})
    nested = {**ASSET, "source": {"path": "n.nested.template.json", "packaging": "file"}}
    (tmp_path / "n.nested.template.json").write_text(json.dumps(template()))
    (tmp_path / "Shop.assets.json").write_text(json.dumps({"files": {"n": nested}}))

    [stack] = stacks_with_checkouts(app)

    assert list(stack.nested) == [tmp_path / "n.nested.template.json"]


def test_its_assets_say_where_the_template_expects_them(tmp_path: Path) -> None:
    [stack] = stacks_with_checkouts(assembly(tmp_path, {"Shop": (template(), [])}))

    [asset] = stack.assets
    assert (asset.bucket, asset.key, asset.is_zipped) == ("assets", "1.zip", True)
    assert asset.source == tmp_path / "asset.1"


def test_an_app_without_a_checkout_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(LocalRunError, match=r"no stack in .* has an IdempotentCheckout"):
        stacks_with_checkouts(assembly(tmp_path, {"Other": (EMPTY, [])}))


@pytest.mark.parametrize("content", [None, "no JSON", "{}", "[]"])
def test_what_is_no_assembly_is_an_error_that_says_what_to_give(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)

    with pytest.raises(LocalRunError, match="give --app a folder that `cdk synth`"):
        stacks_with_checkouts(tmp_path)
