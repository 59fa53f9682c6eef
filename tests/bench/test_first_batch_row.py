"""The row of the first batch judges what it was given, and its programs run over real TLS."""

from __future__ import annotations

import pytest

from bench.row import Effort
from bench.rows.first_batch import BOTOCORE, OURS, FirstBatch, judged


@pytest.mark.parametrize(("ours_ms", "is_met"), [(100.0, True), (101.0, False)])
def test_the_goal_is_the_quotient_of_what_was_measured(ours_ms: float, is_met: bool) -> None:
    [goal] = judged({OURS: [(1.0, ours_ms)] * 2, BOTOCORE: [(1.0, 500.0)] * 2}).goals
    assert goal.value == 500.0 / ours_ms
    assert goal.met is is_met


@pytest.mark.local
@pytest.mark.thorough
def test_a_batch_is_taken_by_both_clients_over_tls() -> None:
    """A program that did not trust the certificate would fail the row."""
    result = FirstBatch().measure(Effort(runs=1, quick=True), lambda _: None)
    assert {figure.program for figure in result.figures} == {OURS, BOTOCORE}
