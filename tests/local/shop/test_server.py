"""The shop's server serves its own page, and lets no other page press the buttons."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from checkout_stack.local.shop import server as shop_server
from checkout_stack.local.shop.cart import (
    FLAKY_PAYMENT,
    LINES,
    PLAIN_PAYMENT,
    TOTAL,
    Faults,
)
from checkout_stack.local.shop.server import LONGEST_BODY_BYTES, ShopServer, serving
from tests.local.shop.shop_double import CART, NotedShop

PAGE = Path(shop_server.__file__).parent / "page"
ORDERS = f"/api/carts/{CART}/orders"


@dataclass(frozen=True)
class Got:
    """An answer of the server."""

    status: int
    headers: dict[str, str]
    text: str


@pytest.fixture
def shop() -> NotedShop:
    return NotedShop()


@pytest.fixture
def server(shop: NotedShop) -> Iterator[ShopServer]:
    with serving(shop) as running:
        yield running


def ask(
    server: ShopServer,
    method: str,
    path: str,
    body: str | None = None,
    *,
    host: str | None = None,
    **headers: str,
) -> Got:
    """Send a request; header names are written with underscores."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent["Host"] = host or f"127.0.0.1:{server.server_port}"
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return Got(answer.status, dict(answer.getheaders()), answer.read().decode())
    finally:
        connection.close()


def press(
    server: ShopServer,
    path: str,
    *,
    origin: str | None = None,
    media_type: str = "application/json",
    fault: str = "none",
    **fields: object,
) -> Got:
    """Press "pay" as the page does."""
    return ask(
        server,
        "POST",
        path,
        json.dumps({"cart": CART, **fields}),
        Origin=origin or f"http://127.0.0.1:{server.server_port}",
        Content_Type=media_type,
        Idempotency_Key="key-1",
        Shop_Fault=fault,
    )


def test_the_page_and_all_that_it_loads_are_served(server: ShopServer) -> None:
    page = ask(server, "GET", "/")
    loaded = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    scripts = [path for path in loaded if path.endswith(".js")]
    imported = re.findall(r'from "(/[^"]+)"', "".join(ask(server, "GET", s).text for s in scripts))

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert len(loaded) >= 4
    assert len(imported) >= 4
    assert {ask(server, "GET", path).status for path in loaded + imported} == {200}


def test_nothing_inline_and_nothing_foreign_may_run(server: ShopServer) -> None:
    policy = ask(server, "GET", "/").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/../server.py", "/page/index.html", "/server.py", "/%2e%2e/x"])
def test_nothing_but_the_page_is_served(server: ShopServer, path: str) -> None:
    assert ask(server, "GET", path).status == 404


def test_the_page_shows_the_prices_that_are_charged() -> None:
    page = (PAGE / "index.html").read_text()

    for line in LINES:
        assert f"{line.quantity} \N{MULTIPLICATION SIGN} {line.name}" in page
        assert f"€{line.quantity * line.unit_price / 100:.2f}" in page
    assert f"Pay €{TOTAL / 100:.2f}" in page
    assert f"Refund €{TOTAL / 100:.2f}" in page


def test_a_press_reaches_the_naive_shop(server: ShopServer, shop: NotedShop) -> None:
    got = press(server, "/api/naive/pay", payment_service_flaky=True)

    assert (got.status, json.loads(got.text)["state"]) == (200, "PAID")
    assert shop.naive == [(CART, Faults(payment_service_flaky=True))]


def test_a_press_reaches_the_checkout_under_the_key_of_the_page(
    server: ShopServer, shop: NotedShop
) -> None:
    got = press(server, ORDERS, payment_method="pm_ok")

    assert (got.status, json.loads(got.text)["order_id"]) == (202, "ord_1")
    assert (got.headers["retry-after"], got.headers["idempotent-replayed"]) == ("1", "true")
    assert got.headers["Server"] != "gateway"
    assert shop.ours == [(CART, "key-1", "pm_ok")]


def test_the_shop_is_asked_for_a_refund_by_the_page_alone(
    server: ShopServer, shop: NotedShop
) -> None:
    refund = f"/api/carts/{CART}/refund"
    assert press(server, refund, origin="https://shop.example").status == 403
    assert press(server, "/api/carts/1/refund").status == 400
    assert shop.refunded == []

    assert press(server, refund).status == 202
    assert shop.refunded == [CART]


