"""Ports are free ones, or exactly the ones asked for."""

from __future__ import annotations

import errno
import socket

import pytest

from checkout_stack.local import ports
from checkout_stack.local.messages import LocalRunError
from checkout_stack.local.ports import LOOPBACK, Ports


def test_free_ports_all_differ() -> None:
    chosen = vars(Ports.choose())

    assert len(set(chosen.values())) == len(chosen) == 5


def test_a_port_asked_for_is_taken() -> None:
    free = Ports.choose().api

    assert Ports.choose(payment_service=free).payment_service == free


def test_a_port_in_use_is_told_with_the_option_to_change() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(LocalRunError, match=f"port {port} .* in use.*--aws-port"):
            Ports.choose(aws=port)


@pytest.mark.parametrize("other", ["aws", "payment_service", "shop"])
def test_one_port_cannot_be_asked_for_twice(other: str) -> None:
    free = Ports.choose().api
    option = {"aws": "--aws-port", "payment_service": "--payment-port", "shop": "--shop-port"}

    with pytest.raises(
        LocalRunError, match=f"port {free} is asked for by --api-port and {option[other]}"
    ):
        Ports.choose(api=free, **{other: free})


def test_every_port_that_cannot_be_used_is_told_at_once() -> None:
    free = Ports.choose().api
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(LocalRunError) as told:
            Ports.choose(api=free, aws=free, shop=port)

    twice, in_use = str(told.value).splitlines()
    assert "--api-port and --aws-port" in twice
    assert f"port {port} of {LOOPBACK} is in use, and --shop-port asks for it" in in_use


def test_a_port_that_this_user_may_not_have_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_cannot_listen", lambda _port: errno.EACCES)

    with pytest.raises(LocalRunError, match=r"port 80 .* is refused .*ermission.*--api-port"):
        Ports.choose(api=80)


def test_a_free_port_is_none_of_those_asked_for() -> None:
    free = Ports.choose().shop
    for _ in range(20):
        chosen = Ports.choose(shop=free)
        assert free not in {chosen.api, chosen.aws, chosen.payment_service}
