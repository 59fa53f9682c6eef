"""Tests of your own against a checkout that is really deployed, on a local AWS.

In your ``conftest.py``::

    from checkout_stack.local.testing import checkout_fixture

    checkout = checkout_fixture("python app.py")

The fixture deploys the app once for all tests of a session, with a local payment service in place
of the real one, and takes everything down at its end. It needs ``idempotent-checkout[local]``.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.checkout_client import PATIENCE_SECONDS, Answer, GaveUp
from checkout_stack.local.checkout_inspector import StoredOrder
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.messages import LocalRunError, Progress
from checkout_stack.local.own_app.bring_up import bring_up_app, own_app_run
from checkout_stack.local.payment_service_process import PaymentControls

__all__ = ["Answer", "CheckoutUnderTest", "StoredOrder", "checkout_fixture", "deployed_checkout"]

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class CheckoutUnderTest:
    """A deployed checkout: place orders, and read what came of them."""

    local: LocalCheckout
    """Everything else that the local run knows of it."""

    @property
    def address(self) -> str:
        """Of the HTTP API, without a slash at its end. Names under ``localhost`` are 127.0.0.1."""
        return f"http://{self.local.client.host}"

    @property
    def payments(self) -> PaymentControls:
        """The local payment service: its ledger, and settings that make it misbehave."""
        return self.local.payments

    def token(self, buyer: str = "ada") -> str:
        """A bearer token of a signed-in buyer, ``ada`` or ``ben``."""
        return self.local.buyers[buyer].id_token

    def place(
        self, order: Mapping[str, object], *, key: str | None = None, buyer: str = "ada"
    ) -> Answer:
        """Send ``POST /orders``.

        :param order: Its body.
        :param key: The ``Idempotency-Key``. Default: one that was never used.
        :param buyer: ``ada`` or ``ben``.
        :raises TimeoutError: if no answer comes within 20 s.
        """
        answer = self.local.client.place_order(
            self.local.buyers[buyer], key or str(uuid.uuid4()), order
        )
        if isinstance(answer, GaveUp):
            raise TimeoutError(f"POST /orders was not answered within {PATIENCE_SECONDS:.0f} s")
        return answer

    def orders(self, customer: str | None = None) -> list[StoredOrder]:
        """The orders in the table, of one customer or of all."""
        inspector = self.local.inspector
        return inspector.every_order() if customer is None else inspector.orders(customer)

    def charges(self, customer: str | None = None) -> list[dict[str, Any]]:
        """The captures that were really made, by the payment service's own ledger."""
        return self.payments.charges(customer)

    def wait_for(self, order_id: str, *states: str, seconds: float = 30.0) -> StoredOrder:
        """Wait until an order in the table is in one of ``states``.

        :param seconds: How long at most. Default 30.
        :raises TimeoutError: if it is not by then; the message has the state that it is in.
        """
        deadline = time.monotonic() + seconds
        while True:
            self.local.check_running()
            found = {order.order_id: order for order in self.orders()}.get(order_id)
            if found is not None and found.status in states:
                return found
            if time.monotonic() > deadline:
                state = "not in the table" if found is None else found.status
                wanted = " or ".join(states)
                raise TimeoutError(f"after {seconds:g} s {order_id} is {state}, not {wanted}")
            time.sleep(_POLL_SECONDS)


@contextmanager
def deployed_checkout(
    app: str, *, context: Sequence[str] = (), name: str | None = None
) -> Iterator[CheckoutUnderTest]:
    """Deploy an app for as long as the ``with`` block lasts.

    :param app: The command that runs your CDK app, or a folder that ``cdk synth`` wrote.
    :param context: Context of the app, ``name=value`` each. Default: none but its ``cdk.json``'s.
    :param name: Which checkout, where the app has several: the beginning of its functions' names,
        as ``checkout local serve`` prints it. Default: the only one.
    :raises LocalRunError: if something is not installed, or the app cannot be deployed, or has
        several checkouts and none is named.
    """
    with own_app_run(Progress()) as run:
        checkouts = {each.name: each for each in bring_up_app(run, app, context)}
        if name is None and len(checkouts) == 1:
            [name] = checkouts
        if name not in checkouts:
            there_are = ", ".join(checkouts)
            raise LocalRunError(f"name is {name!r}, and the app has the checkouts {there_are}")
        yield CheckoutUnderTest(checkouts[name].local)


def checkout_fixture(app: str, *, context: Sequence[str] = (), name: str | None = None) -> Any:
    """Make a pytest fixture of :func:`deployed_checkout`, once for all tests of a session.

    The parameters are those of :func:`deployed_checkout`. Give the result a name in ``conftest.py``
    or in a test file; that name is the fixture's.
    """
    import pytest

    @pytest.fixture(scope="session")
    def checkout() -> Iterator[CheckoutUnderTest]:
        with deployed_checkout(app, context=context, name=name) as deployed:
            yield deployed

    return checkout
