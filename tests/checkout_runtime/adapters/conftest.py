"""Each test of the order table runs on the model of DynamoDB and on the local AWS."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from tests.checkout_runtime.adapters.order_stores import OnDynamoDb, OrderStore
from tests.checkout_runtime.in_memory_ports import InMemoryOrders


@pytest.fixture(params=["on the model", "on the local AWS"])
def store(request: pytest.FixtureRequest) -> OrderStore:
    """A table that other tests may share."""
    if request.param == "on the model":
        return InMemoryOrders()
    dynamodb: BotocoreService = request.getfixturevalue("dynamodb")
    return OnDynamoDb(dynamodb, request.getfixturevalue("order_table"))


@pytest.fixture(params=["on the model", "on the local AWS"])
def own_store(request: pytest.FixtureRequest) -> Callable[[int], OrderStore]:
    """A table of the test's own, with as many shards as it asks for."""
    if request.param == "on the model":
        return InMemoryOrders
    dynamodb: BotocoreService = request.getfixturevalue("dynamodb")
    name: str = request.getfixturevalue("own_table")
    return lambda shards: OnDynamoDb(dynamodb, name, shards)


@pytest.fixture
def key(fresh_name: Callable[[str], str]) -> str:
    """An idempotency key that no other test has."""
    return fresh_name("contract")
