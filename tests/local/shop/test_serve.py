"""``checkout local serve`` opens the shop on the port that was asked for, or says why not."""

from __future__ import annotations

import socket

from click.testing import CliRunner

from checkout_stack.cli import main
from checkout_stack.local.ports import LOOPBACK


def test_a_shop_port_in_use_is_a_message_before_anything_is_deployed() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        result = CliRunner().invoke(main, ["local", "serve", "--shop-port", port])

    assert result.exit_code == 3
    assert f"port {port} of 127.0.0.1 is in use" in result.output
    assert "--shop-port" in result.output
