"""Serve localstripe on a free port of loopback and print the port. Run by its own environment.

Its own program listens on every interface and keeps its data in a file that every other run of it
reads and writes.
"""

import socket

from aiohttp import web
from localstripe.resources import Charge, PaymentIntent, Store, UserError
from localstripe.server import app

Store.dump_to_disk = lambda self: None
# Stripe says what an intent received, localstripe does not.
PaymentIntent.amount_received = property(
    lambda self: (
        self.amount - self.latest_charge.amount_refunded if self.status == "succeeded" else 0
    )
)
PaymentIntent.amount_capturable = property(
    lambda self: self.amount if self.status == "requires_capture" else 0
)
_capture = Charge._capture


def _capture_what_is_held(self: Charge, amount: object, **more: object) -> None:
    """Stripe captures no intent that was cancelled, localstripe does."""
    if PaymentIntent._api_retrieve(self.payment_intent).status != "requires_capture":
        raise UserError(400, "Not held", {"code": "payment_intent_unexpected_state"})
    _capture(self, amount, **more)


Charge._capture = _capture_what_is_held

with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - how the tests learn it
    web.run_app(app, sock=listener, print=None, access_log=None)
