"""What the policy's tests measured, for the end of a run."""

from __future__ import annotations

import pytest

MEASUREMENT = "policy measurement"
"""The user property under which a test leaves a line for the summary; it survives xdist."""


def print_measurements(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the corpus and the mutations measured."""
    lines = {
        str(value): None
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
        for name, value in report.user_properties
        if name == MEASUREMENT
    }
    if lines:
        terminalreporter.section("policy checks")
        for line in lines:
            terminalreporter.write_line(line)
