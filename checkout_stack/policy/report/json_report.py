"""The report for programs."""

from __future__ import annotations

import json
from typing import Any

from checkout_stack.policy.report.results import Result, Results

VERSION = 1
"""Of the form of the report; a key is never given another meaning under the same version."""


def as_json(results: Results) -> str:
    """Render everything that was found as one JSON object, acknowledged and known findings too."""
    report = {
        "version": VERSION,
        "failed": results.failed,
        "failOn": results.fail_on.value,
        "templates": [
            {
                "file": each.template.file,
                "stack": each.template.stack_name,
                "queues": dict(each.recognised),
                "unrecognised": list(each.unrecognised),
            }
            for each in results.checked
        ],
        "findings": [_finding(each) for each in results.all],
        "internalErrors": [
            {"rule": each.rule_id, "file": each.file, "error": each.error}
            for each in results.defects
        ],
    }
    return json.dumps(report, indent=2) + "\n"


def _finding(result: Result) -> dict[str, Any]:
    finding = result.finding
    return {
        "rule": finding.rule_id,
        "severity": finding.rule.severity.value,
        "outcome": finding.outcome.value,
        "file": finding.location.file,
        "line": finding.location.line,
        "column": finding.location.column,
        "resource": finding.logical_id,
        "property": list(finding.path),
        "constructPath": finding.construct_path,
        "message": finding.message,
        "acknowledged": finding.acknowledged,
        "inBaseline": result.known,
        "fingerprint": result.fingerprint,
    }
