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


@pytest.mark.parametrize("event", EVENTS)
def test_an_order_goes_where_the_page_says(event: str) -> None:
    """In every state; a test a cell would take half of its time for being one."""
    cells = {state: cell for of, state, cell in CELLS if of == event}
    assert {state: _carried_out(event, state) for state in cells} == cells


def _carried_out(event: str, state: str) -> str:
    """What happens to an order in a state, as a cell says it."""
    world = World(empty_dynamodb(), ORDER_TABLE, key="key")
    PREPARATIONS[state](world)
    before = world.seen()
    EVENTS[event](world)
    after = world.seen()
    if after == before:
        return UNCHANGED
    return f"→ {after.status}{'!' if after.in_review else ''}"
