"""The address of a served API, and a buyer's token, for commands that are copied from the docs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.ports import LOOPBACK

FILE = "serve.env"


@contextmanager
def shell_variables(checkout: LocalCheckout, name: str = FILE) -> Iterator[Path]:
    """Keep a file for shells to source, as long as the checkout is up; its owner alone reads it.

    The address is one that every client resolves: by the loopback's number, with the API in the
    path.

    :param name: Of the file. Default: as the docs have it.
    """
    api_id = checkout.client.host.partition(".")[0]
    port = checkout.run.ports.api
    variables = {
        "CHECKOUT_API": f"http://{LOOPBACK}:{port}/_aws/execute-api/{api_id}/$default",
        "CHECKOUT_TOKEN": checkout.buyers["ada"].id_token,
    }
    file = checkout.run.paths.state / name
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(
        "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    )
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)
