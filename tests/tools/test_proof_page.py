"""The figures of the proof that the code knows are the code's."""

from __future__ import annotations

import pytest

from bench.markdown import with_blocks
from simulator.guards import GUARDS
from tools import proof_page


def test_the_page_has_the_counts_of_this_code() -> None:
    page = proof_page.PAGE.read_text()
    assert with_blocks(page, [proof_page.counted()]) == page, "run: python -m tools.proof_page"


def test_a_guard_more_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    more = (*GUARDS, GUARDS[0])
    monkeypatch.setattr("tools.proof_page.GUARDS", more)
    assert f"| {len(more)}, for" in proof_page.counted()