def test_the_page_reads_an_order_by_its_id_and_by_its_cart(
    server: ShopServer, shop: NotedShop
) -> None:
    for path in (f"{ORDERS}/ord_1", f"{ORDERS}?key=key-1"):
        assert json.loads(ask(server, "GET", path).text)["status"] == "PAID"

    assert shop.read == [(CART, "ord_1"), (CART, None)]


def test_another_origin_may_not_press(server: ShopServer, shop: NotedShop) -> None:
    assert press(server, ORDERS, origin="https://shop.example").status == 403
    assert press(server, "/api/naive/pay", origin="null").status == 403
    assert (shop.naive, shop.ours) == ([], [])


def test_a_form_may_not_press(server: ShopServer, shop: NotedShop) -> None:
    assert press(server, ORDERS, media_type="text/plain").status == 403
    assert shop.ours == []


def test_a_press_that_names_no_origin_is_refused(server: ShopServer, shop: NotedShop) -> None:
    got = ask(server, "POST", ORDERS, "{}", Content_Type="application/json")

    assert got.status == 403


def test_a_name_that_was_made_to_point_here_is_refused(server: ShopServer) -> None:
    foreign = f"shop.example:{server.server_port}"

    assert ask(server, "GET", "/", host=foreign).status == 403
    assert ask(server, "GET", f"/api/carts/{CART}", host=foreign).status == 403
    got = ask(
        server,
        "POST",
        ORDERS,
        "{}",
        host=foreign,
        Origin=f"http://{foreign}",
        Content_Type="application/json",
    )
    assert got.status == 403


def test_localhost_is_a_name_of_the_server(server: ShopServer) -> None:
    assert ask(server, "GET", "/", host=f"localhost:{server.server_port}").status == 200


def test_a_cart_is_named_by_a_uuid(server: ShopServer) -> None:
    assert ask(server, "GET", f"/api/carts/{CART}").status == 200
    assert ask(server, "GET", "/api/carts/1").status == 400
    assert press(server, "/api/naive/pay", cart="cus_1").status == 400
    assert press(server, "/api/carts/1/orders").status == 400
    assert ask(server, "GET", "/api/carts/1/orders/ord_1").status == 400


@pytest.mark.parametrize("body", ["", "not JSON", "[]"])
def test_a_body_that_is_no_object_is_refused(server: ShopServer, body: str) -> None:
    origin = f"http://127.0.0.1:{server.server_port}"
    headers = {"Origin": origin, "Content_Type": "application/json"}

    assert ask(server, "POST", "/api/naive/pay", body, **headers).status == 400


def test_a_body_that_is_too_long_is_not_read(server: ShopServer) -> None:
    got = ask(server, "POST", ORDERS, " " * (LONGEST_BODY_BYTES + 1))

    assert got.status == 413


def test_a_lost_answer_is_worked_on_and_held_back(
    server: ShopServer, shop: NotedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[float | None] = []
    monkeypatch.setattr(server.closing, "wait", held.append)

    press(server, "/api/naive/pay", answer_lost=True)
    press(server, ORDERS, fault=shop_server.LOST_ANSWER)
    press(server, ORDERS)

    assert held == [shop_server.LOST_ANSWER_SECONDS] * 2
    assert len(shop.ours) == 2


def test_the_page_gives_up_before_a_lost_answer_comes() -> None:
    script = (PAGE / "shops.js").read_text()
    [waits] = re.findall(r"PATIENCE_WITH_TIMEOUT_MS = ([\d_]+);", script)

    assert 2 * int(waits) <= shop_server.LOST_ANSWER_SECONDS * 1000


def test_the_page_has_the_payment_tokens_of_the_shop() -> None:
    script = (PAGE / "shops.js").read_text()

    assert re.findall(r'const \w+_PAYMENT = "(\w+)"', script) == [PLAIN_PAYMENT, FLAKY_PAYMENT]


def test_the_shop_is_closed_at_the_end() -> None:
    shop = NotedShop()
    with serving(shop):
        assert not shop.closed

    assert shop.closed
