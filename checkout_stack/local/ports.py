"""Pick ports on loopback, or make sure that the ones asked for differ and are free."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from checkout_stack.local.messages import LocalRunError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The ports of one local run."""

    api: int
    """Plain HTTP: the checkout's HTTP API."""

    aws: int
    """HTTPS: the AWS endpoint, for the CDK CLI, the functions and the AWS SDKs."""

    payment_service: int

    failing_payment_service: int
    """The payment service of the checkout that is broken on purpose. Always a free one."""

    shop: int
    """The shop's page, which only ``serve`` opens."""

    @classmethod
    def choose(
        cls,
        *,
        api: int | None = None,
        aws: int | None = None,
        payment_service: int | None = None,
        shop: int | None = None,
    ) -> Ports:
        """The ports asked for, and free ones for the rest.

        :raises LocalRunError: if one cannot be listened on, or is asked for twice; the message
            names all of these.
        """
        asked = {
            "--api-port": api,
            "--aws-port": aws,
            "--payment-port": payment_service,
            "--shop-port": shop,
        }
        options: dict[int, list[str]] = {}
        for option, port in asked.items():
            if port is not None:
                options.setdefault(port, []).append(option)
        problems = [_problem_with(port, askers) for port, askers in options.items()]
        if any(problems):
            raise LocalRunError("\n".join(filter(None, problems)))
        free = iter(_free_ports(len(asked) + 1, avoid=options))
        return cls(
            api=api or next(free),
            aws=aws or next(free),
            payment_service=payment_service or next(free),
            failing_payment_service=next(free),
            shop=shop or next(free),
        )


def _problem_with(port: int, options: Sequence[str]) -> str | None:
    """Why a port cannot be used by those who asked for it, and what to do; None if it can."""
    if len(options) > 1:
        return (
            f"port {port} is asked for by {' and '.join(options)}, and the ports must differ: give "
            "one of the options another port, or leave it out and a free one is taken"
        )
    problem = _cannot_listen(port)
    if problem is None:
        return None
    [option] = options
    why = "is in use" if problem == errno.EADDRINUSE else f"is refused ({os.strerror(problem)})"
    return (
        f"port {port} of {LOOPBACK} {why}, and {option} asks for it: free the port, give {option} "
        "another one, or leave the option out and a free one is taken"
    )


def _cannot_listen(port: int) -> int | None:
    """The number of the error with which listening on a port would fail now; None if it works."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as problem:
            return problem.errno
    return None


def _free_ports(count: int, avoid: Collection[int]) -> list[int]:
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            taken = held.enter_context(socket.socket())
            taken.bind((LOOPBACK, 0))
            port = int(taken.getsockname()[1])
            if port not in avoid:
                ports.append(port)
        return ports
