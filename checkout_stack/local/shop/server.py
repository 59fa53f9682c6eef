"""The shop over HTTP, on loopback, for its own page and for no other."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from checkout_stack.local.checkout_client import Answer
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.ports import LOOPBACK
from checkout_stack.local.shop.cart import Faults, is_cart_id
from checkout_stack.local.shop.page_files import PageFile, page_files
from checkout_stack.local.shop.shop import Reply

LONGEST_BODY_BYTES = 4096
LOST_ANSWER_SECONDS = 2.5
"""How late a lost answer is: later than the page waits for it, see ``page/shops.js``."""
LOST_ANSWER = "answer-lost"
"""In the header ``Shop-Fault``: of an order, as only the page knows which request is the first."""

_PRESS_ABOUT_A_CART = re.compile(r"/api/carts/([^/?]*)/(orders|refund)")
_OF_A_CART = re.compile(r"/api/carts/([^/?]*)(?:(/orders)(?:/([^/?]+)|\?key=[^&]*))?")
_SHOWN_HEADERS = ("location", "retry-after", "idempotent-replayed")

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class ServedShop(Protocol):
    """What the server asks of the shop."""

    def pay_naively(self, cart: str, faults: Faults) -> Reply:
        """Press "pay" in the naive shop."""

    def place_order(self, cart: str, key: str, payment_method: str) -> Answer:
        """``POST /orders``: press "pay" in the shop on the checkout."""

    def read_order(self, cart: str, order_id: str | None) -> Answer:
        """``GET /orders/{id}``, or the cart's order where no id is given."""

    def refund(self, cart: str) -> Answer:
        """``POST /orders/{id}/refunds``, for the cart's order and as the shop's back office."""

    def view(self, cart: str) -> dict[str, Any]:
        """What became of a cart."""

    def close(self) -> None:
        """Let go of everything."""


class ShopServer(ThreadingHTTPServer):
    """Listens on loopback; one thread per connection."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *, port: int, shop: ServedShop) -> None:
        super().__init__((LOOPBACK, port), _Exchange)
        self.shop = shop
        self.files = page_files()
        self.closing = threading.Event()
        self.hosts = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong, unless the checkout is being taken down."""
        if not self.closing.is_set():
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop listening; not from the serving thread."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        self.shop.close()


@contextmanager
def serving(shop: ServedShop, port: int = 0) -> Iterator[ShopServer]:
    """Serve a shop, on a free port unless one is given, until the block ends.

    :raises LocalRunError: if something else listens on the port.
    """
    try:
        server = ShopServer(port=port, shop=shop)
    except OSError as problem:
        shop.close()
        raise LocalRunError(
            f"port {port} of {LOOPBACK}, for the shop, is taken by now ({problem.strerror}): give "
            "--shop-port another one, or leave the option out"
        ) from problem
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    try:
        thread.start()
        yield server
    finally:
        if thread.is_alive():  # else an interrupt came before it was
            server.stop()
            thread.join()


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: ShopServer

    def do_GET(self) -> None:
        if not self._is_for_this_server():
            self._refuse(HTTPStatus.FORBIDDEN, "the Host is not this server's")
        elif (asked := _OF_A_CART.fullmatch(self.path)) is not None:
            self._answer_about_a_cart(*asked.groups())
        elif (file := self.server.files.get(self.path)) is not None:
            self._send_file(file)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, f"no {self.path} here")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY_BYTES:
            self.close_connection = True
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too long")
            return
        body = self.rfile.read(int(length))
        if not self._is_for_this_server() or not self._is_from_the_page():
            self._refuse(HTTPStatus.FORBIDDEN, "only the shop's own page may press its buttons")
            return
        fields = _object(body)
        if self.path == "/api/naive/pay":
            self._pay_naively(fields)
        elif (asked := _PRESS_ABOUT_A_CART.fullmatch(self.path)) is None:
            self._refuse(HTTPStatus.NOT_FOUND, f"no POST {self.path} here")
        elif not is_cart_id(asked[1]):
            self._refuse(HTTPStatus.BAD_REQUEST, "the cart is not a UUID")
        elif asked[2] == "refund":
            self._send_answer(self.server.shop.refund(asked[1]))
        else:
            self._place_order(asked[1], fields)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the page shows what happens."""

    def _is_for_this_server(self) -> bool:
        """Whether no other name was made to point here (DNS rebinding)."""
        return self.headers.get("Host", "") in self.server.hosts

    def _is_from_the_page(self) -> bool:
        """Whether a page of this origin sent it. JSON cannot be sent by a form."""
        return (
            self.headers.get("Origin") == f"http://{self.headers['Host']}"
            and self.headers.get_content_type() == "application/json"
        )

    def _answer_about_a_cart(self, cart: str, orders: str | None, order_id: str | None) -> None:
        if not is_cart_id(cart):
            self._refuse(HTTPStatus.BAD_REQUEST, "the cart is not a UUID")
        elif orders is None:
            self._send_json(HTTPStatus.OK, self.server.shop.view(cart))
        else:
            self._send_answer(self.server.shop.read_order(cart, order_id))

    def _pay_naively(self, fields: Mapping[str, object]) -> None:
        cart = str(fields.get("cart", ""))
        if not is_cart_id(cart):
            self._refuse(HTTPStatus.BAD_REQUEST, "cart is not a UUID")
            return
        faults = Faults(
            answer_lost=fields.get("answer_lost") is True,
            payment_service_flaky=fields.get("payment_service_flaky") is True,
        )
        told = self.server.shop.pay_naively(cart, faults)
        self._hold_back(faults.answer_lost)
        self._send_json(HTTPStatus.OK, told)

    def _place_order(self, cart: str, fields: Mapping[str, object]) -> None:
        key, method = self.headers.get("Idempotency-Key", ""), fields.get("payment_method")
        answer = self.server.shop.place_order(cart, key, str(method))
        self._hold_back(self.headers.get("Shop-Fault") == LOST_ANSWER)
        self._send_answer(answer)

    def _hold_back(self, is_lost: bool) -> None:
        if is_lost:
            self.close_connection = True
            self.server.closing.wait(LOST_ANSWER_SECONDS)

    def _refuse(self, status: int, problem: str) -> None:
        self._send_json(status, {"title": problem})

    def _send_answer(self, answer: Answer) -> None:
        shown = {name: answer.headers[name] for name in _SHOWN_HEADERS if name in answer.headers}
        self._send_json(answer.status, answer.body, shown)

    def _send_json(
        self, status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        self._send(status, "application/json", json.dumps(body).encode(), headers or {})

    def _send_file(self, file: PageFile) -> None:
        self._send(HTTPStatus.OK, file.media_type, file.content, {})

    def _send(
        self, status: int, media_type: str, content: bytes, headers: Mapping[str, str]
    ) -> None:
        try:
            self.send_response(status)
            for name, value in {**_HEADERS, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the browser gave up


def _object(body: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
