"""The lean client in front of a scripted server, with botocore's place taken by a recorder."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsError
from checkout_runtime.adapters.lean_aws.client import LeanAws, LeanService
from checkout_runtime.adapters.lean_aws.fallback import Fallback
from checkout_runtime.adapters.lean_aws.tries import Tries
from tests.checkout_runtime.adapters.lean_aws.scripted_server import ScriptedServer

ACCESS_KEY, SECRET_KEY, TOKEN = "AKIDEXAMPLE", "wJalr/secret+key", "session-token=="
NOW = 1_800_000_000.0


@dataclass
class FakeBotocore:
    """What is called where the lean client gives up."""

    calls: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    error: AwsError | None = None

    def service(self, name: str) -> Any:
        self.made.append(name)
        return _Service(self, name)


@dataclass
class _Service:
    botocore: FakeBotocore
    name: str

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.botocore.calls.append((self.name, operation, parameters))
        if self.botocore.error is not None:
            raise self.botocore.error
        return {"by": "botocore"}


@dataclass
class Clock:
    """A wall clock that tests set."""

    time: float = NOW

    def now(self) -> float:
        return self.time


@dataclass
class Lean:
    """A lean client and what surrounds it."""

    environ: dict[str, str]
    server: ScriptedServer
    clock: Clock = field(default_factory=Clock)
    botocore: FakeBotocore = field(default_factory=FakeBotocore)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start_again()

    def start_again(self) -> None:
        """Begin as a fresh execution environment does."""
        self.aws = LeanAws(
            self.environ,
            fallback=Fallback(self.botocore.service),
            now=self.clock.now,
            tries=self._tries,
        )
        self.dynamodb = self.aws.service("dynamodb")

    def put(self, service: LeanService | None = None) -> dict[str, Any]:
        """Put an item."""
        return (service or self.dynamodb).call("PutItem", {"TableName": "t", "Item": {}})

    @property
    def fell_back(self) -> bool:
        return self.aws.fallback.is_on

    def _tries(self) -> Tries:
        return Tries(now=self.clock.now, pause=self.pauses.append, random_part=lambda: 0.5)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def environ(server: ScriptedServer) -> dict[str, str]:
    return {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": TOKEN,
        "AWS_ENDPOINT_URL": server.url,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    }


@pytest.fixture
def lean(environ: dict[str, str], server: ScriptedServer) -> Lean:
    return Lean(environ, server)


@pytest.fixture
def fell_back_because(caplog: pytest.LogCaptureFixture) -> Any:
    """Returns the reasons of the records that say so."""
    caplog.set_level(logging.INFO)
    return lambda: [
        vars(record)["reason"]
        for record in caplog.records
        if vars(record).get("event") == "aws_client_fell_back"
    ]
