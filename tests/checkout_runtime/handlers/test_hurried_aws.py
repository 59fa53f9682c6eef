"""The event bus has a client of its own, whose calls are short."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.lean_aws.client import LeanService
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError
from checkout_runtime.handlers import dependencies


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A function's, with nothing made yet."""
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    }.items():
        monkeypatch.setenv(name, value)
    makers = (dependencies._lean_aws, dependencies._hurried_aws)
    for maker in makers:
        maker.cache_clear()
    yield
    for maker in makers:
        maker.cache_clear()


def test_what_the_bus_does_not_understand_changes_nothing_for_the_queue() -> None:
    bus, queue = (dependencies.aws_service(each) for each in ("events", "sqs"))
    assert isinstance(queue, LeanService)
    hurried = dependencies.aws_service("events", call_seconds=1.0)
    assert isinstance(hurried, LeanService)
    assert isinstance(bus, LeanService)
    hurried._aws.fallback.turn_on(NotUnderstoodError("name"))
    assert hurried._aws.fallback.is_on
    assert not queue._aws.fallback.is_on


def test_its_certificates_are_those_that_are_loaded_already() -> None:
    hurried = dependencies.aws_service("events", call_seconds=1.0)
    assert isinstance(hurried, LeanService)
    assert hurried._aws._tls() is dependencies._lean_aws()._tls()


def test_its_calls_are_short_by_either_client(monkeypatch: pytest.MonkeyPatch) -> None:
    hurried = dependencies.aws_service("events", call_seconds=1.0)
    assert isinstance(hurried, LeanService)
    tries = hurried._aws.tries()
    assert tries._deadline - 1.0 == pytest.approx(tries.deadline() - 1.0, abs=0.5)
    monkeypatch.setenv("CHECKOUT_AWS_CLIENT", "botocore")
    by_botocore = dependencies.aws_service("events", call_seconds=1.0)
    assert isinstance(by_botocore, BotocoreService)
    config = by_botocore.client.meta.config
    assert config.connect_timeout + config.read_timeout == 1.0
    assert config.retries["total_max_attempts"] == 1


def test_botocore_after_the_lean_client_is_short_too() -> None:
    hurried = dependencies.aws_service("events", call_seconds=1.0)
    assert isinstance(hurried, LeanService)
    made = hurried._aws.fallback._service("events")
    assert isinstance(made, BotocoreService)
    assert made.client.meta.config.read_timeout == 0.5
