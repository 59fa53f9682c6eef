"""Guests: who holds the cart that the shop signed sees and pays its order, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Captured
from checkout_runtime.domain.signed_cart import sign_cart
from checkout_runtime.intake import OrderIntake, Replayed, guest_buyer
from simulator.deployment import CART_SECRET, NAMESPACE
from simulator.http_api import NOW_MS, Answer, HttpApi, http_api
from tests.checkout_runtime.factories import submitted
from tests.tools.api_over_http import routes

ORDER = submitted(payment_method=...)
SECOND_MS = 1000
OWN_APPLICATION = Path(__file__).parents[3] / "docs" / "guide" / "own-application.md"
SETTLED: tuple[Callable[[HttpApi, Order], object], ...] = (
    lambda api, order: api.outcomes.record_decline(order, "no_funds", NOW_MS),
    lambda api, order: api.outcomes.record_action_required(order, "https://bank/", NOW_MS, NOW_MS),
    lambda api, order: api.outcomes.record_capture(
        order, Captured("ch_1", order.amount, order.currency), NOW_MS
    ),
    lambda api, order: (
        api.outcomes.record_decline(order, "no_funds", NOW_MS),
        post(api, f"/orders/{order.order_id}/cancel", {}, token("c-3", {})),
    ),
)
"""What makes an order show all that it ever shows; the last one is of cart c-3."""


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with http_api(routes(), guests=True) as made:
        yield made


def token(cart_id: str, order: dict[str, Any] = ORDER, **changes: Any) -> str:
    """A cart's token; without an order it is a short one, for the header."""
    choices: dict[str, Any] = {"secret": CART_SECRET.encode(), "audience": NAMESPACE, **changes}
    return sign_cart(cart_id, order, expires_at=NOW_MS // 1000 + 60, **choices)


def post(api: HttpApi, path: str, body: object, cart: str | None = None) -> Answer:
    headers = {"Content-Type": "application/json"}
    if cart is not None:
        headers["Cart-Token"] = cart
    return api.request("POST", path, headers=headers, body=json.dumps(body).encode())


def place(api: HttpApi, cart: str, method: str = "pm_card_4242") -> Answer:
    return post(api, "/orders", {"cart": cart, "payment_method": method})


def get(api: HttpApi, url: str, cart: str | None) -> Answer:
    return api.request("GET", url, headers={} if cart is None else {"Cart-Token": cart})


@pytest.fixture
def order_id(api: HttpApi) -> str:
    """The order of cart c-1, whose first payment was declined."""
    placed = place(api, token("c-1"))
    assert placed.status == 202
    made = str(placed.json()["order_id"])
    api.outcomes.record_decline(api.claim(made), "no_funds", NOW_MS)
    return made


def every_request(api: HttpApi, order_id: str, cart: str | None) -> list[Answer]:
    """All that can be asked about an order that is there; what changes it comes last."""
    attempt = {"replaces": 1, "payment_method": "pm_2"}
    return [
        get(api, f"/orders/{order_id}", cart),
        get(api, "/orders?key=c-1", cart),
        post(api, f"/orders/{order_id}/resume", {"attempt": 1}, cart),
        post(api, f"/orders/{order_id}/payment-attempts", attempt, cart),
        post(api, f"/orders/{order_id}/cancel", {}, cart),
    ]


def test_after_a_reload_and_on_another_device_it_is_the_same_order(
    api: HttpApi, order_id: str
) -> None:
    again = place(api, token("c-1"))
    assert again.json()["order_id"] == order_id
    assert again.headers["Idempotent-Replayed"] == "true"


def test_two_carts_are_two_buyers_also_under_one_key(api: HttpApi) -> None:
    placed = []
    for cart_id in ("c-1", "c-2"):
        body = {"cart": token(cart_id), "payment_method": "pm_1"}
        headers = {"Content-Type": "application/json", "Idempotency-Key": "k1"}
        sent = json.dumps(body).encode()
        placed.append(api.request("POST", "/orders", headers=headers, body=sent).json()["order_id"])
    assert len(set(placed)) == 2
    assert get(api, f"/orders/{placed[0]}", token("c-2")).status == 404


@pytest.mark.parametrize("order", [ORDER, {}], ids=["the cart's token", "a short token"])
def test_who_holds_the_cart_reads_and_pays_its_order(
    order: dict[str, Any], api: HttpApi, order_id: str
) -> None:
    answers = every_request(api, order_id, token("c-1", order))
    assert [answer.status for answer in answers] == [200, 200, 200, 202, 200]
    assert {answer.json()["order_id"] for answer in answers} == {order_id}


def test_the_order_is_seen_after_the_carts_time_has_run_out(api: HttpApi, order_id: str) -> None:
    cart = token("c-1")
    api.clock.time += 61 * SECOND_MS
    assert get(api, f"/orders/{order_id}", cart).status == 200


def test_another_carts_holder_sees_and_changes_nothing(api: HttpApi, order_id: str) -> None:
    before = api.orders.get(order_id)
    answers = every_request(api, order_id, token("c-2"))
    assert [answer.status for answer in answers] == [404] * 5
    assert api.orders.get(order_id) == before


@pytest.mark.parametrize(
    "cart",
    [
        None,
        "",
        "c-1",
        token("c-1", secret=b"another-secret-of-at-least-32-bytes!"),
        token("c-1", audience="another-checkout"),
    ],
    ids=["none", "empty", "a bare id", "signed by a stranger", "of another checkout"],
)
def test_an_order_id_alone_or_a_made_up_cart_is_not_enough(
    cart: str | None, api: HttpApi, order_id: str
) -> None:
    before = api.orders.get(order_id)
    answers = every_request(api, order_id, cart)
    assert [answer.status for answer in answers] == [403] * 5
    for answer in answers:
        assert answer.json()["type"].endswith(":unidentified-principal")
        assert order_id not in answer.body
    assert api.orders.get(order_id) == before


def test_a_stolen_link_shows_no_customer_and_no_token_and_cannot_change_the_cart(
    api: HttpApi, order_id: str
) -> None:
    stolen = token("c-1")
    shown = get(api, f"/orders/{order_id}", stolen)
    assert ORDER["customer"] not in shown.body
    assert "pm_card_4242" not in shown.body
    assert shown.json()["payment_method"] == "…4242"
    cheaper = {"cart": stolen, "payment_method": "pm_1", "amount": 1}
    assert post(api, "/orders", cheaper).status == 422
    again = place(api, stolen, "pm_of_the_thief")
    assert (again.json()["order_id"], again.json()["payment_method_ignored"]) == (order_id, True)


def test_a_stolen_link_shows_what_the_guide_says_and_nothing_else(api: HttpApi) -> None:
    row = re.search(r"^\| see the order: (.*?) \|", OWN_APPLICATION.read_text(), re.MULTILINE)
    assert row is not None
    said = {*re.findall(r"`(\w+)`", row[1])}
    in_words = {"order_id", "status", "next", "lines", "amount", "payment_method"}
    in_words |= {"attempt", "attempts_left"}
    shown: set[str] = set()
    for number, settle in enumerate(SETTLED):
        order_id = str(place(api, token(f"c-{number}")).json()["order_id"])
        settle(api, api.claim(order_id))
        shown |= get(api, f"/orders/{order_id}", token(f"c-{number}", {})).json().keys()
    assert shown == said | in_words


def test_a_stolen_link_cancels_an_order_that_is_not_paid_and_no_other(
    api: HttpApi, order_id: str
) -> None:
    cancelled = post(api, f"/orders/{order_id}/cancel", {}, token("c-1", {}))
    assert (cancelled.status, cancelled.json()["status"]) == (200, "CANCELLED")
    assert place(api, token("c-1")).json()["status"] == "CANCELLED"  # the cart stays that order
    paid = str(place(api, token("c-2")).json()["order_id"])
    order = api.claim(paid)
    api.outcomes.record_capture(order, Captured("ch_1", order.amount, order.currency), NOW_MS)
    refused = post(api, f"/orders/{paid}/cancel", {}, token("c-2", {}))
    assert (refused.status, refused.json()["order_status"]) == (409, "PAID")


@pytest.mark.parametrize(("is_guarded", "status"), [(True, 409), (False, 202)])
def test_a_cart_under_another_key_is_another_order_unless_carts_are_guarded(
    is_guarded: bool, status: int
) -> None:
    with http_api(routes(), guests=True, carts=is_guarded) as api:
        statuses = []
        for key in ("k1", "k2"):
            body = json.dumps({"cart": token("c-1"), "payment_method": key}).encode()
            headers = {"Content-Type": "application/json", "Idempotency-Key": key}
            statuses.append(api.request("POST", "/orders", headers=headers, body=body).status)
    assert statuses == [202, status]


def test_in_process_the_guest_of_a_cart_is_the_same_buyer(api: HttpApi) -> None:
    placed = place(api, token("c-1")).json()["order_id"]
    orders = DynamoDbOrders(api.dynamodb, "orders", 1)
    intake = OrderIntake(orders, namespace=NAMESPACE, clock=api.clock)
    again = intake.place(guest_buyer("c-1"), "c-1", submitted(payment_method="pm_card_4242"))
    assert isinstance(again, Replayed)
    assert again.order.order_id == placed
    assert intake.find(guest_buyer("c-2"), "c-1") is None
