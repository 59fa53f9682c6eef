"""The payment service's secret: cached, rotated, never told."""

from __future__ import annotations

import pytest

from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import CACHE_SECONDS, CachedSecret, SecretUnavailable
from checkout_runtime.domain.outcomes import Unknown
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.making import new_order
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


def test_a_payment_service_without_its_secret_is_not_ready(
    secret: CachedSecret, client: StubSecrets
) -> None:
    client.is_down = True
    with pytest.raises(SecretUnavailable):
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
