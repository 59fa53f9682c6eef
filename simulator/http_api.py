"""The HTTP API in this process: the real handlers on the models of AWS, behind its own routes.

For examples, pages and searches that need answers and no deployment. Nothing is concurrent here.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from checkout_runtime.adapters.aws import AwsError, AwsService
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.adapters.dynamodb_outcomes import DynamoDbOutcomes
from checkout_runtime.application.order_records import Changed
from checkout_runtime.domain.order import Order
from checkout_runtime.handlers import dependencies
from simulator.deployment import (
    CART_SECRET,
    CART_SECRET_ARN,
    NAMESPACE,
    ORDER_TABLE,
    make_table,
)
from simulator.models.dynamodb import DynamoDbModel
from simulator.models.secrets_manager import SecretsManagerModel

__all__ = ["NOW_MS", "Answer", "HttpApi", "Route", "http_api"]

NOW_MS = 1_800_000_000_000
"""When everything happens: 2027-01-15, 08:00 UTC."""
LEASE_MS = 40_000
Route = tuple[str, str]
"""Method and path, as API Gateway has them: ``("GET", "/orders/{order_id}")``."""


class Answer(NamedTuple):
    """What API Gateway would send."""

    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class _Clock:
    """Stands still, unless it is set."""

    def __init__(self) -> None:
        self.time = NOW_MS

    def now(self) -> int:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += int(seconds * 1000)


class _Failing:
    """DynamoDB, or what it was told to fail with."""

    def __init__(self, service: AwsService) -> None:
        self._service = service
        self.error: AwsError | None = None

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        return self._service.call(operation, parameters)


class HttpApi:
    """One deployed API, and what tests do to the orders behind it. Made by :func:`http_api`."""

    def __init__(self, routes: Mapping[Route, str], variables: Mapping[str, str]) -> None:
        self.clock = _Clock()
        self.variables = dict(variables)
        self.dynamodb = _Failing(self._table())
        self.orders = DynamoDbOrders(self.dynamodb, ORDER_TABLE, 1)
        self.outcomes = DynamoDbOutcomes(self.dynamodb, ORDER_TABLE, 1)
        self._routes = [
            (method, _pattern(path), _handler(name)) for (method, path), name in routes.items()
        ]

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> Answer:
        """Answer one request as API Gateway does.

        Args:
            method: The HTTP method.
            url: Path and query.
            headers: Of the request. Default: none.
            body: Of the request. Default: none.
            claims: What the authorizer vouches for. Default: nobody is signed in.
        """
        path, query = urlsplit(url).path, urlsplit(url).query
        for known, pattern, handler in self._routes:
            found = pattern.fullmatch(path)
            if known == method and found:
                parameters = {name: unquote(value) for name, value in found.groupdict().items()}
                event = _event(parameters, query, headers or {}, body, claims)
                event["requestContext"]["http"] = {"method": method}
                answer = handler(event, None)
                return Answer(answer["statusCode"], answer["headers"], answer["body"])
        return Answer(404, {"Content-Type": "application/json"}, '{"message":"Not Found"}')

    def claim(self, order_id: str) -> Order:
        """Take the claim of an order's current attempt, as the consumer does."""
        order = self.orders.get(order_id)
        assert order is not None
        taken = self.orders.claim(
            order_id,
            order.attempt,
            claim_id=f"c{order.claim_epoch}",
            now=self.clock.now(),
            lease_expires_at=self.clock.now() + LEASE_MS,
            service="payments",
        )
        assert isinstance(taken, Changed)
        return taken.order

    def items(self) -> list[dict[str, Any]]:
        """Return what is in the table."""
        items: list[dict[str, Any]] = self.dynamodb.call("Scan", {"TableName": ORDER_TABLE})[
            "Items"
        ]
        return items

    def _table(self) -> DynamoDbModel:
        model = DynamoDbModel(self.clock)
        make_table(model)
        return model


@contextmanager
def http_api(
    routes: Mapping[Route, str],
    *,
    carts: bool = False,
    guests: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Iterator[HttpApi]:
    """Give an API with an empty table, whose buyers are named by the claim ``sub``.

    Args:
        routes: By method and path: the module below ``checkout_runtime.handlers``.
        carts: Whether it takes signed carts only, and makes one order of each. Default: no.
        guests: Whether a signed cart says who asks. Default: no.
        variables: Further environment variables of the functions. Default: none.
    """
    environment = {
        "CHECKOUT_NAMESPACE": NAMESPACE,
        "ORDER_TABLE_NAME": ORDER_TABLE,
        "UNSETTLED_SHARDS": "1",
        "SCOPE_FROM": json.dumps([["jwt", "claims", "sub"]]),
        "MAX_PAYMENT_ATTEMPTS": "3",
        **({"CART_SECRET_ARN": CART_SECRET_ARN, "GUARDS_CARTS": "true"} if carts else {}),
        **({"CART_SECRET_ARN": CART_SECRET_ARN, "GUESTS": "by_signed_cart"} if guests else {}),
        **(variables or {}),
    }
    api = HttpApi(routes, environment)
    services: dict[str, AwsService] = {
        "dynamodb": api.dynamodb,
        "secretsmanager": SecretsManagerModel({CART_SECRET_ARN: CART_SECRET}),
    }
    settings = importlib.import_module("checkout_runtime.handlers.settings")
    replaced: list[tuple[ModuleType, str, object]] = [
        (settings, "os", SimpleNamespace(environ=api.variables)),
        (dependencies, "aws_service", services.__getitem__),
        (dependencies, "SystemClock", lambda: api.clock),
    ]
    before = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    modules = [dependencies, *(_module(name) for name in routes.values())]
    try:
        for module, name, value in replaced:
            setattr(module, name, value)
        _forget(modules)
        yield api
    finally:
        for module, name, value in before:
            setattr(module, name, value)
        _forget(modules)


def _forget(modules: list[ModuleType]) -> None:
    for module in modules:
        for made in vars(module).values():
            if hasattr(made, "cache_clear"):
                made.cache_clear()


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"checkout_runtime.handlers.{name}")


def _handler(name: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    handler: Callable[[dict[str, Any], Any], dict[str, Any]] = _module(name).handler
    return handler


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _event(
    parameters: Mapping[str, str],
    query: str,
    headers: Mapping[str, str],
    body: bytes | None,
    claims: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return the event of a request (HTTP API, payload format 2.0)."""
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        # API Gateway joins repeated names by a comma.
        values[name] = f"{values[name]},{value}" if name in values else value
    event: dict[str, Any] = {
        "version": "2.0",
        "headers": {name.lower(): value for name, value in headers.items()},
        "pathParameters": dict(parameters),
        "requestContext": {
            "requestId": "JKJaXmPLvHcESHA=",
            **({} if claims is None else {"authorizer": {"jwt": {"claims": dict(claims)}}}),
        },
        "isBase64Encoded": False,
    }
    if values:
        event["queryStringParameters"] = values
    if body is not None:
        event["body"] = body.decode(errors="replace")
    return event
