"""The payment service's secret: cached, rotated, never told."""

from __future__ import annotations

import logging
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import (
    CACHE_SECONDS,
    RETRY_SECONDS,
    STALE_SECONDS,
    CachedSecret,
    SecretMisconfiguredError,
    SecretUnavailableError,
)
from checkout_runtime.domain.outcomes import Unknown
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.state_events import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def client() -> StubSecrets:
    return StubSecrets("first")


@pytest.fixture
def secret(client: StubSecrets, clock: SetClock) -> CachedSecret:
    return CachedSecret(client, "arn", clock)


def test_nothing_is_read_before_it_is_needed(secret: CachedSecret, client: StubSecrets) -> None:
    assert client.reads == 0


def test_a_secret_is_read_once_in_five_minutes(
    secret: CachedSecret, client: StubSecrets, clock: SetClock
) -> None:
    assert secret.value() == "first"
    client.value = "rotated"
    clock.time += CACHE_SECONDS * 1000 - 1
    assert secret.value() == "first"
    clock.time += 1
    assert secret.value() == "rotated"
    assert client.reads == 2


def test_a_refused_secret_is_read_afresh(secret: CachedSecret, client: StubSecrets) -> None:
    secret.value()
    client.value = "rotated"
    secret.drop()
    assert secret.value() == "rotated"


# While Secrets Manager is down ------------------------------------------------------------------


def test_the_last_value_is_used_while_secrets_manager_does_not_answer(
    secret: CachedSecret,
    client: StubSecrets,
    clock: SetClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret.value()
    client.is_down = True
    clock.time += CACHE_SECONDS * 1000
    with caplog.at_level(logging.WARNING, logger="checkout_runtime"):
        assert secret.value() == "first"
    [record] = [vars(each) for each in caplog.records]
    assert (record["event"], record["age_seconds"]) == ("secret_stale", CACHE_SECONDS)
    assert "first" not in str(record)


def test_an_old_value_is_used_for_a_bounded_time(
    secret: CachedSecret, client: StubSecrets, clock: SetClock
) -> None:
    secret.value()
    client.is_down = True
    clock.time += STALE_SECONDS * 1000 - 1
    assert secret.value() == "first"
    clock.time += 1
    with pytest.raises(SecretUnavailableError):
        secret.value()


def test_an_outage_is_not_asked_about_at_every_use_and_its_end_is_noticed(
    secret: CachedSecret, client: StubSecrets, clock: SetClock
) -> None:
    secret.value()
    client.is_down = True
    clock.time += CACHE_SECONDS * 1000
    for _ in range(5):
        secret.value()
    assert len(client.tries) == 2
    client.is_down, client.value = False, "rotated"
    clock.time += RETRY_SECONDS * 1000
    assert secret.value() == "rotated"


def test_a_refused_secret_is_not_used_again_though_no_other_can_be_read(
    secret: CachedSecret, client: StubSecrets, clock: SetClock
) -> None:
    secret.value()
    client.is_down = True
    clock.time += CACHE_SECONDS * 1000
    assert secret.value() == "first"
    secret.drop()
    for _ in range(2):
        with pytest.raises(SecretUnavailableError):
            secret.value()


def test_a_secret_that_is_refused_while_it_is_read_again_is_not_used_again(
    secret: CachedSecret, client: StubSecrets, clock: SetClock
) -> None:
    secret.value()
    client.is_down = True
    clock.time += CACHE_SECONDS * 1000
    client.asked.clear()
    client.may_answer.clear()
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(secret.value)
        assert client.asked.wait(timeout=5)
        secret.drop()
        client.may_answer.set()
        with pytest.raises(SecretUnavailableError):
            reading.result(timeout=5)


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "ResourceNotFoundException", "DecryptionFailure"],
)
def test_a_secret_that_may_not_be_read_any_more_is_not_used_and_is_no_outage(
    code: str, secret: CachedSecret, client: StubSecrets, clock: SetClock
) -> None:
    secret.value()
    client.error = AwsRefusedError(code)
    clock.time += CACHE_SECONDS * 1000
    with pytest.raises(SecretMisconfiguredError, match=code):
        secret.value()
    client.is_down = True
    with pytest.raises(SecretUnavailableError) as caught:
        secret.value()
    assert not isinstance(caught.value, SecretMisconfiguredError)


