"""YAML with short intrinsic functions and the place of every node."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_stack.policy.template.document import DEEPEST, MOST_NODES, PropertyPath
from checkout_stack.policy.template.errors import NotReadableError
from checkout_stack.policy.template.yaml_text import read_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Orders", {"Ref": "Orders"}),
        ("!Condition Live", {"Condition": "Live"}),
        ("!GetAtt Orders.Arn", {"Fn::GetAtt": ["Orders", "Arn"]}),
        ("!GetAtt Nested.Outputs.Arn", {"Fn::GetAtt": ["Nested", "Outputs.Arn"]}),
        ("!GetAtt [Orders, Arn]", {"Fn::GetAtt": ["Orders", "Arn"]}),
        ('!Sub "${Orders}-x"', {"Fn::Sub": "${Orders}-x"}),
        ("!Join ['-', [a, !Ref b]]", {"Fn::Join": ["-", ["a", {"Ref": "b"}]]}),
        ("!If [Live, 1, !Ref 'AWS::NoValue']", {"Fn::If": ["Live", 1, {"Ref": "AWS::NoValue"}]}),
        ("!Unheard {a: 1}", {"Fn::Unheard": {"a": 1}}),
    ],
)
def test_a_short_intrinsic_function_is_read_as_its_long_form(written: str, value: Any) -> None:
    assert read_yaml(f"a: {written}").value == {"a": value}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("300", 300),
        ("-1", -1),
        ("1.5", 1.5),
        ("true", True),
        ("No", False),
        ("~", None),
        ("", None),
        ("'300'", "300"),
        ("!!str 300", "300"),
        ("2010-09-09", "2010-09-09"),
        ("000123456789", "000123456789"),
        ("0x1F", "0x1F"),
        ("1:30", "1:30"),
        (".inf", ".inf"),
        ("|-\n  two\n  lines", "two\nlines"),
    ],
)
def test_a_scalar_is_what_cloudformation_takes_it_for(written: str, value: Any) -> None:
    read = read_yaml(f"a: {written}").value["a"]
    assert (type(read), read) == (type(value), value)


TEXT = """\
a:
  b:
    - 1
    - c: !Sub
        - "${x}"
        - x: 2
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("a",), (1, 1)),
        (("a", "b"), (2, 3)),
        (("a", "b", 1), (4, 7)),
        (("a", "b", 1, "c"), (4, 7)),
        (("a", "b", 1, "c", "Fn::Sub", 1, "x"), (6, 11)),
        (("a", "b", 1, "z"), (4, 7)),
        (("a", "b", 9), (2, 3)),
    ],
)
def test_a_node_is_where_its_key_or_item_begins(path: PropertyPath, place: tuple[int, int]) -> None:
    assert read_yaml(TEXT).positions.nearest(path) == place


def test_an_alias_is_the_part_that_it_names() -> None:
    value = read_yaml("a: &x {b: [1]}\nc: *x\nd: {<<: *x, e: 2}\nf: {<<: [*x], b: 3}").value
    assert value["c"] == {"b": [1]}
    assert value["d"] == {"b": [1], "e": 2}
    assert value["f"] == {"b": 3}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: *x", 2, "names no anchor"),
        ("a: &x\n  b: *x", 2, "names no anchor"),
        ("a: 1\na: 2", 2, "'a' stands twice"),
        ("a: 1\n? [b]\n: 2", 2, "a key that is not text"),
        ("a: 1\n---\nb: 2", 2, "a second document"),
        ("a: [1,\n", 2, "not YAML"),
        ("a: b\n\tc: d", 2, "not YAML"),
        ("a: 1\nb: \x01", 2, "not YAML"),
        ("a: 1\nb: {<<: 3}", 2, "not a mapping"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(NotReadableError, match=problem) as refused:
        read_yaml(text)
    assert refused.value.line == line


def test_aliases_count_as_often_as_they_are_used() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(NotReadableError, match=f"more than {MOST_NODES} values") as refused:
        read_yaml("\n".join(lines))
    assert refused.value.line == 5


def test_levels_count_through_aliases() -> None:
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, DEEPEST + 1)]
    with pytest.raises(NotReadableError, match=f"more than {DEEPEST} levels"):
        read_yaml("\n".join(lines))


def test_one_level_too_many_is_refused() -> None:
    with pytest.raises(NotReadableError, match=f"more than {DEEPEST} levels"):
        read_yaml("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))
