"""The addresses of a host, by a time that the caller sets.

The system's resolver takes no time-out: with a name server that does not answer it blocks for half
a minute. So it runs in a thread of its own, and the caller stops waiting in time. A look-up that a
frozen execution environment left behind goes on when it thaws, which is harmless: it asks for a
name and sends nothing else.
"""

import socket
import threading
import time
from collections import defaultdict
from typing import Any

__all__ = ["host_addresses"]

SHARED_SECONDS = 5
"""The system's resolver repeats a question after 5 s (resolv.conf(5), "timeout"): an older look-up
may have lost its packets, and is not waited for by others."""
MOST_OF_A_HOST = 3
"""Look-ups of one host under way at once. One ends by itself when the resolver gives up."""


class _LookUp:
    """One question to the system's resolver, for everybody who asks meanwhile."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.began = time.monotonic()
        self._ended = threading.Event()
        self._addresses: list[Any] = []
        self._problem: OSError | None = None

    def start(self) -> None:
        # A daemon: at its own time-out Lambda ends the process, and no thread may hold that up.
        thread = threading.Thread(target=self._carry_out, name="host-addresses", daemon=True)
        try:
            thread.start()
        except RuntimeError as problem:
            self._end(OSError(str(problem)))

    def addresses(self, timeout_seconds: float) -> list[Any]:
        """Return what was found, or raise what the resolver raised."""
        if not self._ended.wait(timeout_seconds):
            raise TimeoutError("the host's name was not resolved in time")
        if self._problem is not None:
            raise self._problem
        return self._addresses

    def _carry_out(self) -> None:
        problem: OSError | None = OSError("the resolver failed")
        try:
            self._addresses = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            problem = None
        except OSError as unknown:
            problem = unknown
        except ValueError as unwritable:
            # The name cannot be written in DNS. Its own message would quote it.
            problem = OSError(f"invalid host name: {type(unwritable).__name__}")
        finally:
            self._end(problem)

    def _end(self, problem: OSError | None) -> None:
        self._problem = problem
        with _lock:
            _under_way[self._host, self._port].remove(self)
        self._ended.set()


_lock = threading.Lock()
_under_way: defaultdict[tuple[str, int], list[_LookUp]] = defaultdict(list)


def host_addresses(host: str, port: int, timeout_seconds: float) -> list[Any]:
    """Return the addresses of a host as ``socket.getaddrinfo`` does, at least one.

    Nothing is remembered between calls: the system's resolver does that, where it is wanted.

    Raises:
        OSError: the name has no address, or was not resolved within ``timeout_seconds``
            (``TimeoutError``).
    """
    found = _look_up(host, port).addresses(timeout_seconds)
    if not found:
        raise OSError("the host has no address")
    return found


def _look_up(host: str, port: int) -> _LookUp:
    """Return the newest look-up under way, or a new one if that is too old and few are."""
    with _lock:
        under_way = _under_way[host, port]
        if under_way:
            newest = under_way[-1]
            is_fresh = time.monotonic() - newest.began < SHARED_SECONDS
            if is_fresh or len(under_way) >= MOST_OF_A_HOST:
                return newest
        new = _LookUp(host, port)
        under_way.append(new)
    new.start()
    return new
