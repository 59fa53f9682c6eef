"""A small shop's template that keeps every promise, to be changed one property at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checkout_stack.policy.check import check
from checkout_stack.policy.rules.rule import Finding, Outcome, Rule
from checkout_stack.policy.template.reading import read_document, read_template

Resources = dict[str, dict[str, Any]]

UNKNOWN = {"Fn::ImportValue": "Elsewhere"}
"""What another stack exports: no template says what it is."""
NO_CHECKOUT: Resources = {
    "Site": {"Type": "AWS::S3::Bucket"},
    "Thumbnails": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 1}},
}
_TEMPLATE = Path(__file__).parent.parent / "corpus" / "handwritten_clean.yaml"


def shop() -> Resources:
    """The resources of the shop, intrinsic functions in their long form."""
    document = read_document(_TEMPLATE.name, _TEMPLATE.read_bytes()).value
    return copy.deepcopy({logical_id: dict(body) for logical_id, body in _resources(document)})


def _resources(document: Mapping[str, Any]) -> Any:
    plain: Any = json.loads(json.dumps(document["Resources"]))
    return plain.items()


def with_property(logical_id: str, *path: str | int, value: Any) -> Resources:
    """The shop with one property set."""
    return changed(shop(), logical_id, *path, value=value)


def without_property(logical_id: str, *path: str | int) -> Resources:
    """The shop without one property."""
    resources = shop()
    node = resources[logical_id]["Properties"]
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]
    return resources


def without(*logical_ids: str) -> Resources:
    """The shop without some of its resources."""
    return {name: body for name, body in shop().items() if name not in logical_ids}


def changed(resources: Resources, logical_id: str, *path: str | int, value: Any) -> Resources:
    """Set one property of a resource, making the mappings on the way."""
    node: Any = resources[logical_id].setdefault("Properties", {})
    for step in path[:-1]:
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
    node[path[-1]] = value
    return resources


def judged(rule: Rule, resources: Resources, **sections: Any) -> tuple[Finding, ...]:
    """Everything that one rule says."""
    parameters = {"Stage": {"Type": "String", "Default": "live"}}
    document = {"Parameters": parameters, "Resources": resources, **sections}
    [result] = check([read_template("shop.json", json.dumps(document).encode())], [rule])
    assert result.defects == ()
    return tuple(finding for finding in result.findings if finding.rule is rule)


def outcomes(rule: Rule, resources: Resources, **sections: Any) -> dict[str, Outcome]:
    """What one rule says, by logical id; ``""`` where it says nothing about a resource."""
    return {each.logical_id: each.outcome for each in judged(rule, resources, **sections)}


def violation(rule: Rule, resources: Resources, **sections: Any) -> Finding:
    """The only violation of one rule."""
    broken = [
        each for each in judged(rule, resources, **sections) if each.outcome is Outcome.VIOLATED
    ]
    assert len(broken) == 1, broken
    return broken[0]


def says(finding: Finding, given: str, allowed: str, fix: str) -> bool:
    """Whether a message says what was given, what is allowed and how to fix it."""
    parts = finding.message.split("; allowed: ")
    allowed_and_fix = parts[1].split("; fix: ")
    return given in parts[0] and allowed in allowed_and_fix[0] and fix in allowed_and_fix[1]
