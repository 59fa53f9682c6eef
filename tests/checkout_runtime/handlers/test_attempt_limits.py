"""Card testing: attempts after declines have a limit, and orders; no good buyer meets them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest

from checkout_runtime.domain.identity import principal_of
from simulator.deployment import ORDER_TABLE
from simulator.http_api import NOW_MS, Answer, HttpApi, http_api
from tests.checkout_runtime.factories import submitted
from tests.tools.api_over_http import routes

WINDOW_MS = 600_000


def limited(**limits: str) -> AbstractContextManager[HttpApi]:
    """An API with these limits, in ten minutes."""
    return http_api(routes(), variables={"ATTEMPTS_WINDOW_SECONDS": "600", **limits})


def watch(api: HttpApi, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations of DynamoDB that are called from now on."""
    calls: list[str] = []
    call = api.dynamodb.call

    def watched(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        calls.append(operation)
        return call(operation, parameters)

    monkeypatch.setattr(api.dynamodb, "call", watched)
    return calls


@pytest.fixture
def api() -> Iterator[HttpApi]:
    """Two attempts a buyer, three in all, in ten minutes."""
    with limited(ATTEMPTS_PER_BUYER="2", ATTEMPTS_PER_CHECKOUT="3") as made:
        yield made


def principal(buyer: str) -> str:
    return principal_of([buyer])


def post(api: HttpApi, path: str, body: object, buyer: str, key: str = "") -> Answer:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    sent = json.dumps(body).encode()
    return api.request("POST", path, headers=headers, body=sent, claims={"sub": buyer})


def declined(api: HttpApi, buyer: str, key: str = "k1") -> str:
    """An order of the buyer whose first payment was declined."""
    placed = post(api, "/orders", submitted(), buyer, key)
    assert placed.status == 202
    order_id = str(placed.json()["order_id"])
    api.outcomes.record_decline(api.claim(order_id), "stolen_card", NOW_MS)
    return order_id


def again(api: HttpApi, buyer: str, order_id: str, replaces: int = 1) -> Answer:
    body = {"replaces": replaces, "payment_method": f"pm_{replaces + 1}"}
    return post(api, f"/orders/{order_id}/payment-attempts", body, buyer)


def test_a_buyer_meets_their_limit_over_all_their_orders_and_only_for_a_time(api: HttpApi) -> None:
    orders = [declined(api, "ada", f"k{number}") for number in range(3)]
    answers = [again(api, "ada", order_id) for order_id in orders]
    assert [answer.status for answer in answers] == [202, 202, 429]
    assert answers[2].headers["Retry-After"] == "600"
    assert answers[2].json()["type"].endswith(":too-many-attempts")
    stored = api.orders.get(orders[2])
    assert stored is not None
    assert (stored.status, stored.attempt) == ("DECLINED", 1)
    api.clock.time += WINDOW_MS
    assert again(api, "ada", orders[2]).status == 202


def test_another_buyer_is_not_held_up_until_all_together_meet_the_limit(
    api: HttpApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="checkout_runtime")
    for key in ("k1", "k2"):
        assert again(api, "ada", declined(api, "ada", key)).status == 202
    assert again(api, "ben", declined(api, "ben")).status == 202
    assert again(api, "eve", declined(api, "eve")).status == 429
    [record] = [vars(each) for each in caplog.records]
    assert (record["event"], record["is_of_checkout"]) == ("payment_attempts_limited", True)


def test_what_the_limit_of_all_buyers_refuses_uses_up_nobodys_own(api: HttpApi) -> None:
    order_id = declined(api, "eve")
    for buyer, key in (("ada", "k1"), ("ada", "k2"), ("ben", "k1")):
        assert again(api, buyer, declined(api, buyer, key)).status == 202
    assert [again(api, "eve", order_id).status for _ in range(3)] == [429] * 3
    counter = {"TableName": ORDER_TABLE, "Key": {"pk": {"S": f"attempts_{principal('eve')}"}}}
    assert "Item" not in api.dynamodb.call("GetItem", counter)


def test_with_limits_an_attempt_is_a_transaction_and_a_look(
    api: HttpApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (declined(api, "ada", key) for key in ("k1", "k2"))
    assert again(api, "ada", first).status == 202  # begins the counters
    calls = watch(api, monkeypatch)
    started = again(api, "ada", second)
    assert (started.status, started.json()["attempt"]) == (202, 2)
    assert calls == ["TransactWriteItems", "UpdateItem"]


def test_all_buyers_together_may_have_the_only_limit() -> None:
    with limited(ATTEMPTS_PER_CHECKOUT="1") as api:
        assert again(api, "ada", declined(api, "ada")).status == 202
        assert again(api, "ben", declined(api, "ben")).status == 429


def test_new_orders_and_reads_go_on_and_write_nothing_more(
    api: HttpApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("k1", "k2", "k3"):
        last = again(api, "ada", declined(api, "ada", key))
    assert last.status == 429
    calls = watch(api, monkeypatch)
    placed = post(api, "/orders", submitted(), "ada", "k9")
    url = f"/orders/{placed.json()['order_id']}"
    assert api.request("GET", url, claims={"sub": "ada"}).status == 200
    assert calls == ["PutItem", "GetItem"]


def test_without_limits_an_attempt_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_api(routes()) as api:
        order_id = declined(api, "ada")
        calls = watch(api, monkeypatch)
        assert again(api, "ada", order_id).status == 202
    assert calls == ["UpdateItem"]


def test_a_good_buyer_who_uses_every_attempt_of_two_orders_never_meets_the_default() -> None:
    with limited(ATTEMPTS_PER_BUYER="10", MAX_PAYMENT_ATTEMPTS="5") as api:
        for key in ("k1", "k2"):
            order_id = declined(api, "ada", key)
            for replaces in range(1, 5):
                assert again(api, "ada", order_id, replaces).status == 202
                api.outcomes.record_decline(api.claim(order_id), "no_funds", NOW_MS)
        assert again(api, "ada", order_id, 4).status == 200  # a second click


def test_a_buyer_places_no_more_first_payments_than_the_limit(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, logger="checkout_runtime")
    with limited(ORDERS_PER_BUYER="2") as api:
        placed = [post(api, "/orders", submitted(), "ada", f"k{number}") for number in range(3)]
        assert [answer.status for answer in placed] == [202, 202, 429]
        assert placed[2].headers["Retry-After"] == "600"
        assert placed[2].json()["type"].endswith(":too-many-attempts")
        assert [vars(each)["event"] for each in caplog.records] == ["orders_limited"]
        calls = watch(api, monkeypatch)
        again = post(api, "/orders", submitted(), "ada", "k1")
        assert (again.status, again.headers["Idempotent-Replayed"]) == (202, "true")
        assert post(api, "/orders", submitted(), "ben", "k2").status == 202
        api.clock.time += WINDOW_MS
        assert post(api, "/orders", submitted(), "ada", "k2").status == 202
        # The first order of a window begins its counter anew.
        assert calls == ["TransactWriteItems"] * 5
