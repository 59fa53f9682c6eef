"""docs/reference/states.md is true: every cell of its tables is carried out on the real code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout_runtime.hold_events import HOLD_EVENTS
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb
from tests.checkout_runtime.state_events import EVENTS as ORDER_EVENTS
from tests.checkout_runtime.state_events import PREPARATIONS, World

STATES_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "states.md"
ROW = re.compile(r"^\| (?P<event>[^|]+) \| (?P<cells>.+) \|$", re.MULTILINE)
UNCHANGED = "·"
EVENTS = {**ORDER_EVENTS, **HOLD_EVENTS}


def _cells() -> Iterator[tuple[str, str, str]]:
    """Every (event, state, cell) of the page."""
    for table in STATES_PAGE.read_text().split("\n## ")[1:]:
        lines = [
            (match["event"].strip(), [each.strip() for each in match["cells"].split("|")])
            for match in ROW.finditer(table)
            if not match["event"].startswith("---")
        ]
        if not lines:
            continue  # pictures
        header, *rows = lines
        for event, cells in rows:
            assert len(cells) == len(header[1]), event
            yield from ((event, state, cell) for state, cell in zip(header[1], cells, strict=True))


CELLS = list(_cells())


def test_the_page_decides_every_event_in_every_state() -> None:
    assert {(event, state) for event, state, _ in CELLS} == {
        (event, state) for event in EVENTS for state in PREPARATIONS
    }
    assert len(CELLS) == len(EVENTS) * len(PREPARATIONS)


@pytest.mark.parametrize(
    ("event", "state", "cell"), CELLS, ids=[f"{state}-{event}" for event, state, _ in CELLS]
)
def test_an_order_goes_where_the_page_says(event: str, state: str, cell: str) -> None:
    world = World(empty_dynamodb(), ORDER_TABLE, key="key")
    PREPARATIONS[state](world)
    before = world.seen()
    EVENTS[event](world)
    after = world.seen()
    if cell == UNCHANGED:
        assert after == before
        return
    status, person = re.fullmatch(r"→ (\w+)(!?)", cell).groups()  # type: ignore[union-attr]
    assert after.status == status
    assert after.in_review == bool(person)
