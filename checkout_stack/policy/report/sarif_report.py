"""The report for code scanning: SARIF 2.1.0, of GitHub, GitLab, Azure DevOps and editors."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from checkout_stack.policy.report.results import Result, Results
from checkout_stack.policy.rules.rule import Outcome, Rule, Severity
from checkout_stack.policy.template.document import Location
from checkout_stack.policy.template.reading import STANDARD_INPUT

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
DISTRIBUTION = "idempotent-checkout"
FINGERPRINT = "checkoutPolicy/v1"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}


def as_sarif(results: Results) -> str:
    """Render the findings; those that are acknowledged or known are there as suppressed."""
    rules = list(dict.fromkeys(each.finding.rule for each in results.all))
    run = {
        "tool": {
            "driver": {
                "name": "checkout policy",
                "version": tool_version(),
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, rules.index(each.finding.rule)) for each in results.all],
        "invocations": [
            {
                "executionSuccessful": not results.defects,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": f"rule {each.rule_id} failed: {each.error}"},
                    }
                    for each in results.defects
                ]
                + [
                    {
                        "level": "note",
                        "message": {"text": each.question},
                        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}}}],
                    }
                    for each in results.checked
                    if each.question and (uri := _uri(each.template.file))
                ],
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def tool_version() -> str:
    """The version of this distribution; ``0`` where it runs without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "helpUri": rule.source,
        "help": {
            "text": f"{rule.why}\n\nCDK:\n{rule.fix_cdk}\n\n"
            f"CloudFormation:\n{rule.fix_cloudformation}\n",
            "markdown": f"{rule.why}\n\nCDK:\n```python\n{rule.fix_cdk}\n```\n\n"
            f"CloudFormation:\n```yaml\n{rule.fix_cloudformation}\n```\n",
        },
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _result(result: Result, rule_index: int) -> dict[str, Any]:
    finding = result.finding
    decided = finding.outcome is Outcome.VIOLATED
    location: dict[str, Any] = {"physicalLocation": _physical(finding.location)}
    name = finding.construct_path or finding.logical_id
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return {
        "ruleId": finding.rule_id,
        "ruleIndex": rule_index,
        # SARIF asks for level "none" on what is not a failure; "open" is left to the user.
        "kind": "fail" if decided else "open",
        "level": _LEVEL[finding.rule.severity] if decided else "none",
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: result.fingerprint},
        "suppressions": _suppressions(result),
    }


def _suppressions(result: Result) -> list[dict[str, str]]:
    if result.finding.acknowledged is not None:
        return [{"kind": "inSource", "justification": result.finding.acknowledged}]
    return [{"kind": "external", "justification": "in the baseline"}] if result.known else []


def _physical(location: Location) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": _uri(location.file)},
        "region": {"startLine": location.line, "startColumn": location.column},
    }


def _uri(file: str) -> str:
    """Relative where the file was given so: code scanning resolves it against the repository."""
    if file == STANDARD_INPUT:
        return "stdin"
    path = PurePath(file)
    return Path(file).as_uri() if path.is_absolute() else quote(path.as_posix())
