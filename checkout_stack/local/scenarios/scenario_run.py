"""One scenario's use of the checkout: it counts what it sends and notes what is not as promised."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from checkout_stack.local.buyers import Buyer
from checkout_stack.local.checkout_client import PATIENCE_SECONDS, Answer, GaveUp
from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.local_checkout import LocalCheckout

T = TypeVar("T")
Answered = TypeVar("Answered", Answer, Answer | GaveUp)

AMOUNT = 4200
POLL_SECONDS = 0.05


@dataclass
class ScenarioRun:
    """One try of a scenario, with a customer number of its own, by which its orders are counted."""

    checkout: LocalCheckout
    customer: str
    requests_sent: int = 0
    gave_up: int = 0
    deviations: list[str] = field(default_factory=list)
    notes: dict[str, object] = field(default_factory=dict)
    """What a scenario keeps for what it does afterwards."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def ada(self) -> Buyer:
        """The buyer of most scenarios."""
        return self.checkout.buyers["ada"]

    @property
    def ben(self) -> Buyer:
        """Another buyer."""
        return self.checkout.buyers["ben"]

    def new_key(self) -> str:
        """An Idempotency-Key that was never used."""
        return str(uuid.uuid4())

    def cart(self, *, amount: int = AMOUNT, payment_method: str = "pm_ok") -> dict[str, object]:
        """What is bought; the same each time."""
        return {
            "amount": amount,
            "currency": "EUR",
            "customer": self.customer,
            "lines": [{"sku": "mug", "quantity": 2}],
            "payment_method": payment_method,
        }

    def place(
        self, key: str, cart: dict[str, object], buyer: Buyer | None, *, timeout: float
    ) -> Answer | GaveUp:
        """Press "pay", waiting no longer than ``timeout`` seconds."""
        return self._counted(self.checkout.client.place_order(buyer, key, cart, timeout=timeout))

    def place_patiently(
        self, key: str, cart: dict[str, object], buyer: Buyer | None = None
    ) -> Answer:
        """Press "pay" and wait for the answer; as Ada unless somebody else is named."""
        answer = self.place(key, cart, buyer or self.ada, timeout=PATIENCE_SECONDS)
        if isinstance(answer, GaveUp):
            raise TimeoutError(f"POST /orders was not answered within {PATIENCE_SECONDS:.0f} s")
        return answer

    def read(self, order_id: str, buyer: Buyer | None = None) -> Answer:
        """Ask for an order; as Ada unless somebody else is named."""
        return self._counted(self.checkout.client.get_order(buyer or self.ada, order_id))

    def signed_cart(self, cart_id: str) -> str:
        """The token of a guest's cart with what is bought, signed by the shop just now."""
        assert self.checkout.guests is not None
        order = {name: value for name, value in self.cart().items() if name != "payment_method"}
        return self.checkout.guests.sign(cart_id, order)

    def place_as_guest(self, cart_token: str, key: str | None = None) -> Answer:
        """Press "pay" in the shop for guests; without a key the cart's own name is the key."""
        assert self.checkout.guests is not None
        body = {"cart": cart_token, "payment_method": "pm_ok"}
        answer = self._counted(self.checkout.guests.client.place_order(None, key, body))
        if isinstance(answer, GaveUp):
            raise TimeoutError(f"POST /orders was not answered within {PATIENCE_SECONDS:.0f} s")
        return answer

    def read_as_guest(self, order_id: str, cart_token: str | None) -> Answer:
        """Ask for an order in the shop for guests."""
        assert self.checkout.guests is not None
        client = self.checkout.guests.client
        return self._counted(client.get_order_of_cart(cart_token, order_id))

    def pay_again(self, order_id: str, *, payment_method: str, replaces: int) -> Answer:
        """Pay a declined order with another payment method."""
        return self._counted(
            self.checkout.client.start_payment_attempt(
                self.ada, order_id, payment_method=payment_method, replaces=replaces
            )
        )

    def resume(self, order_id: str, *, attempt: int) -> Answer:
        """Come back after having acted, for example on the bank's page."""
        return self._counted(self.checkout.client.resume(self.ada, order_id, attempt=attempt))

    def refund(self, token: str | None, order_id: str, key: str, **wanted: object) -> Answer:
        """Ask for a refund by the HTTP API, with the caller's token (None: without one)."""
        return self._counted(self.checkout.client.refund(token, order_id, key, wanted))

    def refunds(self, token: str | None, order_id: str) -> Answer:
        """Ask for the list of an order's refunds."""
        return self._counted(self.checkout.client.refunds(token, order_id))

    def capture(self, token: str | None, order_id: str, **wanted: object) -> Answer:
        """Ask for held money by the HTTP API, with the caller's token (None: without one)."""
        return self._counted(self.checkout.client.capture(token, order_id, wanted))

    def cancel(self, order_id: str) -> Answer:
        """Give an order up."""
        return self._counted(self.checkout.client.cancel(self.ada, order_id))

    def placed(self, *, payment_method: str = "pm_ok") -> str:
        """Place an order that has to be accepted; returns its id."""
        answer = self.place_patiently(self.new_key(), self.cart(payment_method=payment_method))
        self.expect_status(answer, 202)
        return str(answer.body.get("order_id"))

    def order(self, order_id: str) -> StoredOrder | None:
        """An order as it is in the table."""
        return next((order for order in self.orders() if order.order_id == order_id), None)

    def expect_claims(self, order_id: str, at_least: int) -> None:
        """Note a deviation unless workers took the order so often: else nothing was tried."""
        order = self.order(order_id)
        claims = order.claim_epoch if order else 0
        self.expect(claims >= at_least, f"{claims} claims, so nothing was tried")

    def look_up_until(
        self, item_id: str, is_learned: Callable[[], bool], what: str, seconds: float
    ) -> None:
        """Let the reconciler look an order or refund up, without its pauses, until ``is_learned``.

        ``what`` and ``seconds``: as :meth:`wait_until` has them.
        """
        controls = self.checkout.controls

        def is_so() -> bool:
            controls.make_look_up_due(item_id)
            controls.reconcile()
            return is_learned()

        self.wait_until(is_so, what, seconds)

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait until something holds; a deviation if it does not in time."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                self.expect(False, f"after {seconds:.0f} s {what} is not so")
                return
            self.checkout.check_running()
            time.sleep(4 * POLL_SECONDS)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a deviation unless something holds."""
        if not holds:
            with self._lock:
                self.deviations.append(otherwise)

    def expect_status(self, answer: Answer, *statuses: int) -> None:
        """Note a deviation unless the answer has one of the statuses."""
        wanted = " or ".join(map(str, statuses))
        said = answer.body.get("detail") or answer.body.get("title") or answer.body
        self.expect(
            answer.status in statuses, f"answer {answer.status} instead of {wanted}: {said}"
        )

    def wait_for_state(self, order_id: str, *states: str, seconds: float = 20.0) -> None:
        """Wait until an order in the table is in one of the states; a deviation if it is not."""
        deadline = time.monotonic() + seconds
        seen = "absent"
        while time.monotonic() < deadline:
            found = [order for order in self.orders() if order.order_id == order_id]
            if found and found[0].status in states:
                return
            seen = found[0].status if found else "absent"
            time.sleep(POLL_SECONDS)
        self.expect(False, f"after {seconds:.0f} s the order is {seen}, not {' or '.join(states)}")

    def _counted(self, answer: Answered) -> Answered:
        """Count a request by its answer."""
        with self._lock:
            self.requests_sent += 1
            self.gave_up += isinstance(answer, GaveUp)
        return answer

    def orders(self) -> list[StoredOrder]:
        """This run's orders in the table."""
        return self.checkout.inspector.orders(self.customer)

    def charges(self) -> list[dict[str, Any]]:
        """This run's charges in the payment service's ledger."""
        return self.checkout.inspector.charges(self.customer)


def simultaneously(*calls: Callable[[], T]) -> list[T]:
    """Make calls at the same instant, each in a thread of its own; their results in order."""
    start = threading.Barrier(len(calls))

    def call_with_the_others(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    with threads(len(calls)) as pool:
        return list(pool.map(call_with_the_others, calls))


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool that starts nothing more once the run is interrupted."""
    pool = ThreadPoolExecutor(max_workers=count)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
