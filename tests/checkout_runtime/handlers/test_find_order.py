"""``GET /orders?key=``: the buyer's own order by its key, in one read, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from simulator.http_api import Answer, HttpApi, http_api
from tests.checkout_runtime.factories import submitted

ROUTES = {("POST", "/orders"): "place_order", ("GET", "/orders"): "find_order"}
ADA, BEN = {"sub": "ada"}, {"sub": "ben"}


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with http_api(ROUTES) as made:
        yield made


def place(api: HttpApi, key: str) -> str:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    body = json.dumps(submitted()).encode()
    answer = api.request("POST", "/orders", headers=headers, body=body, claims=ADA)
    assert answer.status == 202
    return str(answer.json()["order_id"])


def find(api: HttpApi, query: str, claims: dict[str, str] = ADA) -> Answer:
    return api.request("GET", f"/orders?{query}", claims=claims)


@pytest.mark.parametrize("key", ["k1", "a/b?c=d&e", '"quoted"', "50%"])
def test_an_order_is_found_by_the_key_that_placed_it(key: str, api: HttpApi) -> None:
    order_id = place(api, key)
    answer = find(api, f"key={quote(key, safe='')}")
    assert (answer.status, answer.json()["order_id"]) == (200, order_id)
    assert answer.headers["Retry-After"] == "1"
    assert "Location" not in answer.headers


def test_another_principals_order_is_not_found(api: HttpApi) -> None:
    place(api, "k1")
    others, none = find(api, "key=k1", BEN), find(api, "key=k2")
    assert (others.status, others) == (404, none)


@pytest.mark.parametrize("query", ["", "key=", "k=k1", "key=two%20words", "key=k1&key=k2"])
def test_what_is_no_one_key_is_named(query: str, api: HttpApi) -> None:
    answer = find(api, query)
    assert (answer.status, [each["field"] for each in answer.json()["errors"]]) == (422, ["key"])


def test_it_is_one_consistent_read(api: HttpApi, monkeypatch: pytest.MonkeyPatch) -> None:
    place(api, "k1")
    calls = []
    call = api.dynamodb.call

    def count(operation: str, parameters: dict[str, object]) -> dict[str, object]:
        calls.append((operation, parameters.get("ConsistentRead")))
        return call(operation, parameters)

    monkeypatch.setattr(api.dynamodb, "call", count)
    find(api, "key=k1")
    assert calls == [("GetItem", True)]
