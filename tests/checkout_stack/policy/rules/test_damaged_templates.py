"""No rule fails on a template with a wrong type anywhere: it judges, or it cannot tell."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkout_stack.policy.check import check
from checkout_stack.policy.rules import ALL_RULES
from checkout_stack.policy.template.errors import UnusableInputError
from checkout_stack.policy.template.reading import read_document
from tests.checkout_stack.policy.rules.test_corpus import templates
from tests.checkout_stack.policy.small_rules import made_template
from tests.hypothesis_profiles import examples
from tests.slices import sliced

JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "sqs:*",
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"Ref": []},
    {"Ref": "AWS::NoValue"},
    {"Fn::GetAtt": ["PaymentQueue", "Arn"]},
    {"Fn::ImportValue": {"Ref": "Nothing"}},
    {"Fn::If": ["Nothing", 1, {"a": []}]},
    [{"Fn::If": ["Nothing", {"Name": 1}, {"Ref": "AWS::NoValue"}]}],
)
DAMAGES_PER_TEMPLATE = examples(60)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document below the top."""
    if path:
        yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, (*path, key))


def damaged(document: str, chance: random.Random) -> Any:
    """The document, which is JSON, with junk in one to three places."""
    broken = json.loads(document)
    for _ in range(chance.randint(1, 3)):
        path = chance.choice(list(places(broken["Resources"])))
        node = broken["Resources"]
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = copy.deepcopy(chance.choice(JUNK))
    return broken


@pytest.mark.parametrize("file", sliced(6, templates()), ids=lambda file: file.name)
def test_rules_judge_a_damaged_template_without_failing(file: Path) -> None:
    document = json.dumps(read_document(file.name, file.read_bytes()).value)
    chance = random.Random(file.name)
    judged = 0
    for _ in range(DAMAGES_PER_TEMPLATE):
        broken = damaged(document, chance)
        try:
            [checked] = check([made_template(broken)], ALL_RULES, ["PaymentQueue"])
        except UnusableInputError:
            continue
        assert checked.defects == (), json.dumps(broken)
        judged += 1
    assert judged > 0