@pytest.mark.parametrize("value", ["", " \n", "two words"])
def test_a_secret_that_cannot_be_sent_is_for_an_operator(value: str, clock: SetClock) -> None:
    with pytest.raises(SecretMisconfiguredError):
        CachedSecret(StubSecrets(value), "arn", clock).value()


# Threads ---------------------------------------------------------------------------------------

AT_ONCE = 10


def wait_until_all_ask() -> None:
    """Wait until every thread is in the code that reads, or that waits for who reads."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        asking = [frame for frame in sys._current_frames().values() if _asks(frame)]
        if len(asking) == AT_ONCE:
            return
        time.sleep(0.005)
    raise AssertionError("not every thread asked")


def _asks(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not CachedSecret.value.__code__:
        frame = frame.f_back
    return frame is not None


def all_at_once(secret: CachedSecret, client: StubSecrets) -> list[str]:
    """What threads are told that all asked before Secrets Manager answered the first of them."""
    started = threading.Barrier(AT_ONCE + 1)

    def ask() -> str:
        started.wait(timeout=5)
        try:
            return secret.value()
        except SecretUnavailableError as problem:
            return type(problem).__name__

    client.may_answer.clear()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = [threads.submit(ask) for _ in range(AT_ONCE)]
        started.wait(timeout=5)
        assert client.asked.wait(timeout=5)
        wait_until_all_ask()
        client.may_answer.set()
        return [answer.result(timeout=5) for answer in answers]


def test_ten_threads_at_once_make_one_read(secret: CachedSecret, client: StubSecrets) -> None:
    assert all_at_once(secret, client) == ["first"] * AT_ONCE
    assert client.reads == 1


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("InternalServiceError", "SecretUnavailableError"),
        ("AccessDeniedException", "SecretMisconfiguredError"),
    ],
)
def test_threads_that_wait_for_a_read_share_its_failure(
    code: str, told: str, secret: CachedSecret, client: StubSecrets
) -> None:
    client.error = AwsRefusedError(code)
    assert all_at_once(secret, client) == [told] * AT_ONCE
    assert len(client.tries) < AT_ONCE  # a thread that comes late asks for itself


def test_a_payment_service_without_its_secret_is_not_ready(
    secret: CachedSecret, client: StubSecrets
) -> None:
    client.is_down = True
    with pytest.raises(SecretUnavailableError):
        service(secret).prepare()


def service(secret: CachedSecret) -> HttpPaymentService:
    url = "http://127.0.0.1:9/"
    return HttpPaymentService(url=url, look_up_url=url, secret=secret, timeout_seconds=0.2)


def test_a_secret_that_cannot_be_read_any_more_is_an_unknown_and_no_exception(
    secret: CachedSecret, client: StubSecrets
) -> None:
    """Requests never raise, says the port: an order would stay CHARGING until its lease ends."""
    secret.value()
    secret.drop()
    client.is_down = True
    assert isinstance(service(secret).charge(new_order()), Unknown)


@pytest.mark.parametrize("value", ["sk_live_1\n", "sk_live_1\r\nX: 1"])
def test_a_secret_that_is_no_header_value_is_not_told_in_the_reason(
    value: str, clock: SetClock
) -> None:
    """The reason is logged: http.client quotes the whole header that it refuses."""
    outcome = service(CachedSecret(StubSecrets(value), "arn", clock)).charge(new_order())
    assert isinstance(outcome, Unknown)
    assert "sk_live" not in outcome.reason
