"""The client of docs/guide/http-api.md does what the page says, whatever the network does to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from checkout_runtime.domain.outcomes import Captured
from simulator.http_api import HttpApi, http_api
from tests.checkout_runtime.factories import NOW, submitted
from tests.tools.api_over_http import TOKEN, routes, wsgi
from tools.http_api_pages import HTTP_API


@pytest.fixture
def api() -> Iterator[HttpApi]:
    with http_api(routes()) as made:
        yield made


@pytest.fixture
def buy(monkeypatch: pytest.MonkeyPatch, api: HttpApi) -> Callable[..., dict[str, Any]]:
    """The function of the page, which waits in no time."""
    [source] = re.findall(r"^```python\n(import time\n.*?)^```$", HTTP_API.read_text(), re.M | re.S)
    program: dict[str, Any] = {}
    exec(source, program)
    monkeypatch.setattr(program["time"], "sleep", api.clock.pause)
    bought: Callable[..., dict[str, Any]] = program["buy"]
    return bought


class Network(httpx.BaseTransport):
    """Brings requests to the API, and does something to each of them."""

    def __init__(self, api: HttpApi, on_its_way: list[Callable[[], httpx.Response | None]]) -> None:
        self._transport = httpx.WSGITransport(wsgi(api))
        self._on_its_way = on_its_way
        self.keys: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers["Idempotency-Key"])
        answer = self._transport.handle_request(request)
        if self._on_its_way:
            other = self._on_its_way.pop(0)()
            return answer if other is None else other
        return answer


def lost() -> httpx.Response:
    raise httpx.ReadTimeout("the answer is lost")


def settling(api: HttpApi, settle: Callable[..., Any]) -> Callable[[], None]:
    def act() -> None:
        [order_id] = [item["pk"]["S"] for item in api.items()]
        settle(api.claim(order_id))

    return act


def client(network: Network) -> httpx.Client:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.Client(base_url="http://api", headers=headers, transport=network)


def test_a_lost_answer_a_busy_gateway_and_a_wait_end_in_one_paid_order(
    api: HttpApi, buy: Callable[..., dict[str, Any]]
) -> None:
    def pay(order: Any) -> None:
        api.outcomes.record_capture(order, Captured("ch_1", order.amount, order.currency), NOW)

    busy = httpx.Response(429, json={"message": "Too Many Requests"})
    down = httpx.Response(502, html="<h1>Bad Gateway</h1>")
    network = Network(api, [lost, lambda: busy, lambda: down, settling(api, pay)])
    with client(network) as opened:
        bought = buy(opened, "k1", submitted())
    assert (bought["status"], bought["charge_id"]) == ("PAID", "ch_1")
    assert network.keys == ["k1"] * 5
    assert len(api.items()) == 1


def test_what_is_wrong_raises_at_once(api: HttpApi, buy: Callable[..., dict[str, Any]]) -> None:
    network = Network(api, [])
    with client(network) as opened, pytest.raises(httpx.HTTPStatusError, match="422"):
        buy(opened, "k1", submitted(amount=0))
    assert len(network.keys) == 1


def test_what_stays_open_ends_in_an_error(api: HttpApi, buy: Callable[..., dict[str, Any]]) -> None:
    began = api.clock.now()
    with client(Network(api, [])) as opened, pytest.raises(TimeoutError, match="the same key"):
        buy(opened, "k1", submitted())
    assert api.clock.now() - began == 31_000


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("7", 7), ("0", 1), ("Wed, 21 Oct 2015 07:28:00 GMT", 1)]
)
def test_it_asks_again_when_the_answer_says(
    retry_after: str, seconds: int, api: HttpApi, buy: Callable[..., dict[str, Any]]
) -> None:
    busy = httpx.Response(429, headers={"Retry-After": retry_after}, json={})

    def decline() -> None:
        settling(api, lambda order: api.outcomes.record_decline(order, "no_funds", NOW))()

    began = api.clock.now()
    network = Network(api, [lambda: busy, decline])
    with client(network) as opened:
        assert buy(opened, "k1", submitted())["next"] == "pay_again"
    waits_of_the_second_answer = 2
    assert api.clock.now() - began == 1000 * (seconds + waits_of_the_second_answer)


def test_it_does_not_wait_for_longer_than_it_says(
    api: HttpApi, buy: Callable[..., dict[str, Any]]
) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "600"}, json={})
    began, network = api.clock.now(), Network(api, [lambda: busy])
    with client(network) as opened, pytest.raises(TimeoutError, match="the same key"):
        buy(opened, "k1", submitted())
    assert (api.clock.now(), network.keys) == (began, ["k1"])
