"""Addresses of a host within a time: shared while young, few at once, never waited for too long."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from checkout_runtime.adapters import host_addresses as module
from checkout_runtime.adapters.host_addresses import (
    MOST_OF_A_HOST,
    SHARED_SECONDS,
    host_addresses,
)

AMPLE_SECONDS = 30.0
AT_ONCE = 0.01
FOUND = ["an address"]


class StuckResolver:
    """A resolver that answers when it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()

    def __call__(self, host: str, port: int, **options: Any) -> Any:
        self.asked.append(host)
        assert self.go.wait(AMPLE_SECONDS)
        return FOUND


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[StuckResolver]:
    resolver = StuckResolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    yield resolver
    resolver.go.set()
    while any(module._under_way.values()):
        time.sleep(0.001)


def give_up(host: str = "a") -> None:
    with pytest.raises(TimeoutError, match="not resolved in time"):
        host_addresses(host, 443, AT_ONCE)


def test_a_name_is_resolved_as_the_system_does_it() -> None:
    expected = socket.getaddrinfo("127.0.0.1", 443, type=socket.SOCK_STREAM)
    assert host_addresses("127.0.0.1", 443, AMPLE_SECONDS) == expected


def test_who_asks_meanwhile_shares_the_look_up_of_a_host(stuck: StuckResolver) -> None:
    with ThreadPoolExecutor(10) as pool:
        found = [pool.submit(host_addresses, "a", 443, AMPLE_SECONDS) for _ in range(10)]
        while not stuck.asked:
            time.sleep(0.001)
        stuck.go.set()
        assert [each.result() for each in found] == [FOUND] * 10
    assert stuck.asked == ["a"]


def test_each_host_has_look_ups_of_its_own(stuck: StuckResolver) -> None:
    for host in ("a", "b"):
        give_up(host)
    assert stuck.asked == ["a", "b"]


def test_nothing_is_remembered_once_it_was_answered(stuck: StuckResolver) -> None:
    stuck.go.set()
    for _ in range(2):
        assert host_addresses("a", 443, AMPLE_SECONDS) == FOUND
    assert stuck.asked == ["a", "a"]


def test_an_old_look_up_is_not_waited_for_and_only_so_many_are_under_way(
    stuck: StuckResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, passed = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock() + passed[0])
    for _ in range(MOST_OF_A_HOST + 3):
        give_up()
        give_up()
        passed[0] += SHARED_SECONDS
    assert stuck.asked == ["a"] * MOST_OF_A_HOST
    give_up("b")
    assert stuck.asked[-1] == "b"


def test_a_name_that_nobody_knows_raises_the_resolvers_error() -> None:
    with pytest.raises(socket.gaierror):
        host_addresses("no-such-host.invalid", 443, AMPLE_SECONDS)


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "a..b"])
def test_what_cannot_be_a_name_is_an_error_of_the_network_and_not_quoted(host: str) -> None:
    with pytest.raises(OSError, match="invalid host name") as caught:
        host_addresses(host, 443, AMPLE_SECONDS)
    assert host not in str(caught.value)


def test_where_no_thread_can_be_started_the_next_look_up_is_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_thread(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(OSError, match="new thread"):
            host_addresses("127.0.0.1", 443, AMPLE_SECONDS)
    assert host_addresses("127.0.0.1", 443, AMPLE_SECONDS)
