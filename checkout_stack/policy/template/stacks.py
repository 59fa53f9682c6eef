"""The stacks of one run as one deployment: exports, nested stacks, and names that they share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any, Protocol

from checkout_stack.policy.template.document import texts
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Text, Unknown, Value, either, moved

NESTED_STACKS = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}
"""The types that deploy another template, and the property that says where it is."""
ASSET_PATH = "aws:asset:path"
DEEPEST = 20
"""From how many stacks to the next a value is followed."""
_FILE = re.compile(r"[^/\\]+\Z")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_SEPARATOR = re.compile(r"[-:]")
_NOT_OF_A_KEY = re.compile(r"[^\w-]+")


class Stack(Protocol):
    """What the joining asks of each template."""

    @property
    def file(self) -> str:
        """The file that the template was read from."""
        ...

    @property
    def key(self) -> str:
        """Names the stack in references from others."""
        ...

    @property
    def assembly(self) -> str:
        """Which stacks are deployed together: a folder; empty without a cloud assembly."""
        ...

    @property
    def assets(self) -> Mapping[str, str]:
        """Where a cloud assembly keeps templates, by the name under which it uploads them."""
        ...

    @property
    def document(self) -> Mapping[str, Any]:
        """As written."""
        ...

    @property
    def resources(self) -> Mapping[str, Resource]:
        """By logical id."""
        ...

    @property
    def named_resources(self) -> Mapping[tuple[str, str], Resource]:
        """By service and name."""
        ...

    def resolve(self, written: Any) -> Value:
        """Resolve within this stack."""
        ...


@dataclass(frozen=True, eq=False)
class Nesting:
    """A resource that deploys another template."""

    parent: Stack
    logical_id: str
    child: Stack


class Stacks:
    """Templates that are deployed side by side or within one another."""

    def __init__(self) -> None:
        """Have no stack yet."""
        self._stacks: dict[str, Stack] = {}
        self._active: set[tuple[str, int]] = set()
        self._resolved: dict[tuple[str, int], Value] = {}

    def join(self, stacks: Iterable[Stack]) -> None:
        """Take in the stacks of a run, whose keys must differ, before anything is asked."""
        self._stacks = {stack.key: stack for stack in stacks}

    def __getitem__(self, key: str) -> Stack:
        """The stack with this key."""
        return self._stacks[key]

    def exported(self, name: Value, importer: Stack) -> Value:
        """What is exported under ``name``; ``None`` if no stack, or more than one, exports it."""
        for wanted in _names_of_import(str(name)):
            found = self._exports.get(wanted, [])
            near = [each for each in found if each[0].assembly == importer.assembly]
            if len(near or found) == 1:
                return self._moved(*(near or found)[0], importer)
        return None

    def output(self, parent: Stack, logical_id: str, name: str) -> Value:
        """The output of the stack that ``parent`` nests; ``None`` if it is not among these."""
        nesting = self._nestings.get((parent.key, logical_id))
        if nesting is None:
            return None
        outputs = nesting.child.document.get("Outputs")
        output = outputs.get(name) if isinstance(outputs, Mapping) else None
        if not isinstance(output, Mapping):
            return Unknown(f"the nested stack {logical_id} has no output {name}"[:200])
        return self._moved(nesting.child, output.get("Value"), parent)

    def parameter(self, child: Stack, name: str) -> Value:
        """What the stacks around ``child`` give for a parameter; ``None`` if they give nothing."""
        values: list[Value] = []
        for nesting in self._nestings_of.get(child.key, []):
            given = nesting.parent.document["Resources"][nesting.logical_id].get("Properties")
            given = given.get("Parameters") if isinstance(given, Mapping) else None
            if isinstance(given, Mapping) and name in given:
                values.append(self._moved(nesting.parent, given[name], child))
        return either(tuple(values)) if values else None

    def is_read(self, parent: Stack, logical_id: str) -> bool:
        """Whether the template that a nested stack deploys is among these."""
        return (parent.key, logical_id) in self._nestings

    def named(self, name: tuple[str, str], near: Stack) -> Resource | None:
        """The one resource that a service and a literal name can mean, seen from ``near``."""
        found = self._literal_names.get(name, [])
        same = [each for each in found if each[0].assembly == near.assembly]
        return (same or found)[0][1] if len(same or found) == 1 else None

    def _moved(self, source: Stack, written: Any, target: Stack) -> Value:
        """Resolve in ``source`` what ``target`` asks for, once; a circle is unknown."""
        asked = (source.key, id(written))
        if asked not in self._resolved:
            if asked in self._active:
                return Unknown("stacks refer to one another in a circle")
            if len(self._active) >= DEEPEST:
                return Unknown(f"stacks refer to one another over more than {DEEPEST} steps")
            self._active.add(asked)
            try:
                self._resolved[asked] = source.resolve(written)
            finally:
                self._active.discard(asked)
        return moved(self._resolved[asked], source.key, target.key)

    @cached_property
    def _literal_names(self) -> Mapping[tuple[str, str], list[tuple[Stack, Resource]]]:
        found: dict[tuple[str, str], list[tuple[Stack, Resource]]] = {}
        for stack in self._stacks.values():
            for name, resource in stack.named_resources.items():
                if not _of_one_stack(name[1]):
                    found.setdefault(name, []).append((stack, resource))
        return found

    @cached_property
    def _exports(self) -> Mapping[str, list[tuple[Stack, Any]]]:
        """What each stack exports, as written, by all names that an import may use."""
        found: dict[str, list[tuple[Stack, Any]]] = {}
        self.__dict__["_exports"] = found
        for stack in self._stacks.values():
            outputs = stack.document.get("Outputs")
            for output in outputs.values() if isinstance(outputs, Mapping) else ():
                export = output.get("Export") if isinstance(output, Mapping) else None
                name = stack.resolve(export.get("Name")) if isinstance(export, Mapping) else None
                if isinstance(name, str | Text):
                    for written in _names_of_export(str(name)):
                        found.setdefault(written, []).append((stack, output.get("Value")))
        return found

    @cached_property
    def _nestings(self) -> Mapping[tuple[str, str], Nesting]:
        """By key of the parent and logical id of the nested stack."""
        by_file: dict[str, list[Stack]] = {}
        for stack in self._stacks.values():
            by_file.setdefault(PurePath(stack.file).name, []).append(stack)
        return {
            (parent.key, logical_id): Nesting(parent, logical_id, child)
            for parent in self._stacks.values()
            for logical_id, body in _nested(parent)
            if (child := _template_of(body, parent, by_file)) is not None
        }

    @cached_property
    def _nestings_of(self) -> Mapping[str, list[Nesting]]:
        """By key of the child."""
        found: dict[str, list[Nesting]] = {}
        for nesting in self._nestings.values():
            found.setdefault(nesting.child.key, []).append(nesting)
        return found


def keys(stacks: Iterable[tuple[str | None, str]]) -> Iterator[str]:
    """A key for each stack, made of its name or of its file's."""
    seen: set[str] = set()
    for name, file in stacks:
        base = key = _NOT_OF_A_KEY.sub("-", name or PurePath(file).stem)[:60] or "stack"
        number = 1
        while key in seen:
            number += 1
            key = f"{base}-{number}"
        seen.add(key)
        yield key


