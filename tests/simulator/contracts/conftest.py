"""Each contract runs on the model, on the local AWS and, opt-in, on a real account."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest

from checkout_runtime.adapters.aws import AwsService
from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.lean_aws.client import LeanAws
from checkout_runtime.adapters.lean_aws.operations import SERVICES
from checkout_stack.local.aws import LocalAws
from tests.simulator.contracts.backends import OrderTable, PaymentQueue, VirtualClock
from tests.simulator.contracts.known_differences import KNOWN_DIFFERENCES
from tests.simulator.contracts.made_on_aws import made_queues, made_table
from tests.simulator.contracts.made_on_models import model_queues, model_table

REAL_ACCOUNT = "CHECKOUT_VERIFY_AWS"
CALLED_BY_CONTRACTS = {
    "dynamodb": {"DeleteItem"},
    "sqs": {"SendMessage", "ReceiveMessage", "DeleteMessage"},
}
"""What no function calls, so that the lean client does not name it."""


class Backend:
    """An AWS through one adapter of the port: a table that tests share, and queues of their own."""

    def __init__(self, clients: Mapping[str, Any], services: Mapping[str, AwsService]) -> None:
        """Take clients to make things there, and the adapter's services, by the same names."""
        self._clients, self._services = clients, services
        self._prefix = f"checkout-contract-{secrets.token_hex(4)}"
        self._made = ExitStack()

    @cached_property
    def table(self) -> OrderTable:
        """Its table, made when it is first asked for."""
        client, service = self._clients["dynamodb"], self._services["dynamodb"]
        return self._made.enter_context(made_table(client, service, f"{self._prefix}-orders"))

    def queues(self, name: str) -> AbstractContextManager[PaymentQueue]:
        """A queue and its dead letters, which are deleted afterwards."""
        client, service = self._clients["sqs"], self._services["sqs"]
        return made_queues(client, service, f"{self._prefix}-{name}")

    def delete(self) -> None:
        """Delete what was made and is not deleted yet."""
        self._made.close()


def by_botocore(clients: Mapping[str, Any]) -> Backend:
    """The AWS that clients reach, through the runtime's botocore adapter."""
    return Backend(clients, {name: BotocoreService(client) for name, client in clients.items()})


@contextmanager
def by_lean(clients: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[Backend]:
    """The AWS of an environment, through the lean adapter, which must understand all of it."""
    aws = LeanAws(environ)
    with pytest.MonkeyPatch.context() as patched:
        for name, more in CALLED_BY_CONTRACTS.items():
            known = SERVICES[name]
            patched.setitem(SERVICES, name, known._replace(operations=known.operations | more))
        backend = Backend(clients, {name: aws.service(name) for name in clients})
    yield backend
    backend.delete()
    assert not aws.fallback.is_on


@pytest.fixture(scope="session")
def local_by_lean(local_aws: LocalAws) -> Iterator[Backend]:
    """The local AWS."""
    clients = {"dynamodb": local_aws.dynamodb(), "sqs": local_aws.sqs()}
    with by_lean(clients, local_aws.environment()) as backend:
        yield backend


@pytest.fixture(scope="session")
def real_by_lean() -> Iterator[Backend]:
    """The account whose credentials botocore finds, if that is asked for."""
    _skip_unless_asked_for()
    session = boto3.Session()
    found: Any = session.get_credentials()
    credentials = found.get_frozen_credentials()
    environ = {
        "AWS_REGION": str(session.region_name),
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token or "",
    }
    clients = {"dynamodb": session.client("dynamodb"), "sqs": session.client("sqs")}
    with by_lean(clients, environ) as backend:
        yield backend


def _skip_unless_asked_for() -> None:
    if os.environ.get(REAL_ACCOUNT) != "1":
        pytest.skip(f"set {REAL_ACCOUNT}=1 to run this in the account of your credentials")


@pytest.fixture(scope="session")
def local_by_botocore(local_aws: LocalAws) -> Iterator[Backend]:
    """The local AWS."""
    backend = by_botocore({"dynamodb": local_aws.dynamodb(), "sqs": local_aws.sqs()})
    yield backend
    backend.delete()


@pytest.fixture(scope="session")
def real_by_botocore() -> Iterator[Backend]:
    """The account whose credentials are in the environment, if that is asked for."""
    _skip_unless_asked_for()
    backend = by_botocore({"dynamodb": boto3.client("dynamodb"), "sqs": boto3.client("sqs")})
    yield backend
    backend.delete()


FIXTURE_OF = {
    "local AWS by botocore": "local_by_botocore",
    "local AWS by lean": "local_by_lean",
    "real account by botocore": "real_by_botocore",
    "real account by lean": "real_by_lean",
}
"""Each AWS through each adapter of the port. Another adapter is held to the contracts by a fixture
of its own and an entry here; its known differences are those of the AWS before "by"."""
BACKENDS = ["model", *FIXTURE_OF]
SECOND_LOOK = "local AWS by botocore"
"""The runtime's own tests take the local AWS by botocore; functions use it only as a fallback."""
PARAMETERS = [
    pytest.param(each, marks=pytest.mark.thorough if each == SECOND_LOOK else ())
    for each in BACKENDS
]


@pytest.fixture(scope="session")
def local_table(local_by_botocore: Backend) -> OrderTable:
    """A table on the local AWS."""
    return local_by_botocore.table


@pytest.fixture(params=PARAMETERS)
def table(request: pytest.FixtureRequest) -> OrderTable:
    """An order table. On a model it is empty, elsewhere tests share it by keys of their own."""
    if request.param == "model":
        return model_table(VirtualClock())
    backend: Backend = request.getfixturevalue(FIXTURE_OF[request.param])
    return backend.table


@pytest.fixture(scope="session")
def _keys() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def key(_keys: Iterator[int]) -> str:
    """A partition key that no other test has."""
    return f"item-{next(_keys)}"


@pytest.fixture(params=PARAMETERS)
def queue(request: pytest.FixtureRequest, key: str) -> Iterator[PaymentQueue]:
    """A queue of the test's own, with a dead-letter queue."""
    if request.param == "model":
        yield model_queues(VirtualClock())
        return
    backend: Backend = request.getfixturevalue(FIXTURE_OF[request.param])
    with backend.queues(key) as queue:
        yield queue


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the known differences, strictly: one that is gone has to be taken off the list."""
    here = Path(__file__).parent
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or item.path.parent != here:
            continue
        texts = [value for value in callspec.params.values() if isinstance(value, str)]
        values = {value.partition(" by ")[0] if value in BACKENDS else value for value in texts}
        for difference in KNOWN_DIFFERENCES:
            if difference.backend in values and difference.applies(item.name, values):
                item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True))
