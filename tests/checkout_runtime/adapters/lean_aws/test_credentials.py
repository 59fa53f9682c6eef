"""Credentials of the container endpoint: renewed early, kept while they serve, dropped in time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError
from checkout_runtime.adapters.lean_aws import credentials, tries
from checkout_runtime.adapters.lean_aws.credentials import RENEW_EARLY_SECONDS, CredentialSource
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError
from checkout_runtime.adapters.lean_aws.tries import TRY_SECONDS
from tests.checkout_runtime.adapters.lean_aws.conftest import NOW, Clock, Lean
from tests.checkout_runtime.adapters.lean_aws.scripted_server import (
    ScriptedServer,
    Step,
    answer,
    hold,
    raw,
    refusal,
)

HOUR = 3600


def test_to_read_them_leaves_half_of_a_try() -> None:
    assert 2 * credentials.ENDPOINT_SECONDS <= TRY_SECONDS


def given(key: str, expires_at: float = NOW + HOUR, **other: Any) -> Step:
    """What the endpoint says."""
    until = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {"AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", "Expiration": until}
    return answer({**said, **other})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def endpoint() -> Iterator[ScriptedServer]:
    endpoint = ScriptedServer()
    yield endpoint
    endpoint.close()


@pytest.fixture
def variables(endpoint: ScriptedServer) -> dict[str, str]:
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{endpoint.url}/creds?of=me",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
    }


@pytest.fixture
def source(variables: dict[str, str], clock: Clock) -> CredentialSource:
    return CredentialSource(variables, lambda: pytest.fail("no TLS"), now=clock.now)


def test_they_are_asked_for_as_the_environment_says_and_kept(
    source: CredentialSource, endpoint: ScriptedServer
) -> None:
    endpoint.script(given("first"))
    assert source.current().access_key == "first"
    assert source.current().access_key == "first"
    (asked,) = endpoint.requests
    assert asked.line == "GET /creds?of=me HTTP/1.1"
    assert asked.headers["authorization"] == "Basic abc"


def test_a_token_of_a_file_comes_first_and_is_read_each_time(
    source: CredentialSource, endpoint: ScriptedServer, variables: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "token"
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(file)
    for token in ("one", "two"):
        file.write_text(token)
        endpoint.script(given("any"))
        source.forget()
        source.current()
    assert [asked.headers["authorization"] for asked in endpoint.requests] == ["one", "two"]
    file.write_text("one\n")
    source.forget()
    with pytest.raises(NotUnderstoodError):
        source.current()
    file.unlink()
    with pytest.raises(NotUnderstoodError):
        source.current()


def test_without_a_token_none_is_sent(
    source: CredentialSource, endpoint: ScriptedServer, variables: dict[str, str]
) -> None:
    del variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    endpoint.script(given("any"))
    source.current()
    assert "authorization" not in endpoint.requests[0].headers


def test_a_relative_address_is_the_containers(
    source: CredentialSource,
    endpoint: ScriptedServer,
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert credentials.CONTAINER_HOST == "http://169.254.170.2"
    monkeypatch.setattr(credentials, "CONTAINER_HOST", endpoint.url)
    variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/relative"
    endpoint.script(given("any"))
    source.current()
    assert endpoint.requests[0].line == "GET /relative HTTP/1.1"


def test_the_environments_own_come_first(
    source: CredentialSource, variables: dict[str, str]
) -> None:
    variables |= {"AWS_ACCESS_KEY_ID": "own", "AWS_SECRET_ACCESS_KEY": "s"}
    assert source.current() == ("own", "s", None, None)


def test_they_are_renewed_before_they_expire(
    source: CredentialSource, endpoint: ScriptedServer, clock: Clock
) -> None:
    endpoint.script(given("first"), given("second", NOW + 2 * HOUR))
    source.current()
    clock.time = NOW + HOUR - RENEW_EARLY_SECONDS - 1
    assert source.current().access_key == "first"
    clock.time += 1
    assert source.current().access_key == "second"


def test_those_that_are_short_lived_are_not_read_at_each_call(
    source: CredentialSource, endpoint: ScriptedServer, clock: Clock
) -> None:
    endpoint.script(given("first", NOW + RENEW_EARLY_SECONDS), given("second"))
    source.current()
    clock.time += credentials.RENEW_AGAIN_SECONDS - 1
    assert source.current().access_key == "first"
    clock.time += 1
    assert source.current().access_key == "second"


def test_threads_wait_for_one_of_them_to_read_and_no_longer_than_it_may_take(
    source: CredentialSource, endpoint: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.script(given("first"), hold(1))
    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(source.current) for _ in range(8)]
    assert {each.result().access_key for each in found} == {"first"}
    assert len(endpoint.requests) == 1
    source.forget()
    monkeypatch.setattr(credentials, "ENDPOINT_SECONDS", 0.1)
    with source._reading, pytest.raises(AwsNoAnswerError, match="CredentialsNotAnswered"):
        source.current()


def test_no_thread_waits_for_another_to_renew_what_still_serves(
    source: CredentialSource, endpoint: ScriptedServer, clock: Clock
) -> None:
    endpoint.script(given("first"))
    source.current()
    clock.time = NOW + HOUR - RENEW_EARLY_SECONDS
    with source._reading:
        began = time.monotonic()
        assert source.current().access_key == "first"
    assert time.monotonic() - began < credentials.ENDPOINT_SECONDS / 2


def test_a_silent_endpoint_takes_no_longer_than_the_call_has(
    lean: Lean, endpoint: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del lean.environ["AWS_ACCESS_KEY_ID"]
    lean.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{endpoint.url}/"
    monkeypatch.setattr(tries, "CALL_SECONDS", 0.3)
    endpoint.script(hold(2), hold(2))
    began = time.monotonic()
    with lean.aws.credentials._reading, pytest.raises(AwsNoAnswerError):
        lean.put()
    with pytest.raises(AwsNoAnswerError):
        lean.put()
    assert time.monotonic() - began < 2 * 0.3 + 0.3


@pytest.mark.parametrize("failure", [raw(b""), answer(b"?"), answer({}, status=500)])
def test_old_ones_serve_to_their_end_while_the_endpoint_fails(
    source: CredentialSource, endpoint: ScriptedServer, clock: Clock, failure: Step
) -> None:
    endpoint.script(given("first"), failure, failure)
    source.current()
    clock.time = NOW + HOUR - RENEW_EARLY_SECONDS
    assert source.current().access_key == "first"
    asked = len(endpoint.requests)
    clock.time += credentials.RENEW_AGAIN_SECONDS - 1
    assert source.current().access_key == "first"
    assert len(endpoint.requests) == asked
    clock.time = NOW + HOUR
    with pytest.raises((AwsNoAnswerError, NotUnderstoodError)):
        source.current()


def test_refused_ones_are_read_again(lean: Lean, endpoint: ScriptedServer) -> None:
    del lean.environ["AWS_ACCESS_KEY_ID"]
    lean.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{endpoint.url}/"
    endpoint.script(given("first"), given("second"))
    lean.server.script(refusal("ExpiredTokenException"), answer(), answer())
    lean.put()
    lean.put()
    signed = [sent.headers["authorization"] for sent in lean.server.requests]
    assert ["first" in each for each in signed] == [True, False, False]
    assert len(endpoint.requests) == 2


def test_an_endpoint_that_is_silent_once_does_not_fail_a_call(
    lean: Lean, endpoint: ScriptedServer
) -> None:
    del lean.environ["AWS_ACCESS_KEY_ID"]
    lean.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{endpoint.url}/"
    endpoint.script(raw(b""), given("first"))
    lean.server.script(answer({"a": 1}))
    assert lean.put() == {"a": 1}


@pytest.mark.parametrize(
    "said",
    [
        answer(b"no JSON"),
        answer([]),
        answer({"AccessKeyId": "a"}),
        given("a", Expiration="soon"),
        given("a", Expiration=7),
        given("a", Token=7),
        given("a", Token="t\r\nx-more: 1"),
        given(""),
        answer({"message": "forbidden"}, status=403),
    ],
)
def test_an_answer_that_gives_none_is_left_to_botocore(
    source: CredentialSource, endpoint: ScriptedServer, said: Step
) -> None:
    endpoint.script(said)
    with pytest.raises(NotUnderstoodError, match="credentials") as caught:
        source.current()
    assert not caught.value.is_sent


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example.com/",
        "http://127.0.0.1.evil.example.com/",
        "http://[::2]/",
        "ftp://localhost/",
        "http://[broken/",
        "http://localhost/a b",
        "",
    ],
)
def test_no_other_host_is_asked_without_tls(
    source: CredentialSource, variables: dict[str, str], address: str
) -> None:
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = address
    with pytest.raises(NotUnderstoodError, match="credentials"):
        source.current()


def test_what_botocore_would_read_is_read(variables: dict[str, str]) -> None:
    """The names of the variables and members are botocore's."""
    import botocore.credentials

    provider = botocore.credentials.ContainerProvider
    assert provider.ENV_VAR_FULL in variables
    assert provider.ENV_VAR_AUTH_TOKEN in variables
    assert json.dumps(provider.ENV_VAR_AUTH_TOKEN_FILE) in Path(credentials.__file__).read_text()
