"""A checkout for each test, with a table of its own on the model of DynamoDB."""

from __future__ import annotations

import pytest

from tests.checkout_runtime.application.checkout_world import CheckoutWorld
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE, empty_dynamodb


@pytest.fixture
def checkout() -> Checkout:
    """A checkout in memory."""
    return Checkout()


@pytest.fixture
def world() -> CheckoutWorld:
    """A checkout whose adapters can be made to fail."""
    return CheckoutWorld(empty_dynamodb(), ORDER_TABLE)
