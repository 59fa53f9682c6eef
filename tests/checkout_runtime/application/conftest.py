"""A checkout for each test: in memory, or on a real table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checkout_runtime.application.checkout_world import CheckoutWorld
from tests.checkout_runtime.application.working import Checkout

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def checkout() -> Checkout:
    """A checkout in memory."""
    return Checkout()


@pytest.fixture
def world(dynamodb: DynamoDBClient, order_table: str) -> CheckoutWorld:
    """A checkout whose table other tests share: for what names its orders."""
    return CheckoutWorld(dynamodb, order_table)


@pytest.fixture
def own_world(dynamodb: DynamoDBClient, own_table: str) -> CheckoutWorld:
    """A checkout whose table is its own: for what looks at all orders."""
    return CheckoutWorld(dynamodb, own_table)
