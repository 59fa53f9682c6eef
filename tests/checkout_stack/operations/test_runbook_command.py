"""``checkout runbook`` prints what the pages say, and finds each that an alarm names."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checkout_stack.cli import main

PAGES = {
    page.stem: page for page in (Path(__file__).parents[3] / "docs/operate/runbooks").glob("*.md")
}


def runbook(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["runbook", *arguments])


def test_a_runbook_is_printed_as_it_is_written() -> None:
    result = runbook("dead-letters-not-empty")
    assert result.exit_code == 0
    assert result.stdout == PAGES["dead-letters-not-empty"].read_text()


@pytest.mark.parametrize("arguments", [["--list"], []])
def test_every_runbook_is_listed_with_its_title(arguments: list[str]) -> None:
    result = runbook(*arguments)
    assert result.exit_code == 0
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert lines == {
        name: page.read_text().splitlines()[0].removeprefix("# ")
        for name, page in sorted(PAGES.items())
    }


def test_a_wrong_name_is_answered_by_those_that_look_like_it() -> None:
    result = runbook("dead-letter")
    assert result.exit_code == 2
    assert "dead-letters-not-empty" in result.stderr
    assert "stream-lag" not in result.stderr
