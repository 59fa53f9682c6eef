"""What counts as noticed when a guard is removed: a verdict, and never a crash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator import guard_check
from simulator.guard_check import check_guards
from simulator.guards import Guard
from tests.slices import sliced

GUARD = Guard(
    13,
    "a guard",
    "lambda/checkout_runtime/domain/message.py",
    '{"attempt": self.attempt, "order_id": self.order_id}',
    '{"attempt": 1, "order_id": self.order_id}',
)
BY_TEST = "tests/checkout_runtime/domain/test_message.py"


def checked(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    """Which guards were not noticed, and what was said."""
    said: list[str] = []
    monkeypatch.setattr(guard_check, "GUARDS", (guard,))
    monkeypatch.setattr(guard_check, "HUNT", ("--hunt", "--workers=1", "--schedules=1"))
    return check_guards(1, said.append).unnoticed, "\n".join(said)


@pytest.mark.parametrize("test", sliced(2, ["", BY_TEST]), ids=["hunt", "test"])
def test_a_crash_at_import_is_an_error_that_is_printed(
    test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(GUARD, without="{1: }", test=test)
    unnoticed, said = checked(broken, monkeypatch)
    assert unnoticed == ["a guard"]
    assert "NOT NOTICED" in said
    assert "SyntaxError" in said


@pytest.mark.fuzzing
@pytest.mark.parametrize("test", ["", BY_TEST], ids=["hunt", "test"])
def test_a_guard_whose_absence_is_seen_is_noticed(
    test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unnoticed, said = checked(replace(GUARD, test=test), monkeypatch)
    assert (unnoticed, said) == ([], f"  noticed: a guard, by {test or 'simulation'}")
