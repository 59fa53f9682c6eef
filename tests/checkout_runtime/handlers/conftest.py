"""The real handlers with the environment that the construct gives them, on the local AWS."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.handlers import dependencies, payment_dependencies
from tests.checkout_runtime.adapters.answering_server import AnsweringServer, answering
from tests.checkout_runtime.handlers.queue_events import CAPTURED, SECRET

if TYPE_CHECKING:
    from checkout_stack.local.aws import LocalAws

HANDLERS = (
    "place_order",
    "get_order",
    "start_payment_attempt",
    "resume_payment",
    "find_order",
    "relay_orders",
    "process_payments",
    "reconcile_orders",
    "audit_charges",
    "receive_webhook",
)


@dataclass(frozen=True)
class Watched:
    """A service, with what a test does before each call."""

    service: AwsService
    before_calls: list[Callable[[str], None]]

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call it, as ``AwsService`` has it."""
        for act in self.before_calls:
            act(operation)
        return self.service.call(operation, parameters)


@dataclass(frozen=True)
class Functions:
    """The functions of one deployed checkout."""

    orders: DynamoDbOrders
    calls: list[str]
    """The operations of DynamoDB that were called, in order."""
    before_calls: list[Callable[[str], None]]
    """Called with the operation before each of them; what they raise is raised by the call."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = _module(name).handler
        return lambda event, context=None: function(event, context)


@pytest.fixture
def functions(
    aws_environment: None,
    order_table: str,
    payment_queue_url: str,
    fresh_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Functions]:
    environment = {
        "CHECKOUT_NAMESPACE": fresh_name("namespace"),
        "ORDER_TABLE_NAME": order_table,
        "UNSETTLED_SHARDS": "1",
        "SCOPE_FROM": json.dumps([["jwt", "claims", "iss"], ["jwt", "claims", "sub"]]),
        "MAX_PAYMENT_ATTEMPTS": "3",
        "PAYMENT_QUEUE_URL": payment_queue_url,
        "LEASE_SECONDS": "40",
        "ACTION_SECONDS": "3600",
        "PROCESSING_PATIENCE_SECONDS": "86400",
        "FIRST_RETRY_SECONDS": "5",
        "LONGEST_RETRY_SECONDS": "120",
        "RECONCILE_AFTER_SECONDS": "360",
        "PAYMENT_SERVICE_KIND": "http",
        "PAYMENT_SERVICE_URL": "http://127.0.0.1:9/charges",
        "PAYMENT_SERVICE_SECRET_ARN": "arn",
        "PAYMENT_SERVICE_TIMEOUT_SECONDS": "1",
        "PAYMENT_KEY_RETENTION_SECONDS": "86400",
        "QUARANTINE_BEFORE_MS": "0",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    calls: list[str] = []
    before_calls: list[Callable[[str], None]] = [calls.append]
    aws_service = dependencies.aws_service
    monkeypatch.setattr(
        dependencies,
        "aws_service",
        lambda name: Watched(aws_service(name), before_calls if name == "dynamodb" else []),
    )
    yield Functions(DynamoDbOrders(dependencies.dynamodb(), order_table), calls, before_calls)
    clear_caches()


@pytest.fixture
def service(
    local_aws: LocalAws,
    functions: Functions,
    fresh_name: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[AnsweringServer]:
    """A payment service that captures, and its secret."""
    secret = local_aws.secrets_manager().create_secret(
        Name=fresh_name("payment-secret"), SecretString=SECRET
    )
    with answering() as server:
        server.say(200, CAPTURED)
        monkeypatch.setenv("PAYMENT_SERVICE_URL", server.url)
        monkeypatch.setenv("PAYMENT_SERVICE_SECRET_ARN", secret["ARN"])
        yield server


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"checkout_runtime.handlers.{name}")


def clear_caches() -> None:
    """Forget what earlier invocations of this process made."""
    for module in (dependencies, payment_dependencies, *map(_module, HANDLERS)):
        for made in vars(module).values():
            if hasattr(made, "cache_clear"):
                made.cache_clear()
