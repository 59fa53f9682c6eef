"""What a cloud assembly holds: stacks, in the order of their dependencies, and their assets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkout_stack.local.messages import LocalRunError

MANIFEST = "manifest.json"
OUR_HANDLERS = "checkout_runtime.handlers."
"""How the handler of every function of a checkout and of its API begins."""

Template = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FileAsset:
    """A file, or a folder that becomes a zip, and where the template expects it."""

    source: Path
    is_zipped: bool
    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class AppStack:
    """One stack of an app."""

    name: str
    template: Template
    nested: Mapping[Path, Template]
    """Templates of its nested stacks, by their file."""

    environment: str
    """``aws://account/region``, both as the app says them."""

    assets: tuple[FileAsset, ...]

    @property
    def is_of_a_checkout(self) -> bool:
        """Whether it has a function of a checkout, or of a checkout's API."""
        return any(
            str(resource.get("Properties", {}).get("Handler", "")).startswith(OUR_HANDLERS)
            for template in (self.template, *self.nested.values())
            for resource in template.get("Resources", {}).values()
        )


def stacks_with_checkouts(assembly: Path) -> list[AppStack]:
    """The stacks that have a part of a checkout, after all that they depend on.

    :raises LocalRunError: if it is no cloud assembly, or no stack of it has a checkout.
    """
    found: dict[str, AppStack] = {}
    for directory, artifacts in _manifests(assembly):
        stacks = {name: each for name, each in artifacts.items() if _is(each, "stack")}
        read = {name: _stack(directory, name, artifacts) for name in stacks}
        wanted = [name for name, stack in read.items() if stack.is_of_a_checkout]
        for name in _with_dependencies(wanted, stacks):
            found[f"{directory}/{name}"] = read[name]
    if not found:
        raise LocalRunError(
            f"no stack in {assembly} has an IdempotentCheckout: none of its functions has a "
            f"handler of {OUR_HANDLERS.removesuffix('.')}; give --app the app with the checkout"
        )
    return list(found.values())


def _manifests(assembly: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The artifacts of an assembly, and of those of its stages."""
    try:
        artifacts = json.loads((assembly / MANIFEST).read_text())["artifacts"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise LocalRunError(
            f"{assembly} is no cloud assembly ({problem}): give --app a folder that `cdk synth` "
            'has written, or the command of your app, such as "python app.py"'
        ) from problem
    yield assembly, artifacts
    for artifact in artifacts.values():
        if artifact.get("type") == "cdk:cloud-assembly":
            yield from _manifests(assembly / artifact["properties"]["directoryName"])


def _is(artifact: Mapping[str, Any], kind: str) -> bool:
    return artifact.get("type") == f"aws:cloudformation:{kind}"


def _with_dependencies(wanted: list[str], stacks: Mapping[str, Any]) -> list[str]:
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in stacks and name not in ordered:
            for other in stacks[name].get("dependencies", ()):
                add(other)
            ordered.append(name)

    for name in wanted:
        add(name)
    return ordered


def _stack(directory: Path, name: str, artifacts: Mapping[str, Any]) -> AppStack:
    artifact = artifacts[name]
    properties = artifact["properties"]
    manifests = [
        artifacts[each]["properties"]["file"]
        for each in artifact.get("dependencies", ())
        if artifacts.get(each, {}).get("type") == "cdk:asset-manifest"
    ]
    assets = [asset for file in manifests for asset in _assets(directory, file)]
    nested = [each.source for each in assets if each.source.name.endswith(".nested.template.json")]
    return AppStack(
        name=properties.get("stackName", name),
        template=json.loads((directory / properties["templateFile"]).read_text()),
        nested={source: json.loads(source.read_text()) for source in nested},
        environment=artifact["environment"],
        assets=tuple(assets),
    )


def _assets(directory: Path, file: str) -> Iterator[FileAsset]:
    files = json.loads((directory / file).read_text()).get("files", {})
    for asset in files.values():
        source = asset["source"]
        if "path" not in source:
            continue  # made by a program when it is published; nothing of a checkout is
        for destination in asset["destinations"].values():
            yield FileAsset(
                source=directory / source["path"],
                is_zipped=source.get("packaging") == "zip",
                bucket=destination["bucketName"],
                key=destination["objectKey"],
            )
