"""Hostile templates end in one clear line, or in findings: never in a traceback, nor in gigabytes.

Every test runs all the rules, so that a rule's own defect on a wrong type is found here too.
"""

from __future__ import annotations

import json
import random
import tracemalloc
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkout_stack.policy.check import check
from checkout_stack.policy.report.json_report import as_json
from checkout_stack.policy.report.results import Results
from checkout_stack.policy.report.sarif_report import as_sarif
from checkout_stack.policy.report.text_report import as_text
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.template.document import MOST_BYTES
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.reading import read_template
from tests.hypothesis_profiles import examples
from tests.slices import sliced

MEMORY = 200 * 1024 * 1024
"""Bytes; a hundred times the largest file."""
CORPUS = Path(__file__).parent / "corpus"
TEMPLATES = [path for path in sorted(CORPUS.glob("*")) if not path.name.endswith(".expected.json")]
ODD_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "é" * 300,
    "\x1b[2J",
    [],
    {},
    [[None]],
    {"Ref": 5},
    {"Ref": "AWS::NoValue"},
    {"Ref": "PaymentQueue"},
    {"Fn::GetAtt": "a.b"},
    {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
    {"Fn::If": ["A", 1, {}]},
    {"Fn::Sub": "${"},
    {"Fn::Sub": ["${a}", {"a": {"Ref": "Absent"}}]},
    {"Fn::Join": [1, 2]},
    {"Fn::Split": ["", ""]},
    {"Fn::Select": [99, [1]]},
    {"Fn::FindInMap": ["a", "b", "c"]},
    "arn:aws:sqs:a:b:c",
    "{{resolve:ssm:/a}}",
]


def survive(content: bytes, file: str = "shop.yaml") -> str | None:
    """Check and report; the one line of unusable input, or ``None`` where there are findings."""
    try:
        results = Results(check([read_template(file, content)], ALL_RULES))
    except UnusableInputError as error:
        return one_line(str(error), file)
    assert not results.defects, results.defects
    for render in (as_text, as_json, as_sarif):
        render(results).encode()
    return None


def one_line(problem: str, file: str) -> str:
    assert "\n" not in problem
    assert problem.startswith(f"{file}:")
    return problem


@cache
def as_plain_json(path: Path) -> str:
    """A template of the corpus as JSON, read once."""
    return json.dumps(read_template(path.name, path.read_bytes()).document)


def paths_of(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    if isinstance(node, dict):
        for key, below in node.items():
            found += paths_of(below, (*path, key))
    elif isinstance(node, list):
        for index, below in enumerate(node):
            found += paths_of(below, (*path, index))
    return found


@given(st.binary(max_size=300))
@example(b"Resources: &a {b: *a}")
@example(b'{"Resources": {"a": {"Type": "\\ud800"}}}')
@settings(max_examples=examples(300), deadline=None)
def test_any_bytes(content: bytes) -> None:
    survive(content)


@given(
    st.recursive(
        st.sampled_from(ODD_VALUES) | st.text(max_size=20),
        lambda below: (
            st.lists(below, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["Ref", "Fn::If", "Fn::Sub", "Fn::Join", "Fn::Select", "a", "Type"]
                ),
                below,
                max_size=3,
            )
        ),
        max_leaves=30,
    )
)
@settings(max_examples=examples(300), deadline=None)
def test_any_value_in_place_of_a_property(value: Any) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": value, "Tags": value}}
    trigger = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"EventSourceArn": {"Ref": "PaymentQueue"}, "FunctionName": value},
    }
    document = {
        "Conditions": {"A": value},
        "Mappings": {"a": {"b": value}},
        "Parameters": {"P": value},
        "Resources": {"PaymentQueue": queue, "Trigger": trigger},
    }
    survive(json.dumps(document).encode(), "shop.json")


@given(st.sampled_from(TEMPLATES), st.randoms(use_true_random=False))
@settings(max_examples=examples(400), deadline=None)
def test_a_template_with_wrong_types_everywhere(path: Path, chance: random.Random) -> None:
    document = json.loads(as_plain_json(path))
    for _ in range(chance.randint(1, 6)):
        place = chance.choice(paths_of(document))
        if place:
            container = document
            for step in place[:-1]:
                container = container[step]
            container[place[-1]] = json.loads(json.dumps(chance.choice(ODD_VALUES)))
    survive(json.dumps(document).encode(), "shop.json")


@given(st.sampled_from(TEMPLATES), st.randoms(use_true_random=False))
@settings(max_examples=examples(400), deadline=None)
def test_a_template_with_damaged_bytes(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        if chance.random() < 0.5:
            content[at : at + chance.randint(0, 30)] = b""
        else:
            content[at:at] = chance.choice(
                [b"{", b"[", b"&a ", b"*a", b"!If ", b"<<: ", b"\n", b'"', b"\t", b"\xff", b"- "]
            )
    survive(bytes(content), path.name)


def _largest(beginning: str, repeated: str, ending: str = "") -> bytes:
    room = MOST_BYTES - len(beginning) - len(ending)
    return (beginning + repeated * (room // len(repeated)) + ending).encode()


@pytest.mark.parametrize(
    ("content", "problem"),
    sliced(
        6,
        [
            (_largest('{"Resources": ', "["), "levels deep"),
            (_largest("Resources: ", "["), "levels deep"),
            (_largest("Resources:\n", "- "), "levels deep"),
            (_largest("Resources: ", "{a: "), "levels deep"),
            (_largest('{"Resources": {}, "a": [', "0,", "0]}"), "values"),
            (_largest("Resources: {}\na:\n", "- 0\n"), "values"),
            (_largest('{"Resources": {}, "a": "', '\\"'), "not JSON"),
            (_largest('{"a": ', '"'), "not JSON"),
            (_largest("a: &", "x"), ""),
            (_largest("", "a: &a\n"), "stands twice"),
            (_largest("? ", "? "), ""),
            (_largest("", "!"), ""),
            (_largest("Resources: {}\na: ", "x"), None),
            (_largest("Resources: {}\n# ", "x"), None),
            (_largest("Resources: {}\na: |\n", "  x\n"), None),
            (b"x" * (MOST_BYTES * 2), "bytes"),
            (b"\x00" * MOST_BYTES, "not YAML"),
        ],
    ),
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else "",
)
def test_the_largest_file_takes_bounded_memory(content: bytes, problem: str | None) -> None:
    tracemalloc.start()
    said = survive(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (said is None) == (problem is None)
    assert said is None or problem is None or problem in said
    assert peak < MEMORY


def test_circles_of_references_end() -> None:
    text = """
Conditions: {A: !Condition B, B: !Not [!Condition A]}
Parameters: {P: {Type: String, Default: "${P}"}}
Resources:
  PaymentQueue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Ref PaymentQueue
      FifoQueue: !If [A, !If [B, true, false], !Ref P]
      RedrivePolicy: {deadLetterTargetArn: !GetAtt PaymentQueue.Arn, maxReceiveCount: 5}
  Charge:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Charge}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !Ref Mapping, FunctionName: !Ref Charge}
"""
    assert survive(text.encode()) is None
