"""The picture of the state machine is what the transitions say."""

from __future__ import annotations

import re

import pytest

from checkout_runtime.domain.order import OrderStatus
from checkout_runtime.domain.transitions import CAPTURE
from tools.state_diagram import PAGE, diagram, page_with

EDGE = re.compile(r"^    (\S+) --> (\w+|\[\*\])(?:: (.+))?$", re.MULTILINE)


def test_the_page_has_the_picture_of_these_transitions() -> None:
    page = PAGE.read_text()
    assert page_with(diagram(), page) == page, "run: python -m tools.state_diagram"


def test_every_state_that_is_written_is_in_the_picture() -> None:
    edges = EDGE.findall(diagram())
    drawn = {state for before, after, _ in edges for state in (before, after)}
    assert drawn == {*(each.value for each in OrderStatus), "[*]"} - {OrderStatus.NEWER.value}


def test_every_way_to_paid_is_drawn() -> None:
    edges = EDGE.findall(diagram())
    ways = {before for before, after, label in edges if after == "PAID" and "capture" in label}
    assert ways == {each.value for each in CAPTURE.from_states}


def test_a_page_without_a_picture_is_said_to_have_none() -> None:
    with pytest.raises(ValueError, match="no state diagram"):
        page_with(diagram(), "# States")
