"""Ports are free ones, or exactly the ones asked for."""

from __future__ import annotations

import socket

import pytest

from checkout_stack.local.ports import LOOPBACK, Ports
from checkout_stack.local.problem import LocalRunProblem


def test_free_ports_all_differ() -> None:
    ports = Ports.choose()

    assert len({ports.api, ports.aws, ports.payment_service}) == 3


def test_a_port_asked_for_is_taken() -> None:
    free = Ports.choose().api

    assert Ports.choose(payment_service=free).payment_service == free


def test_a_port_in_use_is_told_with_the_option_to_change() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(LocalRunProblem, match=f"port {port} .* in use.*--aws-port"):
            Ports.choose(aws=port)


def test_one_port_cannot_be_asked_for_twice() -> None:
    free = Ports.choose().api

    with pytest.raises(LocalRunProblem, match="must differ"):
        Ports.choose(api=free, aws=free)
