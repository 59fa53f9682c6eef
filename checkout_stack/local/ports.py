"""Pick ports on loopback, or make sure that the ones asked for are free."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass

from checkout_stack.local.problem import LocalRunProblem

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

    @classmethod
    def choose(
        cls, *, api: int | None = None, aws: int | None = None, payment_service: int | None = None
    ) -> Ports:
        """The ports asked for, and free ones for the rest."""
        asked = {"--api-port": api, "--aws-port": aws, "--payment-port": payment_service}
        given = [port for port in asked.values() if port is not None]
        if len(given) != len(set(given)):
            raise LocalRunProblem(f"the ports must differ, but {given} were asked for")
        for option, port in asked.items():
            if port is not None and not is_free(port):
                raise LocalRunProblem(
                    f"port {port} of {LOOPBACK} is in use: stop what uses it, give {option} "
                    "another one, or leave the option out and a free one is taken"
                )
        free = iter(_free_ports(len(asked) + 1, avoid=given))
        return cls(
            api=api or next(free),
            aws=aws or next(free),
            payment_service=payment_service or next(free),
            failing_payment_service=next(free),
        )


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _free_ports(count: int, avoid: list[int]) -> list[int]:
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            taken = held.enter_context(socket.socket())
            taken.bind((LOOPBACK, 0))
            port = int(taken.getsockname()[1])
            if port not in avoid:
                ports.append(port)
        return ports
