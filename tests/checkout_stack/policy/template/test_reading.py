"""Reading a template: what is accepted, and where what is not accepted is at fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checkout_stack.policy.template.document import MOST_BYTES
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.reading import MOST_RESOURCES, file_content, read_template


def problem_of(content: bytes, file: str = "shop.yaml") -> str:
    with pytest.raises(UnusableInputError) as raised:
        read_template(file, content)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_json_and_yaml_say_the_same() -> None:
    text = "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n"
    as_json = json.dumps({"Resources": {"Orders": {"Type": "AWS::SQS::Queue"}}})
    for content in (text.encode(), as_json.encode(), b"\xef\xbb\xbf" + text.encode()):
        assert [*read_template("shop", content).resources] == ["Orders"]


def test_what_cannot_be_read_quotes_no_secret_of_the_template() -> None:
    twice = b"whsec_hunter2: 1\nwhsec_hunter2: 2\n"
    assert problem_of(twice).endswith("the key '***' stands twice in one mapping")


def test_yaml_may_begin_with_a_brace() -> None:
    content = b"{Resources: {Orders: {Type: AWS::SQS::Queue}}}"
    assert [*read_template("shop.template", content).resources] == ["Orders"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "shop.yaml:1:1: it is empty"),
        (b" \n", "shop.yaml:1:1: it is empty"),
        (b"a: 1\nb: \xff", "shop.yaml:2:4: not UTF-8"),
        (b"[]", "shop.yaml:1:1: not a template"),
        (b"hello", "shop.yaml:1:1: not a template"),
        (b"a: 1", "shop.yaml:1:1: not a template: it has no Resources"),
        (b"a: 1\nResources: []", "shop.yaml:2:1: Resources is not a mapping"),
        (b"Resources: {}\nParameters: 3", "shop.yaml:2:1: Parameters is not a mapping"),
        (b"Resources:\n  A: 3", "shop.yaml:2:3: the resource A is not a mapping"),
        (b"Resources:\n  A: {}", "shop.yaml:2:3: the resource A has no Type"),
        (b"Resources:\n  A:\n    Type: [x]", "shop.yaml:3:5: the resource A has no Type"),
        (
            b"Resources:\n  A:\n    Type: x\n    Properties: []",
            "shop.yaml:4:5: Properties of A is not a mapping",
        ),
        (
            b"Resources:\n  A:\n    Type: x\n    Condition: [c]",
            "shop.yaml:4:5: Condition of A is not text",
        ),
        (b"x" * (MOST_BYTES + 1), f"shop.yaml:1:1: more than {MOST_BYTES} bytes"),
    ],
)
def test_what_is_no_template_is_refused_in_one_line_with_its_place(
    content: bytes, problem: str
) -> None:
    assert problem_of(content).startswith(problem)


def queues(count: int) -> bytes:
    written = (f"  Payment{n}: {{Type: AWS::SQS::Queue}}\n" for n in range(count))
    return ("Resources:\n" + "".join(written)).encode()


def test_a_template_may_have_as_many_resources_as_are_allowed_and_not_one_more() -> None:
    assert len(read_template("shop.yaml", queues(MOST_RESOURCES)).resources) == MOST_RESOURCES
    assert problem_of(queues(MOST_RESOURCES + 1)).startswith(
        f"shop.yaml:1:1: more than {MOST_RESOURCES} resources"
    )


def test_a_json_file_is_not_read_as_yaml() -> None:
    assert problem_of(b'{"Resources":\n {a: 1}}', "shop.json").startswith("shop.json:2:3: not JSON")


def test_control_characters_of_a_template_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in problem_of(b'{"Resources": {"\\u001b[2J": 1}}', "shop.json")


def test_a_file_is_read_only_as_far_as_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_bytes(b"x" * (MOST_BYTES + 5))
    assert len(file_content(file)) == MOST_BYTES + 1


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"absent\.yaml:1:1: No such file"):
        file_content(tmp_path / "absent.yaml")