def _nested(stack: Stack) -> Iterator[tuple[str, Mapping[str, Any]]]:
    resources = stack.document.get("Resources")
    for logical_id, body in resources.items() if isinstance(resources, Mapping) else ():
        if isinstance(body, Mapping) and str(body.get("Type")) in NESTED_STACKS:
            yield logical_id, body


def _template_of(
    body: Mapping[str, Any], parent: Stack, by_file: Mapping[str, list[Stack]]
) -> Stack | None:
    """The template that a nested stack deploys: by its asset, else by the file's name."""
    properties, metadata = body.get("Properties"), body.get("Metadata")
    url = properties.get(NESTED_STACKS[body["Type"]]) if isinstance(properties, Mapping) else None
    asset = metadata.get(ASSET_PATH) if isinstance(metadata, Mapping) else None
    # The last text comes first: a URL ends in the file's name.
    for text in (asset, *texts(url)):
        name = _FILE.search(text) if isinstance(text, str) else None
        if name is None:
            continue
        found = [
            each
            for each in by_file.get(parent.assets.get(name.group(), name.group()), [])
            if each is not parent and each.assembly == parent.assembly
        ]
        if len(found) == 1:
            return found[0]
    return None


def _names_of_export(name: str) -> Iterator[str]:
    """The name, and what of it stays when its stack's name, at its beginning, is not known."""
    yield name
    if begun := _PLACEHOLDER.match(name):
        yield f"*{name[begun.end() :]}"


def _names_of_import(name: str) -> Iterator[str]:
    """The names of the export that an import can mean, the closest first."""
    yield from _names_of_export(name)
    if not _PLACEHOLDER.match(name):
        yield from (f"*{name[place.start() :]}" for place in _SEPARATOR.finditer(name))


def _of_one_stack(name: str) -> bool:
    """Whether a name has parts that differ from stack to stack, so that no other stack means it."""
    return any(
        not each.startswith("${AWS::") or each in ("${AWS::StackName}", "${AWS::StackId}")
        for each in _PLACEHOLDER.findall(name)
    )
