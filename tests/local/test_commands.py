"""The command line says what it does, and fails before it starts anything if it is used wrongly."""

from __future__ import annotations

import socket
import subprocess
import sys

from click.testing import CliRunner

from checkout_stack.cli import main
from checkout_stack.local.ports import LOOPBACK
from checkout_stack.local.scenarios.catalogue import SCENARIOS


def test_the_help_names_every_scenario_and_exit_code() -> None:
    help_text = " ".join(CliRunner().invoke(main, ["local", "run", "--help"]).output.split())

    for scenario in SCENARIOS:
        assert scenario.name in help_text
    for code in ("0 everything is as promised", "1 a scenario did not end", "3 ", "130 "):
        assert code in help_text


def test_a_scenario_that_there_is_not_is_a_wrong_command_line() -> None:
    result = CliRunner().invoke(main, ["local", "run", "--only", "refund"])

    assert result.exit_code == 2
    assert "double click" in result.output


def test_a_port_in_use_is_a_message() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        result = CliRunner().invoke(main, ["local", "serve", "--api-port", port])

    assert result.exit_code == 3
    assert f"port {port} of 127.0.0.1 is in use" in result.output


def test_the_command_starts_without_node() -> None:
    code = "import sys, checkout_stack.cli; sys.exit('aws_cdk' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, env={"PATH": "/nonexistent"})
