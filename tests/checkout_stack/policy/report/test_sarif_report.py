"""SARIF: well formed after the standard, and pointing at lines.

``sarif_parts.json`` is this project's own transcription of the parts of the standard that the
report uses; it allows nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.report.results import Results
from checkout_stack.policy.report.sarif_report import as_sarif
from tests.checkout_stack.policy.small_rules import (
    ADVICE,
    DEFECTIVE,
    FIFO,
    RETENTION,
    template,
)

PARTS = json.loads((Path(__file__).parent / "sarif_parts.json").read_text())
SHOP = """\
Resources:
  Payments:
    Type: AWS::SQS::Queue
    Properties: {FifoQueue: false, MessageRetentionPeriod: 60}
  Charges: {Type: AWS::SQS::Queue, Properties: {FifoQueue: !ImportValue x}}
  Orders:
    Type: AWS::SQS::Queue
    Metadata: {CheckoutPolicy: {acknowledge: [{id: fifo, reason: known}]}}
"""


def run(text: str = SHOP, file: str = "shop.yaml", baseline: bool = False) -> dict[str, Any]:
    checked = check([template(text, file)], [FIFO, RETENTION, ADVICE])
    results = Results(checked)
    if baseline:
        results = Results(checked, baseline=frozenset(each.fingerprint for each in results.all))
    return only_run(as_sarif(results))


def only_run(report: str) -> dict[str, Any]:
    log = json.loads(report)
    jsonschema.validate(log, PARTS, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    [found] = log["runs"]
    assert isinstance(found, dict)
    return found


def test_a_result_points_at_the_line_of_the_property() -> None:
    first, *_ = run()["results"]
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "shop.yaml"},
                "region": {"startLine": 4, "startColumn": 18},
            },
            "logicalLocations": [{"fullyQualifiedName": "Payments", "kind": "resource"}],
        }
    ]


def test_a_result_names_its_rule_by_index_too() -> None:
    found = run()
    rules = found["tool"]["driver"]["rules"]
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_severities_are_levels_and_what_cannot_be_told_is_open() -> None:
    found = {(each["ruleId"], each["kind"], each["level"]) for each in run()["results"]}
    assert found == {
        ("fifo", "fail", "error"),
        ("retention", "fail", "warning"),
        ("advised", "fail", "note"),
        ("fifo", "open", "none"),
    }


def test_what_is_acknowledged_or_known_is_there_as_suppressed() -> None:
    assert [each["suppressions"] for each in run()["results"]][-1] == [
        {"kind": "inSource", "justification": "known"}
    ]
    assert all(each["suppressions"] for each in run(baseline=True)["results"])


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("my templates/shop #1.yaml", "my%20templates/shop%20%231.yaml"),
        ("/srv/é.yaml", "file:///srv/%C3%A9.yaml"),
        ("<stdin>", "stdin"),
    ],
)
def test_a_file_is_a_uri(file: str, uri: str) -> None:
    location = run(file=file)["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri


def test_a_report_without_findings_is_well_formed() -> None:
    assert run("Resources: {}")["results"] == []


def test_a_rule_that_failed_is_a_failed_execution() -> None:
    [invocation] = only_run(as_sarif(Results(check([template(SHOP)], [DEFECTIVE]))))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == 1
