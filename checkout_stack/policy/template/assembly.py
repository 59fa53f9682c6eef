"""Cloud assemblies: which templates a ``cdk.out`` folder holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checkout_stack.policy.template.document import Document, Location, PropertyPath
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.reading import file_content, read_document, read_template
from checkout_stack.policy.template.stacks import ASSET_PATH, NESTED_STACKS
from checkout_stack.policy.template.template import ConstructMetadata, Template

MANIFEST = "manifest.json"
#: Stages within stages; a manifest that names itself ends here too.
DEEPEST = 8
_STACK = "aws:cloudformation:stack"
_NESTED_ASSEMBLY = "cdk:cloud-assembly"
_ASSETS = "cdk:asset-manifest"
_NESTED_TEMPLATE = ".nested.template.json"
_LOGICAL_ID = "aws:cdk:logicalId"
_ACKNOWLEDGED = "aws:cdk:acknowledged-rules"


def assembly_templates(folder: Path, depth: int = 0) -> Iterator[Template]:
    """The templates of all stacks, of nested stacks, and of nested assemblies (stages).

    :raises UnusableInputError: with the line, for a manifest or template that cannot be read.
    """
    if depth > DEEPEST:
        where = Location(str(folder / MANIFEST), 1, 1)
        raise UnusableInputError(where, f"assemblies more than {DEEPEST} deep")
    manifest, artifacts = _manifest(folder)
    acknowledged: dict[str, Mapping[str, str]] = {}
    assets = template_assets(folder)
    for name, artifact in artifacts.items():
        if not isinstance(artifact, Mapping):
            continue
        kind = artifact.get("type")
        if kind == _STACK:
            constructs = _constructs(folder, manifest, name, artifact)
            acknowledged |= constructs.acknowledged
            stack = _stack_template(folder, manifest, name, artifact, constructs)
            assets |= _old_assets(folder, stack)
            yield replace(stack, assembly=str(folder), assets=assets)
        elif kind == _NESTED_ASSEMBLY:
            path = ("artifacts", name, "properties", "directoryName")
            yield from assembly_templates(_within(folder, manifest, path), depth + 1)
    for name in sorted({*assets.values()}):
        # No artifact says whose logical ids these are: paths come from the template's own metadata.
        constructs = ConstructMetadata(acknowledged=acknowledged)
        yield read_template(
            str(folder / name),
            file_content(folder / name),
            constructs=constructs,
            assembly=str(folder),
            assets=assets,
        )


def _manifest(folder: Path) -> tuple[Document, Mapping[str, Any]]:
    """The manifest of an assembly, and its artifacts by name."""
    file = folder / MANIFEST
    manifest = read_document(str(file), file_content(file))
    artifacts = manifest.value.get("artifacts") if isinstance(manifest.value, Mapping) else None
    if not isinstance(artifacts, Mapping):
        raise UnusableInputError(Location(str(file), 1, 1), "not the manifest of a cloud assembly")
    return manifest, artifacts


def template_assets(folder: Path) -> dict[str, str]:
    """The templates of nested stacks, by the name under which the assembly uploads them.

    :raises UnusableInputError: with the line, if the folder has no manifest that can be read.
    """
    manifest, artifacts = _manifest(folder)
    found: dict[str, str] = {}
    for name, artifact in artifacts.items():
        if not isinstance(artifact, Mapping) or artifact.get("type") != _ASSETS:
            continue
        path = _within(folder, manifest, ("artifacts", name, "properties", "file"))
        document = read_document(str(path), file_content(path)).value
        files = document.get("files") if isinstance(document, Mapping) else None
        for key, asset in files.items() if isinstance(files, Mapping) else ():
            source = asset.get("source") if isinstance(asset, Mapping) else None
            written = source.get("path") if isinstance(source, Mapping) else None
            if _is_nested_template(folder, written):
                found[f"{key}.json"] = str(written)
    return found


def _old_assets(folder: Path, stack: Template) -> dict[str, str]:
    """The templates that the metadata of nested stacks name, as CDK did before it had a manifest
    of assets.
    """
    named = [each.metadata.get(ASSET_PATH) for each in stack.of_type(*NESTED_STACKS)]
    return {str(each): str(each) for each in named if _is_nested_template(folder, each)}


def _is_nested_template(folder: Path, written: Any) -> bool:
    """Whether this is the template of a nested stack, in the folder of the assembly itself."""
    return (
        isinstance(written, str)
        and written.endswith(_NESTED_TEMPLATE)
        and Path(written).name == written
        and (folder / written).is_file()
    )


def _stack_template(
    folder: Path,
    manifest: Document,
    name: str,
    artifact: Mapping[str, Any],
    constructs: ConstructMetadata,
) -> Template:
    path = _within(folder, manifest, ("artifacts", name, "properties", "templateFile"))
    display_name = artifact.get("displayName")
    return read_template(
        str(path),
        file_content(path),
        stack_name=display_name if isinstance(display_name, str) else name,
        constructs=constructs,
    )


def _constructs(
    folder: Path, manifest: Document, name: str, artifact: Mapping[str, Any]
) -> ConstructMetadata:
    """Of a file of its own, as CDK writes it today, or in the manifest, as it did before."""
    if "additionalMetadataFile" not in artifact:
        return construct_metadata(artifact.get("metadata"))
    path = _within(folder, manifest, ("artifacts", name, "additionalMetadataFile"))
    return construct_metadata(read_document(str(path), file_content(path)).value)


def construct_metadata(document: Any) -> ConstructMetadata:
    """Read the metadata section of a stack's artifact; what is not as CDK writes it is ignored."""
    paths: dict[str, str] = {}
    acknowledged: dict[str, dict[str, str]] = {}
    for written, entries in document.items() if isinstance(document, Mapping) else ():
        path = written.lstrip("/")
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, Mapping):
                continue
            kind, data = entry.get("type"), entry.get("data")
            if kind == _LOGICAL_ID and isinstance(data, str):
                paths[data] = path
            elif kind == _ACKNOWLEDGED and isinstance(data, Mapping):
                reasons = {rule: why for rule, why in data.items() if isinstance(why, str)}
                acknowledged.setdefault(path, {}).update(reasons)
    return ConstructMetadata(paths, acknowledged)


def _within(folder: Path, manifest: Document, path: PropertyPath) -> Path:
    """The file or folder that a manifest names, which must be in the assembly."""
    named: Any = manifest.value
    for step in path:
        named = named.get(step) if isinstance(named, Mapping) else None
    if (
        not isinstance(named, str)
        or "\0" in named
        or not (folder / named).resolve().is_relative_to(folder.resolve())
    ):
        where = Location(str(folder / MANIFEST), *manifest.positions.nearest(path))
        raise UnusableInputError(where, f"{path[-1]} names nothing within the assembly")
    return folder / named
