"""Both shops: what a press of "pay" does in each."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Protocol

from checkout_stack.local.buyers import Buyer, SignedInBuyer
from checkout_stack.local.checkout_client import Answer, GaveUp
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.shop.cart import (
    CURRENCY,
    FLAKY_PAYMENT,
    LINES,
    PLAIN_PAYMENT,
    TOTAL,
    Faults,
    checkout_customer,
    naive_customer,
)
from checkout_stack.local.shop.naive_checkout import NaiveCheckout
from checkout_stack.local.shop.notebook import Notebook
from checkout_stack.local.shop.observation import DeployedObserver, Observer
from checkout_stack.local.shop.view import view_of

REFUND_KEY = "refunded-by-the-shop"
"""The same for every press, and a refund's key is its order's: so it is one refund an order."""
Reply = dict[str, Any]
"""What the buyer's browser is told by the naive shop: an order's number and state."""


class Api(Protocol):
    """The deployed HTTP API."""

    def place_order(
        self, buyer: Buyer | None, key: str, order: dict[str, object]
    ) -> Answer | GaveUp:
        """``POST /orders``."""

    def get_order(self, buyer: Buyer | None, order_id: str) -> Answer:
        """``GET /orders/{id}``."""

    def refund(
        self, token: str | None, order_id: str, key: str, wanted: dict[str, object]
    ) -> Answer:
        """``POST /orders/{id}/refunds``."""


class TokenSource(Protocol):
    """The shop's back office, as far as it may ask for refunds."""

    def token(self) -> str:
        """A token that the HTTP API takes for refunds."""


@dataclass(frozen=True)
class Shop:
    """One cart in two shops, on one payment service."""

    api: Api
    buyer: SignedInBuyer
    back_office: TokenSource
    """Asks for refunds; no buyer can."""

    naive: NaiveCheckout
    observer: Observer
    _notebooks: defaultdict[str, Notebook] = field(default_factory=lambda: defaultdict(Notebook))
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, checkout: LocalCheckout) -> Shop:
        """The shop in front of a checkout that is up."""
        return cls(
            api=checkout.client,
            buyer=SignedInBuyer(checkout.users, checkout.buyers["ada"]),
            back_office=checkout.back_office,
            naive=NaiveCheckout(checkout.run.directory / "naive.sqlite", checkout.payments),
            observer=DeployedObserver(checkout.inspector, checkout.payment_service.ledger),
        )

    def pay_naively(self, cart: str, faults: Faults) -> Reply:
        """Write an order and call the payment service, before answering."""
        notebook = self._notebook(cart)
        press = notebook.begin("naive")
        # A fresh payment key each time: "once" has to be counted here, or it would never work.
        flaky = faults.payment_service_flaky and press == 1
        order = self.naive.pay(
            naive_customer(cart),
            TOTAL,
            CURRENCY,
            FLAKY_PAYMENT if flaky else PLAIN_PAYMENT,
            lambda number: notebook.note("naive", "step", f"Order {number} is written"),
        )
        if order.paid:
            notebook.end("naive", "step", f"Answered: order {order.number} is paid")
            return {"order": str(order.number), "state": "PAID"}
        notebook.end(
            "naive", "fault", f"Order {order.number}: the payment service said {order.said}"
        )
        return {"order": str(order.number), "state": "FAILED"}

    def place_order(self, cart: str, key: str, payment_method: str) -> Answer:
        """Hand the order to the deployed HTTP API under the page's Idempotency-Key.

        What is in the cart and what it costs is the shop's to say: the page sends neither.
        """
        notebook = self._notebook(cart)
        press = notebook.begin("ours")
        order: dict[str, object] = {
            "amount": TOTAL,
            "currency": CURRENCY,
            "customer": checkout_customer(cart),
            "lines": [{"sku": line.sku, "quantity": line.quantity} for line in LINES],
            "payment_method": payment_method,
        }
        answer = self._signed_in(lambda buyer: self.api.place_order(buyer, key, order))
        said = f"answered {answer.status}"
        if answer.is_replay:
            said = f"Press {press} suppressed: {said}, replay of the same order"
            notebook.end("ours", "suppressed", said, replay=True)
        elif answer.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
            notebook.end("ours", "step", f"Press {press}: {said}, accepted")
        else:
            notebook.end("ours", "fault", f"Press {press}: {said}, {answer.body.get('title', '')}")
        return answer

    def read_order(self, cart: str, order_id: str | None) -> Answer:
        """What the deployed HTTP API says of an order, or of the cart's where no id is given."""
        named = order_id or self._order_of(cart)
        if named is None:
            return _NO_ORDER
        return self._signed_in(lambda buyer: self.api.get_order(buyer, named))

    def refund(self, cart: str) -> Answer:
        """Ask the deployed HTTP API, as the back office, to give back what the order cost."""
        order_id = self._order_of(cart)
        if order_id is None:
            return _NO_ORDER
        answer = _answered(
            lambda: self.api.refund(self.back_office.token(), order_id, REFUND_KEY, {})
        )
        said, notebook = f"Refund pressed: answered {answer.status}", self._notebook(cart)
        if answer.is_replay:
            notebook.note("ours", "suppressed", f"{said}, replay of the same refund")
        elif answer.status == HTTPStatus.ACCEPTED:
            notebook.note("ours", "step", f"{said}, accepted")
        else:
            notebook.note("ours", "fault", f"{said}, {answer.body.get('title', '')}")
        return answer

    def view(self, cart: str) -> dict[str, Any]:
        """What became of a cart in both shops, as of now."""
        return view_of(cart, self._notebook(cart), self.naive, self.observer)

    def close(self) -> None:
        """Close the naive shop's table."""
        self.naive.close()

    def _signed_in(self, ask: Callable[[Buyer], Answer | GaveUp]) -> Answer:
        """Ask as the buyer, who signs in again if the token has expired."""
        buyer = self.buyer.buyer
        answer = _answered(lambda: ask(buyer))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            answer = _answered(lambda: ask(self.buyer.renew(buyer)))
        return answer

    def _order_of(self, cart: str) -> str | None:
        found = self.observer.orders(checkout_customer(cart))
        return found[0].order_id if found else None

    def _notebook(self, cart: str) -> Notebook:
        with self._lock:
            return self._notebooks[cart]


_NO_ORDER = Answer(HTTPStatus.NOT_FOUND, {}, {"title": "This cart is no order"}, 0.0)


def _answered(ask: Callable[[], Answer | GaveUp]) -> Answer:
    try:
        answer = ask()
    except (OSError, HTTPException):
        answer = GaveUp()
    if isinstance(answer, GaveUp):
        title = {"title": "The API gave no answer"}
        return Answer(HTTPStatus.GATEWAY_TIMEOUT, {}, title, 0.0)
    return answer
