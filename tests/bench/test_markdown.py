"""Tables in Markdown, and pages in which only what is generated changes."""

from __future__ import annotations

import pytest

from bench.markdown import table, with_blocks

PAGE = """\
# By hand

| a | b |
| --- | --- |
| 1 | 2 |

By hand, with figures: 7.

| a | b |
| --- | --- |
| 3 | 4 |
"""


def test_columns_behind_the_words_are_numbers() -> None:
    assert table(["a", "b"], [["x", "1"]], words=1).splitlines()[1] == "| --- | --: |"


def test_a_bar_in_a_cell_does_not_end_the_cell() -> None:
    assert table(["a"], [["x|y"]]).endswith(r"| x\|y |")


def test_only_what_is_generated_changes_and_each_in_its_place() -> None:
    first, second = table(["a", "b"], [["5", "6"]]), table(["a", "b"], [["8", "9"]])
    expected = PAGE.replace("| 1 | 2 |", "| 5 | 6 |").replace("| 3 | 4 |", "| 8 | 9 |")
    assert with_blocks(PAGE, [first, second]) == expected


def test_a_paragraph_is_found_by_its_words_before_the_first_figure() -> None:
    written = with_blocks(PAGE, ["By hand, with figures: 8."])
    assert written == PAGE.replace("figures: 7", "figures: 8")


def test_a_page_without_the_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no paragraph that begins with 'Nowhere: '"):
        with_blocks(PAGE, ["Nowhere: 1."])
