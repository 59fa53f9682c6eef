"""``checkout orders find``: by who placed an order and its key, where nobody has its id."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain import identity
from checkout_stack.operations.order_ids import order_id_for
from tests.checkout_stack.operations.conftest import Run
from tests.checkout_stack.operations.deployment import Deployment, stored_item

ADA = ("--principal", "https://issuer.example.com", "--principal", "ada")
CLAIMS = ("https://issuer.example.com", "ada")
names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)


@given(namespace=names, claims=st.lists(names, min_size=1, max_size=3), key=names)
def test_the_id_is_what_the_functions_make_of_it(
    namespace: str, claims: list[str], key: str
) -> None:
    principal = identity.principal_of(claims)
    assert order_id_for(namespace, claims, key) == identity.order_id_for(namespace, principal, key)


@pytest.fixture
def placed(deployment: Deployment) -> str:
    """An order of ada's under the key k1, in the namespace that the API's function knows."""
    order_id = order_id_for("shop", CLAIMS, "k1")
    deployment.items[order_id] = stored_item(pk={"S": order_id})
    deployment.functions["ApiPlaceOrderFunction0A1B2C3D"] = {
        "ORDER_TABLE_NAME": "orders",
        "CHECKOUT_NAMESPACE": "shop",
    }
    return order_id


def test_an_order_is_found(placed: str, run_on: Run) -> None:
    result = run_on("orders", "find", "--key", "k1", *ADA, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["order_id"] == placed
    assert placed in run_on("orders", "find", "--key", "k1", *ADA).output


@pytest.mark.parametrize("wrong", [("--key", "k2", *ADA), ("--key", "k1", *ADA[:2])])
def test_another_key_or_buyer_finds_nothing(
    wrong: tuple[str, ...], placed: str, run_on: Run
) -> None:
    result = run_on("orders", "find", *wrong)
    assert result.exit_code == 2
    assert "no such order" in result.output


def test_an_order_that_needs_an_operator_is_1(
    placed: str, deployment: Deployment, run_on: Run
) -> None:
    deployment.items[placed]["status"] = {"S": "NEEDS_REVIEW"}
    assert run_on("orders", "find", "--key", "k1", *ADA).exit_code == 1


def test_where_no_function_tells_the_namespace_it_is_asked_for(
    placed: str, deployment: Deployment, run_on: Run
) -> None:
    deployment.functions["ApiPlaceOrderFunction0A1B2C3D"]["ORDER_TABLE_NAME"] = "of another"
    result = run_on("orders", "find", "--key", "k1", *ADA)
    assert (result.exit_code, "give --namespace" in result.output) == (2, True)
    named = run_on("orders", "find", "--key", "k1", *ADA, "--namespace", "shop")
    assert named.exit_code == 0, named.output
