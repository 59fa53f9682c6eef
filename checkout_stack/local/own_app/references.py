"""References in a template: who refers to what, and what stands for something left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checkout_stack.local.aws import ACCOUNT, REGION

_IN_SUB = re.compile(r"\$\{([A-Za-z0-9:]+)(?:\.([A-Za-z0-9.]+))?\}")


def referred_to(part: Any) -> Iterator[str]:
    """Logical ids, and names of parameters, that a part of a template refers to."""
    if isinstance(part, list):
        for each in part:
            yield from referred_to(each)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "Ref":
                yield str(value)
            elif name == "Fn::GetAtt":
                yield _attribute_of(value)[0]
            elif name == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                yield from (found[1] for found in _IN_SUB.finditer(text))
            yield from referred_to(value)


def closure(start: set[str], resources: Mapping[str, Any]) -> set[str]:
    """``start``, and every resource that it needs, directly or not."""
    found: set[str] = set()
    waiting = [each for each in start if each in resources]
    while waiting:
        logical_id = waiting.pop()
        if logical_id not in found:
            found.add(logical_id)
            needed = set(referred_to(resources[logical_id].get("Properties", {})))
            waiting += [each for each in needed if each in resources]
    return found


def with_placeholders(part: Any, is_left_out: Callable[[str], bool]) -> Any:
    """The same part, with a text in place of each reference to what is left out."""
    if isinstance(part, list):
        return [with_placeholders(each, is_left_out) for each in part]
    if not isinstance(part, dict):
        return part
    if part.keys() == {"Ref"} and is_left_out(part["Ref"]):
        return placeholder(part["Ref"])
    if part.keys() == {"Fn::GetAtt"} and is_left_out(_attribute_of(part["Fn::GetAtt"])[0]):
        return placeholder(*_attribute_of(part["Fn::GetAtt"]))
    if part.keys() == {"Fn::Sub"}:
        return {"Fn::Sub": _substituted(part["Fn::Sub"], is_left_out)}
    return {name: with_placeholders(value, is_left_out) for name, value in part.items()}


def placeholder(logical_id: str, attribute: str = "") -> str:
    """What stands for a resource, or one of its attributes: an ARN where an ARN is wanted."""
    name = f"left-out-{logical_id}"
    return f"arn:aws:local:{REGION}:{ACCOUNT}:{name}" if attribute.endswith("Arn") else name


def _attribute_of(value: str | list[Any]) -> tuple[str, str]:
    logical_id, attribute = value.split(".", 1) if isinstance(value, str) else value
    return str(logical_id), str(attribute)


def _substituted(value: str | list[Any], is_left_out: Callable[[str], bool]) -> Any:
    def text_with_placeholders(text: str) -> str:
        return _IN_SUB.sub(
            lambda found: (
                placeholder(found[1], found[2] or "") if is_left_out(found[1]) else found[0]
            ),
            text,
        )

    if isinstance(value, str):
        return text_with_placeholders(value)
    return [text_with_placeholders(value[0]), with_placeholders(value[1], is_left_out)]
