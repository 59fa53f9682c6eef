"""Each contract runs on the model, on the local AWS and, opt-in, on a real account."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from checkout_stack.local.aws import LocalAws
from tests.simulator.contracts.backends import OrderTable, PaymentQueue, VirtualClock
from tests.simulator.contracts.known_differences import KNOWN_DIFFERENCES
from tests.simulator.contracts.made_on_aws import made_queues, made_table
from tests.simulator.contracts.made_on_models import model_queues, model_table

REAL_ACCOUNT = "CHECKOUT_VERIFY_AWS"
BACKENDS = ["model", "local AWS", "real account"]


@pytest.fixture(scope="session")
def prefix() -> str:
    """Begins the name of everything that the contracts make, and of nothing else."""
    return f"checkout-contract-{secrets.token_hex(4)}"


def real_client(service: str) -> Any:
    """A client of the account whose credentials are in the environment, if that is asked for."""
    if os.environ.get(REAL_ACCOUNT) != "1":
        pytest.skip(f"set {REAL_ACCOUNT}=1 to run this in the account of your credentials")
    return boto3.client(service)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def local_table(local_aws: LocalAws, prefix: str) -> Iterator[OrderTable]:
    """A table on the local AWS."""
    with made_table(local_aws.dynamodb(), f"{prefix}-orders") as table:
        yield table


@pytest.fixture(scope="session")
def real_table(prefix: str) -> Iterator[OrderTable]:
    """A table in a real account."""
    with made_table(real_client("dynamodb"), f"{prefix}-orders") as table:
        yield table


@pytest.fixture(params=BACKENDS)
def table(request: pytest.FixtureRequest) -> OrderTable:
    """An order table. On a model it is empty, elsewhere tests share it by keys of their own."""
    if request.param == "model":
        return model_table(VirtualClock())
    name = "local_table" if request.param == "local AWS" else "real_table"
    found: OrderTable = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def _keys() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def key(_keys: Iterator[int]) -> str:
    """A partition key that no other test has."""
    return f"item-{next(_keys)}"


@pytest.fixture(params=BACKENDS)
def queue(request: pytest.FixtureRequest, prefix: str, key: str) -> Iterator[PaymentQueue]:
    """A queue of the test's own, with a dead-letter queue."""
    if request.param == "model":
        yield model_queues(VirtualClock())
        return
    if request.param == "local AWS":
        aws: LocalAws = request.getfixturevalue("local_aws")
        client = aws.sqs()
    else:
        client = real_client("sqs")
    with made_queues(client, f"{prefix}-{key}") as queue:
        yield queue


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the known differences, strictly: one that is gone has to be taken off the list."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or Path(__file__).parent != item.path.parent:
            continue
        values = {value for value in callspec.params.values() if isinstance(value, str)}
        for difference in KNOWN_DIFFERENCES:
            if difference.backend in values and difference.applies(item.name, values):
                item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True))
