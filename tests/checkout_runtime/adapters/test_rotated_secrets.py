"""Cart secrets rotate: both stages count, and made-up signatures cost no calls."""

from __future__ import annotations

import pytest

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.rotated_secrets import RECHECK_SECONDS, RotatedSecrets
from checkout_runtime.adapters.secret import (
    CACHE_SECONDS,
    STALE_SECONDS,
    SecretMisconfiguredError,
    SecretUnavailableError,
)
from checkout_runtime.domain.signed_cart import (
    CartRefused,
    ExpiredCart,
    SignedCart,
    read_signed_cart,
    sign_cart,
)
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.state_events import SetClock

FIRST, SECOND, THIRD, MADE_UP = ("1" * 32, "2" * 32, "3" * 32, "0" * 32)


class Shop:
    """A checkout that reads carts, and the shop's secret in Secrets Manager."""

    def __init__(self, value: str = FIRST, previous: str | None = None) -> None:
        self.client = StubSecrets(value, previous)
        self.clock = SetClock()
        self.secrets = RotatedSecrets(self.client, "arn", self.clock)

    def takes(self, secret: str) -> bool:
        now = self.clock.now()
        token = sign_cart(
            "c-1", {}, expires_at=now // 1000 + 60, secret=secret.encode(), audience="shop"
        )
        cart = read_signed_cart(token, secrets=self.secrets, now=now, audience="shop")
        assert not isinstance(cart, ExpiredCart)
        assert isinstance(cart, SignedCart | CartRefused)
        return isinstance(cart, SignedCart)

    def let_pass(self, seconds: int) -> None:
        self.clock.time += seconds * 1000

    def tries(self) -> list[str]:
        """The stages that were asked for since the last time."""
        tries, self.client.tries = self.client.tries, []
        return tries


def test_carts_of_the_current_secret_cost_one_read_in_five_minutes() -> None:
    shop = Shop(previous=SECOND)
    assert all(shop.takes(FIRST) for _ in range(3))
    assert shop.tries() == ["AWSCURRENT"]


def test_a_cart_that_was_signed_before_the_rotation_is_taken() -> None:
    shop = Shop(SECOND, previous=FIRST)
    assert all(shop.takes(FIRST) for _ in range(3))
    assert shop.tries() == ["AWSCURRENT", "AWSPREVIOUS"]


def test_a_cart_that_was_signed_after_the_rotation_is_taken_though_the_cache_is_older() -> None:
    shop = Shop(FIRST)
    assert shop.takes(FIRST)
    shop.client.rotate(SECOND)
    shop.let_pass(RECHECK_SECONDS)
    assert shop.takes(SECOND)
    assert shop.takes(FIRST)


def test_a_rotation_is_noticed_also_where_a_previous_secret_was_known() -> None:
    shop = Shop(SECOND, previous=FIRST)
    assert shop.takes(FIRST)
    shop.client.rotate(THIRD)
    shop.let_pass(RECHECK_SECONDS)
    assert shop.takes(THIRD)
    assert shop.takes(SECOND)
    assert not shop.takes(FIRST)


def test_two_rotations_leave_the_first_secret_behind() -> None:
    shop = Shop(FIRST)
    assert shop.takes(FIRST)
    shop.client.rotate(SECOND)
    shop.client.rotate(THIRD)
    shop.let_pass(CACHE_SECONDS)
    assert shop.takes(SECOND)
    assert not shop.takes(FIRST)


def test_a_secret_that_was_never_rotated_has_none_before_it() -> None:
    shop = Shop(FIRST)
    assert not shop.takes(SECOND)
    assert shop.takes(FIRST)


def test_made_up_signatures_cause_no_call_each() -> None:
    shop = Shop(SECOND, previous=FIRST)
    for _ in range(1000):
        assert not shop.takes(MADE_UP)
    assert shop.tries() == ["AWSCURRENT", "AWSPREVIOUS"]
    for _ in range(100):
        shop.let_pass(1)
        assert not shop.takes(MADE_UP)
    assert shop.tries() == ["AWSCURRENT"] * (100 // RECHECK_SECONDS)


def test_made_up_signatures_cause_no_call_each_where_there_is_no_previous_secret() -> None:
    shop = Shop(FIRST)
    for _ in range(100):
        assert not shop.takes(MADE_UP)
    assert shop.tries() == ["AWSCURRENT", "AWSPREVIOUS"]


def test_while_the_previous_secret_cannot_be_read_an_old_cart_is_not_called_a_forgery() -> None:
    shop = Shop(SECOND, previous=FIRST)
    assert shop.takes(SECOND)
    shop.client.is_down = True
    for _ in range(5):
        with pytest.raises(SecretUnavailableError):
            shop.takes(FIRST)
    assert shop.tries() == ["AWSCURRENT", "AWSPREVIOUS"]
    assert shop.takes(SECOND)
    shop.client.is_down = False
    shop.let_pass(RECHECK_SECONDS)
    assert shop.takes(FIRST)


def test_a_cart_of_the_new_secret_is_taken_though_the_previous_one_cannot_be_read() -> None:
    """The secret was rotated because its key was: that of the previous version is disabled."""
    shop = Shop(FIRST)
    assert shop.takes(FIRST)
    shop.client.rotate(SECOND)
    shop.client.previous_error = AwsRefusedError("DecryptionFailure")
    shop.let_pass(RECHECK_SECONDS)
    assert shop.takes(SECOND)
    with pytest.raises(SecretMisconfiguredError):
        shop.takes(FIRST)


def test_both_secrets_are_used_while_secrets_manager_does_not_answer() -> None:
    shop = Shop(SECOND, previous=FIRST)
    assert shop.takes(FIRST)
    shop.client.is_down = True
    shop.let_pass(STALE_SECONDS - 1)
    shop.tries()
    for _ in range(3):
        assert shop.takes(FIRST)
        assert shop.takes(SECOND)
    assert shop.tries() == ["AWSCURRENT", "AWSPREVIOUS"]
    shop.let_pass(1)
    with pytest.raises(SecretUnavailableError):
        shop.takes(FIRST)


def test_a_current_secret_that_is_too_short_is_for_an_operator() -> None:
    with pytest.raises(SecretMisconfiguredError, match="31 bytes"):
        Shop("1" * 31).takes(FIRST)


@pytest.mark.parametrize("previous", ["placeholder", " "])
def test_a_previous_secret_that_is_too_short_signs_nothing(previous: str) -> None:
    assert not Shop(FIRST, previous=previous).takes(SECOND)


def test_a_secret_that_fits_no_header_signs_carts_all_the_same() -> None:
    secret = "a sentence of thirty-two characters"
    assert Shop(secret).takes(secret)
