"""The page of public names is what the docstrings say."""

from __future__ import annotations

import re
from pathlib import Path

import checkout_stack
from tools.api_page import page

WRITTEN = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_page_is_up_to_date() -> None:
    assert WRITTEN.read_text() == page(), "run: python -m tools.api_page > docs/api.md"


def test_every_public_name_has_its_section() -> None:
    assert re.findall(r"^## (\w+)$", page(), re.MULTILINE) == checkout_stack.__all__


def test_no_markup_of_docstrings_is_left_over() -> None:
    assert re.findall(r":\w+:`|``[^`]|:param|:raises", page().replace("```", "")) == []


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    cells = 0
    for line in page().splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        found = len(re.findall(r"(?<!\\)\|", line))
        assert cells in (0, found), line
        cells = found
