"""Serve localstripe on a free port of loopback and print the port. Run by its own environment.

Its own program listens on every interface and keeps its data in a file that every other run of it
reads and writes.
"""

import socket

from aiohttp import web
from localstripe.resources import PaymentIntent, Store
from localstripe.server import app

Store.dump_to_disk = lambda self: None
# Stripe says what an intent received, localstripe does not.
PaymentIntent.amount_received = property(
    lambda self: self.amount if self.status == "succeeded" else 0
)

with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - how the tests learn it
    web.run_app(app, sock=listener, print=None, access_log=None)
