"""Old findings that are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout_stack.policy.baseline import fingerprints, read_baseline, written_baseline
from checkout_stack.policy.check import check
from checkout_stack.policy.report.results import Results
from checkout_stack.policy.template.errors import UnusableInputError
from tests.checkout_stack.policy.small_rules import FIFO, RETENTION, template

SHOP = """\
Resources:
  Payments: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 60}}
"""


def run(text: str, baseline: frozenset[str] = frozenset(), file: str = "shop.yaml") -> Results:
    return Results(check([template(text, file)], [FIFO, RETENTION]), baseline=baseline)


def known(results: Results, folder: Path) -> frozenset[str]:
    file = folder / "baseline.json"
    file.write_text(written_baseline(results.unacknowledged))
    return read_baseline(file)


def test_what_a_baseline_knows_does_not_fail_a_run(tmp_path: Path) -> None:
    first = run(SHOP)
    assert first.failed
    again = run(SHOP, known(first, tmp_path))
    assert not again.failed
    assert [each.known for each in again.all] == [True, True]


def test_lines_folders_and_values_do_not_matter_to_a_baseline(tmp_path: Path) -> None:
    baseline = known(run(SHOP), tmp_path)
    edited = "# a comment\n" + SHOP.replace("60", "50")
    assert not run(edited, baseline, file="elsewhere/shop.yaml").failed


def test_a_renamed_stack_is_known(tmp_path: Path) -> None:
    text = (
        "Resources:\n  Payments:\n    Type: AWS::SQS::Queue\n"
        "    Properties: {MessageRetentionPeriod: 60}\n"
        "    Metadata: {'aws:cdk:path': %s/Payments/Resource}\n"
    )
    baseline = known(run(text % "Shop", file="Shop.template.json.yaml"), tmp_path)
    assert not run(text % "Store", baseline, file="Store.template.json.yaml").failed


def test_the_same_finding_in_one_more_stack_is_new(tmp_path: Path) -> None:
    one, other = template(SHOP, "one.yaml"), template(SHOP, "other.yaml")
    baseline = known(run(SHOP), tmp_path)
    both = Results(check([one, other], [FIFO, RETENTION]), baseline=baseline)
    assert [each.finding.location.file for each in both.open] == ["other.yaml"] * 2


def test_a_finding_on_another_resource_is_new(tmp_path: Path) -> None:
    baseline = known(run(SHOP), tmp_path)
    results = run(SHOP + "  Charges: {Type: AWS::SQS::Queue}\n", baseline)
    assert [each.finding.logical_id for each in results.open] == ["Charges"]


def test_a_second_finding_on_the_same_property_is_new() -> None:
    [finding, *_] = run(SHOP).unacknowledged
    one, other = fingerprints([finding, finding])
    assert one != other
    assert fingerprints([finding]) == [one]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", r"baseline\.json:1:1: not a baseline of version 2"),
        ('{\n "version": 7}', r"baseline\.json:2:2: not a baseline of version 2"),
        ('{"version": 2,\n "known": 3}', r"baseline\.json:2:2: known is not a mapping"),
        ("{", r"baseline\.json:1:2: not JSON"),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_line(
    text: str, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text)
    with pytest.raises(UnusableInputError, match=problem):
        read_baseline(file)
