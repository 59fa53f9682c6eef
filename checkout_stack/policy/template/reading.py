"""Reading templates: from files, standard input and cloud assemblies, within bounds."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checkout_stack.policy.template.document import MOST_BYTES, Document, Location, PropertyPath
from checkout_stack.policy.template.errors import NotReadableError, UnusableInputError
from checkout_stack.policy.template.json_text import read_json
from checkout_stack.policy.template.other_formats import other_format_of, other_format_of_file
from checkout_stack.policy.template.template import ConstructMetadata, Template

STANDARD_INPUT = "<stdin>"
#: Twice CloudFormation's quota of a stack; rules compare resources with one another.
MOST_RESOURCES = 1000
_SECTIONS = ("Resources", "Parameters", "Mappings", "Conditions", "Metadata", "Globals")


def read_template(
    file: str,
    content: bytes,
    *,
    stack_name: str | None = None,
    constructs: ConstructMetadata | None = None,
    assembly: str = "",
    assets: Mapping[str, str] | None = None,
) -> Template:
    """Read one template.

    :param file: How findings name it.
    :param content: JSON or YAML in UTF-8, at most ``MOST_BYTES``.
    :param stack_name: The name of its stack where a cloud assembly says it.
    :param constructs: What a cloud assembly says about the constructs behind it.
    :param assembly: The folder of the cloud assembly.
    :param assets: Templates of the assembly by the name under which they are uploaded.
    :raises UnusableInputError: with the line, if it is no template that can be checked.
    """
    other = other_format_of_file(file)
    if other is not None:
        raise _unusable_file(file, f"not a template but {other}")
    template = template_of(file, read_document(file, content))
    return replace(
        template,
        stack_name=stack_name,
        constructs=constructs or ConstructMetadata(),
        assembly=assembly,
        assets=assets or {},
    )


def template_of(file: str, document: Document) -> Template:
    """Take a document as a template, as :func:`read_template` does after reading it."""
    _check_shape(file, document)
    return Template(file, document.value, document.positions)


def read_document(file: str, content: bytes) -> Document:
    """Read JSON or YAML within the bounds, or raise :class:`UnusableInputError` with the line."""
    if len(content) > MOST_BYTES:
        raise _unusable_file(
            file, f"more than {MOST_BYTES} bytes; CloudFormation takes half of that"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        before = content.rfind(b"\n", 0, problem.start)
        where = Location(file, line, problem.start - before)
        raise UnusableInputError(where, "not UTF-8; save the template in UTF-8") from problem
    if not text.strip():
        raise _unusable_file(file, "it is empty")
    try:
        return _read(file, text)
    except NotReadableError as problem:
        where = Location(file, problem.line, problem.column)
        raise UnusableInputError(where, problem.problem) from problem


def file_content(path: Path) -> bytes:
    """The content of a file, or a byte more than is allowed of it."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise _unusable_file(str(path), problem.strerror or "it cannot be read") from problem
    except ValueError as problem:
        raise _unusable_file(str(path), "invalid file name") from problem


def standard_input() -> bytes:
    """What is on standard input, or a byte more than is allowed."""
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def _read(file: str, text: str) -> Document:
    """JSON is tried first on what begins like it: YAML may begin with a brace too."""
    if text.lstrip()[:1] not in ("{", "["):
        return _read_yaml(text)
    try:
        return read_json(text)
    except NotReadableError as problem:
        if file.endswith(".json") or not problem.problem.startswith("not JSON"):
            raise
        try:
            return _read_yaml(text)
        except NotReadableError:
            raise problem from None


def _read_yaml(text: str) -> Document:
    from checkout_stack.policy.template.yaml_text import read_yaml

    return read_yaml(text)


def _check_shape(file: str, document: Document) -> None:
    """Refuse what no deployment would take, so that rules need not ask."""
    template = document.value

    def wrong(path: PropertyPath, problem: str) -> UnusableInputError:
        return UnusableInputError(Location(file, *document.positions.nearest(path)), problem)

    if not isinstance(template, Mapping) or "Resources" not in template:
        other = other_format_of(template)
        if other is not None:
            raise wrong((), f"not a template but {other}")
    if not isinstance(template, Mapping):
        raise wrong((), "not a template: a mapping with Resources is expected")
    if "Resources" not in template:
        raise wrong((), "not a template: it has no Resources")
    for name in _SECTIONS:
        if name in template and not isinstance(template[name], Mapping):
            raise wrong((name,), f"{name} is not a mapping")
    if len(template["Resources"]) > MOST_RESOURCES:
        problem = f"more than {MOST_RESOURCES} resources; CloudFormation takes 500 in a stack"
        raise wrong(("Resources",), problem)
    for logical_id, body in template["Resources"].items():
        path = ("Resources", logical_id)
        if logical_id.startswith("Fn::") or _is_module(body):
            continue
        if not isinstance(body, Mapping):
            raise wrong(path, f"the resource {logical_id} is not a mapping")
        if not isinstance(body.get("Type"), str):
            raise wrong((*path, "Type"), f"the resource {logical_id} has no Type")
        for part in ("Properties", "Metadata"):
            if not isinstance(body.get(part, {}), Mapping):
                raise wrong((*path, part), f"{part} of {logical_id} is not a mapping")
        if not isinstance(body.get("Condition", ""), str):
            raise wrong((*path, "Condition"), f"Condition of {logical_id} is not text")


def _is_module(body: Any) -> bool:
    """Whether a function stands for a whole resource or its type, as that of another tool does."""
    kind = body.get("Type") if isinstance(body, Mapping) else None
    return any(
        isinstance(each, Mapping) and len(each) == 1 and next(iter(each)).startswith("Fn::")
        for each in (body, kind)
    )


def _unusable_file(file: str, problem: str) -> UnusableInputError:
    return UnusableInputError(Location(file, 1, 1), problem)
