"""What of a template the local AWS cannot do, and the template without it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from checkout_stack.local.own_app.assembly import OUR_HANDLERS, Template
from checkout_stack.local.own_app.references import closure, placeholder, with_placeholders

NOTHING_LOST = frozenset({"AWS::CDK::Metadata"})
"""Left out without a word."""


def cannot_do(template: Template, supported: Collection[str]) -> dict[str, str]:
    """Resources that have to be left out, each with the reason.

    :param supported: Resource types that the local AWS knows.
    """
    reasons = {
        logical_id: _reason(resource, supported)
        for logical_id, resource in template.get("Resources", {}).items()
    }
    return {logical_id: reason for logical_id, reason in reasons.items() if reason is not None}


def without(template: Template, left_out: Collection[str], exported: Collection[str]) -> Template:
    """The template without some of its resources; what refers to them gets a placeholder.

    :param exported: Names that other stacks here export; other imports get a placeholder, too.
    """
    kept = dict(template)
    resources = template.get("Resources", {})
    kept["Resources"] = {
        logical_id: _without_dependencies(resource, left_out)
        for logical_id, resource in resources.items()
        if logical_id not in left_out
    }
    result: Template = with_placeholders(_imported_here(kept, exported), left_out.__contains__)
    return result


def needed_by_checkouts(template: Template) -> set[str]:
    """Resources without which a checkout, or its API, does not work."""
    resources = template.get("Resources", {})
    functions = {
        logical_id
        for logical_id, resource in resources.items()
        if str(resource.get("Properties", {}).get("Handler", "")).startswith(OUR_HANDLERS)
    }
    mappings = {
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
        and functions & closure({logical_id}, resources)
    }
    return closure(functions | mappings, resources)


def _reason(resource: Mapping[str, Any], supported: Collection[str]) -> str | None:
    kind, properties = resource["Type"], resource.get("Properties", {})
    if kind in NOTHING_LOST:
        return ""
    if kind.startswith("AWS::EC2::"):
        return "there is no network; functions run on this machine"
    if kind.startswith("AWS::WAF"):
        return "it would block nothing"
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        return "custom resources are not run"
    if kind == "AWS::CloudWatch::Alarm" and "Metrics" in properties:
        return "alarms over metric math are not taken"
    if kind == "AWS::Lambda::Function" and "ImageUri" in properties.get("Code", {}):
        return "container images are not run"
    if kind not in supported and not kind.startswith("AWS::CloudFormation::"):
        return "the local AWS does not know it"
    return None


def _without_dependencies(
    resource: Mapping[str, Any], left_out: Collection[str]
) -> Mapping[str, Any]:
    if "DependsOn" not in resource:
        return resource
    named = resource["DependsOn"]
    listed = [named] if isinstance(named, str) else named
    kept = [each for each in listed if each not in left_out]
    rest = {name: value for name, value in resource.items() if name != "DependsOn"}
    return {**rest, "DependsOn": kept} if kept else rest


def _imported_here(part: Any, exported: Collection[str]) -> Any:
    if isinstance(part, list):
        return [_imported_here(each, exported) for each in part]
    if not isinstance(part, dict):
        return part
    if part.keys() == {"Fn::ImportValue"}:
        name = part["Fn::ImportValue"]
        if isinstance(name, str) and name not in exported:
            return placeholder(name.replace(":", "-"), name)
    return {name: _imported_here(value, exported) for name, value in part.items()}
