"""Ours: the handler as it is deployed."""

from __future__ import annotations

from collections.abc import Callable

from bench.peers.lambda_context import LambdaContext
from bench.peers.requests import request
from checkout_runtime.handlers.place_order import handler


def program() -> Callable[[str], None]:
    """Places one order under a key."""
    context = LambdaContext()

    def place(key: str) -> None:
        answer = handler(request(key), context)
        if answer["statusCode"] != 202:
            raise SystemExit(f"place_order answered {answer}")

    return place
