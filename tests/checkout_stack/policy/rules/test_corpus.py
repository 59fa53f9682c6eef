"""Missed findings and false alarms on templates of many kinds, checkouts and others.

Each template stands in ``corpus`` beside a file of what is expected of it: ``violated`` and
``cannot tell`` list rule and logical id; ``queues``, where given, is what ``--queue`` names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from checkout_stack.policy.check import CheckedTemplate, check
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.rules.rule import Outcome
from checkout_stack.policy.template.reading import read_template
from tests.checkout_stack.policy.measurement import MEASUREMENT

CORPUS = Path(__file__).parent.parent / "corpus"
EXPECTED = ".expected.json"
FEWEST_TEMPLATES = 120
FEWEST_WITHOUT_FINDINGS = 50
Found = frozenset[tuple[str, str]]
"""Outcome, and rule with logical id."""


@dataclass(frozen=True)
class Compared:
    """What is expected of one template, and what the rules say."""

    name: str
    expected: Found
    found: Found

    @property
    def missed(self) -> Found:
        """Expected, and not said."""
        return self.expected - self.found

    @property
    def false_alarms(self) -> Found:
        """Said, and not expected."""
        return self.found - self.expected


def templates() -> list[Path]:
    """Every template of the corpus."""
    files = (file for file in CORPUS.iterdir() if file.suffix in (".yaml", ".json"))
    return sorted(file for file in files if not file.name.endswith(EXPECTED))


def checked(file: Path, queues: list[str]) -> CheckedTemplate:
    """Run every rule over a template."""
    [result] = check([read_template(file.name, file.read_bytes())], ALL_RULES, queues)
    assert result.defects == ()
    return result


def compared(file: Path) -> Compared:
    """Hold a template against what is expected of it."""
    expected = json.loads(file.with_name(file.name + EXPECTED).read_text())
    result = checked(file, expected.get("queues", []))
    return Compared(file.name, frozenset(_listed(expected)), frozenset(_open(result)))


def _listed(expected: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for outcome in (Outcome.VIOLATED, Outcome.CANNOT_TELL):
        yield from ((outcome.value, each) for each in expected[outcome.value])


def _open(result: CheckedTemplate) -> Iterator[tuple[str, str]]:
    for finding in result.findings:
        if finding.outcome in (Outcome.VIOLATED, Outcome.CANNOT_TELL):
            yield finding.outcome.value, f"{finding.rule_id} {finding.logical_id}"


@pytest.mark.parametrize("file", templates(), ids=lambda file: file.name)
def test_a_template_of_the_corpus_has_the_findings_expected_of_it(file: Path) -> None:
    result = compared(file)
    assert (sorted(result.missed), sorted(result.false_alarms)) == ([], [])


def test_the_corpus_has_no_missed_finding_and_no_false_alarm(
    record_property: Callable[[str, object], None],
) -> None:
    results = [compared(file) for file in templates()]
    quiet = [result for result in results if not result.expected]
    expected, missed, false_alarms = (
        sum(len(getattr(result, name)) for result in results)
        for name in ("expected", "missed", "false_alarms")
    )
    columns = {
        "templates": len(results),
        "of them without findings": len(quiet),
        "expected findings": expected,
        "missed": missed,
        "false alarms": false_alarms,
    }
    record_property(MEASUREMENT, "corpus     " + "  ".join(columns))
    numbers = (str(value).rjust(len(name)) for name, value in columns.items())
    record_property(MEASUREMENT, "           " + "  ".join(numbers))
    assert len(results) >= FEWEST_TEMPLATES
    assert len(quiet) >= FEWEST_WITHOUT_FINDINGS
    assert (missed, false_alarms) == (0, 0)


def test_every_rule_is_violated_somewhere_in_the_corpus() -> None:
    violated = {
        found.split()[0]
        for file in templates()
        for outcome, found in compared(file).expected
        if outcome == Outcome.VIOLATED.value
    }
    assert violated == {rule.id for rule in ALL_RULES}


def test_an_acknowledged_finding_stays_a_finding_and_carries_its_reason() -> None:
    result = checked(CORPUS / "acknowledged.yaml", [])
    reasons = {each.rule_id: each.acknowledged for each in result.findings}
    assert reasons["fifo-queue"] == "The consumer claims each order by a conditional write."
