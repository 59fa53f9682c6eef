"""Whatever the description generates: no server error, and no answer that it does not describe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout_runtime.domain.identity import order_id_for, principal_of
from checkout_runtime.domain.outcomes import Authorized, Captured
from simulator.deployment import NAMESPACE
from simulator.http_api import HttpApi, http_api
from tests.checkout_runtime.factories import HOUR, NOW, new_order, submitted
from tests.tools.api_over_http import TOKEN, routes, wsgi
from tests.tools.described_requests import CHECKS, LABELS, operation_of, requests_of, searching

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


SEEN: defaultdict[str, set[int]] = defaultdict(set)
"""Statuses of answers, by method and path."""
SETTLE: dict[str, Callable[[HttpApi, str], object]] = {
    "pending": lambda _api, _order_id: None,
    "declined": lambda api, order_id: api.outcomes.record_decline(
        api.claim(order_id), "no_funds", NOW
    ),
    "held": lambda api, order_id: api.outcomes.holds.record_authorized(
        api.claim(order_id), Authorized("hold_1", 4200, "EUR", NOW + HOUR), NOW + HOUR, NOW
    ),
    "act": lambda api, order_id: api.outcomes.record_action_required(
        api.claim(order_id), "https://bank.example.com", NOW + HOUR, NOW
    ),
    "paid": lambda api, order_id: api.outcomes.record_capture(
        api.claim(order_id), Captured("ch_1", 4200, "EUR"), NOW
    ),
}
"""What is done to an order of each kind that a request can meet."""


@pytest.fixture(scope="module", params=[False, True], ids=["priced", "signed-carts"])
def api(request: pytest.FixtureRequest) -> Iterator[HttpApi]:
    """An API; of the two kinds of bodies it takes one."""
    with http_api(routes(), carts=request.param) as made:
        yield made


def stored(api: HttpApi, kind: str, key: str | None = None) -> str:
    """Store an order of the buyer, and do to it what its kind says; returns its id."""
    principal = principal_of([TOKEN])
    order_id = order_id_for(NAMESPACE, principal, key or kind)
    order = new_order(order_id=order_id, principal=principal)
    if api.orders.accept(order) is None:
        SETTLE[kind](api, order_id)
    return order_id


def aimed(case: Any, api: HttpApi) -> Iterator[None]:
    """Let a generated request ask for what it asks for, then for an order of each kind."""
    yield
    for kind in SETTLE:
        order_id = stored(api, kind)
        if "order_id" in (case.path_parameters or {}):
            case.path_parameters["order_id"] = order_id
            yield
        elif case.operation.label == "GET /orders":
            case.query = {"key": kind}
            yield
    if case.operation.label == "POST /orders":
        case.body, case.headers = submitted(), {"Idempotency-Key": "generated"}
        yield
    if case.operation.label.endswith("/capture"):
        # One that nobody has cancelled before.
        case.path_parameters["order_id"], case.body = stored(api, "held", "captured"), {}
        yield


@pytest.mark.parametrize("label", LABELS)
@searching(30)
@given(data=st.data())
def test_every_answer_is_described(label: str, data: st.DataObject, api: HttpApi) -> None:
    case = data.draw(requests_of(label))
    for _ in aimed(case, api):
        response = case.call(app=wsgi(api), headers=HEADERS)
        case.validate_response(response, checks=CHECKS)
        SEEN[case.operation.label].add(response.status_code)


@pytest.mark.parametrize("label", [each for each in LABELS if "{order_id}" in each])
def test_an_order_id_that_looks_like_the_end_of_a_path_reaches_its_route(
    label: str, api: HttpApi
) -> None:
    odd = {"order_id": "aQ%EB%90%AD%C2%AD%C2%BB%3F%03"}  # the search found it once
    case = operation_of(label).Case(path_parameters=odd, media_type="application/json")
    response = case.call(app=wsgi(api), headers=HEADERS)
    case.validate_response(response, checks=CHECKS)
    assert response.json()["title"] == "There is no such order"


def test_the_search_came_further_than_to_refusals() -> None:
    assert {label for label, statuses in SEEN.items() if statuses & {200, 202}} == {
        f"{method} {path}" for method, path in routes()
    }
