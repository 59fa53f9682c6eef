"""The results of a run: which findings are open, which are accepted or known, which fail it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from checkout_stack.policy.baseline import fingerprints
from checkout_stack.policy.check import CheckedTemplate, RuleDefect
from checkout_stack.policy.rules.rule import Finding, Outcome, Severity


class FailOn(Enum):
    """From which findings on a run fails; each level includes those before it."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"
    CANNOT_TELL = "cannot-tell"


_ORDER = tuple(FailOn)
_LEVEL = {
    Severity.ERROR: FailOn.ERROR,
    Severity.WARNING: FailOn.WARNING,
    Severity.ADVICE: FailOn.ADVICE,
}


@dataclass(frozen=True)
class Result:
    """A finding that is not simply compliance, and its fingerprint."""

    finding: Finding
    fingerprint: str
    #: Whether the baseline has it.
    known: bool

    @property
    def is_open(self) -> bool:
        """Neither acknowledged nor in the baseline."""
        return self.finding.acknowledged is None and not self.known

    @property
    def level(self) -> FailOn:
        """The first level at which it fails a run."""
        if self.finding.outcome is Outcome.CANNOT_TELL:
            return FailOn.CANNOT_TELL
        return _LEVEL[self.finding.rule.severity]


@dataclass(frozen=True)
class Results:
    """What a run found, for reports and for the exit code."""

    checked: tuple[CheckedTemplate, ...]
    fail_on: FailOn = FailOn.WARNING
    #: Fingerprints of the baseline.
    baseline: frozenset[str] = frozenset()

    @cached_property
    def all(self) -> tuple[Result, ...]:
        """Every violation and every "cannot tell", by template, line and rule."""
        found = [
            finding
            for each in self.checked
            for finding in sorted(each.findings, key=lambda each: (each.location, each.rule_id))
            if finding.outcome in (Outcome.VIOLATED, Outcome.CANNOT_TELL)
        ]
        return tuple(
            Result(finding, fingerprint, fingerprint in self.baseline)
            for finding, fingerprint in zip(found, fingerprints(found), strict=True)
        )

    @cached_property
    def open(self) -> tuple[Result, ...]:
        """Those that nobody accepted and no baseline knows."""
        return tuple(each for each in self.all if each.is_open)

    @property
    def defects(self) -> tuple[RuleDefect, ...]:
        """Rules that failed on a template."""
        return tuple(defect for each in self.checked for defect in each.defects)

    @property
    def failed(self) -> bool:
        """Whether the run fails: an open finding at the level or above, or a rule's defect.

        A rule with a defect did not vouch for anything, so the run is not clean.
        """
        return bool(self.defects) or any(map(self.fails, self.all))

    def fails(self, result: Result) -> bool:
        """Whether a finding fails the run: it is open, and at the level or above."""
        reach = _ORDER[: _ORDER.index(self.fail_on) + 1]
        return result.is_open and result.level in reach

    @property
    def unacknowledged(self) -> Iterable[Finding]:
        """What a baseline is written of."""
        return [each.finding for each in self.all if each.finding.acknowledged is None]
