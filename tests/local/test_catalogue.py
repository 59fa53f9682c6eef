"""Every scenario states what it promises and what has to be there in the end."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import checkout_stack.local
from checkout_stack.local.checkout_inspector import SETTLED
from checkout_stack.local.local_checkout import FAULTS as FAULTS_CHECKOUT
from checkout_stack.local.local_checkout import HOLDS, PLAIN
from checkout_stack.local.payment_service.payment_methods import behaviour_of
from checkout_stack.local.scenarios.catalogue import FAULTS, HELD, QUICK, SCENARIOS, UNCLEAR
from checkout_stack.local.scenarios.scenario import Scenario

LOCAL = Path(checkout_stack.local.__file__).parent
BUYERS = [*LOCAL.glob("scenarios/*.py"), *LOCAL.glob("chaos/*.py"), *LOCAL.glob("shop/*.py")]
"""The programs that pay at the local payment service."""


def _texts() -> Iterator[ast.Constant | ast.JoinedStr]:
    """Texts in the sources of these programs; of an f-string the whole, and not its parts."""
    for path in BUYERS:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for each in formatted for part in each.values}
        constants = [node for node in nodes if isinstance(node, ast.Constant)]
        yield from formatted
        yield from (each for each in constants if id(each) not in parts)


def _written() -> set[str]:
    values = {node.value for node in _texts() if isinstance(node, ast.Constant)}
    return {value for value in values if isinstance(value, str) and value.startswith("pm_")}


def _put_together() -> set[str]:
    """Payment methods that f-strings make, each as a pattern."""
    texts = (ast.unparse(node)[2:-1] for node in _texts() if isinstance(node, ast.JoinedStr))
    return {re.sub(r"\{.*?\}", ".+", text) for text in texts if text.startswith("pm_")}


def _of_rows() -> set[str]:
    acts = (each.act for each in SCENARIOS if isinstance(each.act, partial))
    return {str(act.keywords["payment_method"]) for act in acts if "payment_method" in act.keywords}


def test_the_local_payment_service_knows_every_payment_method_that_is_used() -> None:
    methods = _written() | _of_rows()
    assert {"pm_ok", "pm_refused_404", "pm_error_404_after_capture"} <= methods
    for method in methods:
        behaviour_of(method)


def test_a_payment_method_that_is_put_together_belongs_to_a_row() -> None:
    """Only so does the test above see it."""
    patterns = _put_together()
    assert patterns
    for pattern in patterns:
        assert any(re.fullmatch(pattern, method) for method in _of_rows()), pattern


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_promises_settled_orders(scenario: Scenario) -> None:
    assert scenario.promise.endswith(".")
    assert scenario.expected.states <= SETTLED
    assert bool(scenario.expected.states) == bool(scenario.expected.orders)
    assert scenario.expected.charges <= scenario.expected.orders


def test_no_two_scenarios_share_a_name() -> None:
    names = [scenario.name for scenario in SCENARIOS]

    assert len(names) == len(set(names))


def test_faults_and_held_money_have_checkouts_of_their_own() -> None:
    assert {scenario.on for scenario in QUICK} == {PLAIN}
    assert {scenario.on for scenario in FAULTS} == {FAULTS_CHECKOUT}
    assert {scenario.on for scenario in HELD} == {HOLDS}


def test_rows_that_wait_for_the_payment_service_lengthen_no_run() -> None:
    """They wait beside the others, on the checkout whose consumer no row pauses."""
    assert {scenario.on for scenario in UNCLEAR} == {PLAIN}
    assert all(scenario.afterwards is not None for scenario in UNCLEAR)
