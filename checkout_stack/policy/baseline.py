"""Old findings that are known and do not fail the check: ``--write-baseline``, ``--baseline``."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from checkout_stack.policy.rules.rule import Finding
from checkout_stack.policy.template.document import Location
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.reading import file_content, read_document

VERSION = 2
_CUT = 16
"""Bytes of a fingerprint: two of a million findings share one with a chance of 1e-27."""


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """What names each finding over time, in the order of the findings of one run.

    It is made of rule, outcome, logical id and property. Lines, values, files and stacks' names
    are not in it, so a finding stays known after an edit elsewhere, a worse value, or a new name of
    the stack. Findings that are alike, of several stacks, are told apart by their order: one more
    than the baseline knows is new.
    """
    seen: Counter[str] = Counter()
    named: list[str] = []
    for finding in findings:
        text = "\0".join(
            (
                finding.rule_id,
                finding.outcome.value,
                finding.logical_id,
                *map(str, finding.path),
            )
        )
        seen[text] += 1
        digest = hashlib.sha256(f"{text}\0{seen[text]}".encode()).hexdigest()
        named.append(digest[: 2 * _CUT])
    return named


def written_baseline(findings: Iterable[Finding]) -> str:
    """A baseline of these findings, as JSON that reads well in a review."""
    findings = list(findings)
    known = {
        fingerprint: f"{finding.rule_id} {finding.construct_path or finding.logical_id}"
        for finding, fingerprint in zip(findings, fingerprints(findings), strict=True)
    }
    return json.dumps({"version": VERSION, "known": known}, indent=2, sort_keys=True) + "\n"


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints of a baseline.

    :raises UnusableInputError: with the line, if the file is no baseline of this version.
    """
    document = read_document(str(path), file_content(path))
    value = document.value
    if not isinstance(value, Mapping) or value.get("version") != VERSION:
        raise UnusableInputError(
            Location(str(path), *document.positions.nearest(("version",))),
            f"not a baseline of version {VERSION}; write a new one with --write-baseline",
        )
    known = value.get("known")
    if not isinstance(known, Mapping):
        where = Location(str(path), *document.positions.nearest(("known",)))
        raise UnusableInputError(where, "known is not a mapping of fingerprints")
    return frozenset(known)
