"""JSON with the place of every node."""

from __future__ import annotations

import pytest

from checkout_stack.policy.template.document import DEEPEST, PropertyPath
from checkout_stack.policy.template.errors import NotReadableError
from checkout_stack.policy.template.json_text import read_json

TEXT = """{
  "a": {"b": [1,
    {"c": "é"}]},
  "d": []
}"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("a",), (2, 3)),
        (("a", "b"), (2, 9)),
        (("a", "b", 0), (2, 15)),
        (("a", "b", 1), (3, 5)),
        (("a", "b", 1, "c"), (3, 6)),
        (("d",), (4, 3)),
    ],
)
def test_a_node_is_where_its_key_or_item_begins(path: PropertyPath, place: tuple[int, int]) -> None:
    assert read_json(TEXT).positions.nearest(path) == place


def test_a_node_that_is_absent_is_at_its_nearest_ancestor() -> None:
    positions = read_json(TEXT).positions
    assert positions.nearest(("a", "b", 1, "x", "y")) == (3, 5)
    assert positions.nearest(("d", 7)) == (4, 3)


def test_a_key_that_stands_twice_is_refused_where_it_stands_again() -> None:
    with pytest.raises(NotReadableError, match="'c' stands twice") as refused:
        read_json('{"a": {"c": 1},\n "b": {"c": 1,\n  "c": 2}}')
    assert (refused.value.line, refused.value.column) == (3, 3)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1\n"b": 2}', 2),
        ('{"a":\n\n', 3),
        ('{"a": "\\u00zz"}', 1),
        ('{"a": NaN}', 1),
        ('{"a": 1e999}', 1),
        ('{"a": ' + "9" * 5000 + "}", 1),
        ('{\n"a": "\\ud800"}', 2),
        ('{}\n{"a": 1}', 2),
    ],
)
def test_what_is_not_json_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotReadableError) as refused:
        read_json(text)
    assert refused.value.line == line


def test_brackets_in_text_are_not_levels() -> None:
    text = '{"a": "' + "[" * 1000 + '\\"' + "{" * 1000 + '"}'
    assert read_json(text).value["a"].count("[") == 1000


def test_one_level_too_many_is_refused_and_one_less_is_not() -> None:
    def nested(levels: int) -> str:
        return "[" * levels + "]" * levels

    assert read_json(nested(DEEPEST)).value
    with pytest.raises(NotReadableError, match=f"more than {DEEPEST} levels") as refused:
        read_json("\n" + nested(DEEPEST + 1))
    assert (refused.value.line, refused.value.column) == (2, DEEPEST + 1)
