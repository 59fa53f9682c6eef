"""What a cloud assembly says about constructs beyond the template: paths and acknowledgements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LOGICAL_ID = "aws:cdk:logicalId"
_ACKNOWLEDGED = "aws:cdk:acknowledged-rules"


@dataclass(frozen=True)
class ConstructMetadata:
    """The metadata of the constructs of one stack; empty for a template without an assembly."""

    #: Construct paths by logical id, without a leading slash.
    paths: Mapping[str, str] = field(default_factory=dict)
    #: Reasons by acknowledged id, by the path of the construct on which they were acknowledged.
    acknowledged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


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
