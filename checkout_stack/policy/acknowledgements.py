"""Findings that somebody accepted, with the reason: in a template's metadata or at synth.

In a template, on a resource or, for all resources, in the template's own ``Metadata``::

    Metadata:
      CheckoutPolicy:
        acknowledge:
          - {id: fifo-queue, reason: "Orders are deduplicated by the consumer, see ADR 12."}

At synth, ``cdk.Validations.of(construct).acknowledge(...)`` with the id
``CheckoutPolicy::fifo-queue``; a cloud assembly keeps it, so that checking the assembly knows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.workload.recognition import METADATA

NAMESPACE = "CheckoutPolicy::"
_EXAMPLE = '{id: fifo-queue, reason: "why it is acceptable here"}'


class Acknowledgements:
    """The acknowledgements that hold in one template."""

    def __init__(self, template: Template) -> None:
        """Read them all.

        :raises UnusableInputError: with the line, if one has no id or no reason.
        """
        self._everywhere = _read(template, template.metadata, ("Metadata",))
        self._on_resource = {
            resource.logical_id: _read(
                template, resource.metadata, ("Resources", resource.logical_id, "Metadata")
            )
            for resource in template.resources.values()
        }
        self._on_construct = template.constructs.acknowledged

    def reason(self, rule_id: str, resource: Resource) -> str | None:
        """Why a finding of the rule on the resource was accepted; ``None`` if it was not."""
        for reasons in (self._on_resource.get(resource.logical_id, {}), self._everywhere):
            if rule_id in reasons:
                return reasons[rule_id]
        for path in _upwards(resource.construct_path):
            reason = self._on_construct.get(path, {}).get(NAMESPACE + rule_id)
            if reason is not None:
                return reason
        return None


def _read(template: Template, metadata: Mapping[str, Any], path: PropertyPath) -> dict[str, str]:
    section = metadata.get(METADATA)
    written = section.get("acknowledge", []) if isinstance(section, Mapping) else []
    path = (*path, METADATA, "acknowledge")
    if not isinstance(written, list):
        raise UnusableInputError(
            template.location(path), f"acknowledge is not a list of {_EXAMPLE}"
        )
    reasons: dict[str, str] = {}
    for index, each in enumerate(written):
        rule_id, reason = (
            (each.get("id"), each.get("reason")) if isinstance(each, Mapping) else (None, None)
        )
        if not isinstance(rule_id, str) or not isinstance(reason, str) or not reason.strip():
            problem = f"an acknowledgement needs an id and a reason: {_EXAMPLE}"
            raise UnusableInputError(template.location((*path, index)), problem)
        reasons[rule_id.removeprefix(NAMESPACE)] = reason
    return reasons


def _upwards(construct_path: str | None) -> Iterator[str]:
    """A path, the path of its parent, and so on, to the root: the closest one wins."""
    while construct_path:
        yield construct_path
        construct_path = construct_path.rpartition("/")[0]
