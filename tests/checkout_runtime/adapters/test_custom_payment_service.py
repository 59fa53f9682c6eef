"""A module that is not ours: a valid answer is taken as it is, all else is unknown."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from checkout_runtime.adapters.custom_payment_service import (
    CustomPaymentService,
    WebhookNotVerifiedError,
)
from checkout_runtime.adapters.secret import CachedSecret, SecretUnavailableError
from checkout_runtime.adapters.timed_calls import TimedCalls
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Processing,
    Unknown,
)
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.checkout_runtime.factories import new_order
from tests.checkout_runtime.state_events import SetClock

AMPLE_SECONDS = 30.0
CAPTURED = Captured("ch_1", 4200, "EUR")
METHODS = ("charge", "look_up", "cancel")


class Module:
    """What a user may have written: it does the same whatever it is asked."""

    def __init__(self, does: Callable[[], object]) -> None:
        self._does = does
        self.asked: list[object] = []

    def _ask(self, about: object) -> Any:
        self.asked.append(about)
        return self._does()

    charge = look_up = cancel = _ask

    def verify_webhook(self, headers: object, body: bytes) -> Any:
        del headers
        return self._ask(body)


def guarded(does: Callable[[], object], **changes: Any) -> CustomPaymentService:
    settings: dict[str, Any] = {
        "can_look_up": True,
        "can_cancel": True,
        "secrets": [],
        "timeout_seconds": AMPLE_SECONDS,
        "calls": TimedCalls(),
        "name": "custom:tests",
        "on_late_capture": lambda order, captured: None,
        **changes,
    }
    return CustomPaymentService(Module(does), **settings)


def ask(service: CustomPaymentService, method: str) -> object:
    return getattr(service, method)(new_order() if method == "charge" else "key:1")


def answer(value: object, method: str = "charge") -> object:
    return ask(guarded(lambda: value), method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "value",
    [
        CAPTURED,
        Declined("no_funds"),
        ActionRequired("https://bank.example.com/3ds?id=1"),
        Processing(),
        Unknown("processing"),
        Unknown("down", unavailable=True),
        Unknown("http_404", without_word=True),
    ],
    ids=repr,
)
def test_a_documented_answer_is_passed_on(value: object, method: str) -> None:
    assert answer(value, method) == value


@pytest.mark.parametrize(
    ("value", "methods"),
    [
        (NotCharged("bad_field"), {"charge"}),
        (NotFound(), {"look_up", "cancel"}),
        (Cancelled(), {"cancel"}),
    ],
)
def test_an_answer_that_belongs_to_some_questions_counts_there_alone(
    value: object, methods: set[str]
) -> None:
    for method in methods:
        assert answer(value, method) == value
    for other in set(METHODS) - methods:
        reason = f"answered_nonsense:{type(value).__name__}"
        assert answer(value, other) == Unknown(reason, without_word=True)


@dataclass(frozen=True)
class LookAlike:
    """Has the attributes of a decline."""

    code: str = "no_funds"


class Subclass(Declined):
    """Is a decline, or whatever else it likes to be."""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        "",
        "declined",
        {"status": "declined"},
        Declined,
        NotFound,
        (),
        (CAPTURED,),
        ...,
        LookAlike(),
        Subclass("x"),
        Exception("x"),
        NotImplemented,
    ],
    ids=repr,
)
def test_anything_else_is_unknown_and_never_a_no(value: object, method: str) -> None:
    assert isinstance(answer(value, method), Unknown)


@pytest.mark.parametrize("charge_id", [None, "", 7, b"ch", "x" * 256, "a\nb", "\ud800"])
def test_a_capture_without_a_usable_id_is_unknown(charge_id: Any) -> None:
    assert isinstance(answer(Captured(charge_id, 4200, "EUR")), Unknown)


@pytest.mark.parametrize("amount", [None, "4200", 4200.0, True, float("nan")])
def test_a_capture_of_no_whole_amount_is_unknown(amount: Any) -> None:
    assert isinstance(answer(Captured("ch_1", amount, "EUR")), Unknown)


@pytest.mark.parametrize("currency", [None, "", 978])
def test_a_capture_in_no_currency_is_unknown(currency: Any) -> None:
    assert isinstance(answer(Captured("ch_1", 4200, currency)), Unknown)


@pytest.mark.parametrize("captured", [Captured("ch", 1, "EUR"), Captured("ch", 4200, "USD")])
def test_a_capture_of_something_else_is_proof_that_is_passed_on(captured: Captured) -> None:
    """What the order asked for is compared where the order is settled, for every adapter."""
    assert answer(captured) == captured


@pytest.mark.parametrize("currency", ["usd", "Usd", "USD"])
def test_a_currency_is_taken_in_any_case(currency: str) -> None:
    assert answer(Captured("ch_1", 4200, currency)) == Captured("ch_1", 4200, "USD")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "url",
    [
        None,
        "javascript:alert(1)",
        "http://bank.example.com",
        "bank",
        "https://",
        "",
        7,
        "https://[",
    ],
)
def test_a_buyer_is_not_left_waiting_without_a_safe_page_to_act_on(url: Any, method: str) -> None:
    unknown = Unknown("no_page_to_act_on", without_word=True)
    assert answer(ActionRequired(url), method) == unknown


def test_a_code_that_is_none_does_not_turn_a_no_into_something_else() -> None:
    code: Any = None
    assert answer(Declined(code)) == Declined("declined")
    assert answer(NotCharged(code)) == NotCharged("not_charged")
    assert answer(Declined("x" * 300)) == Declined("x" * 200)


def test_a_card_number_in_an_answer_is_not_repeated_and_the_answer_counts() -> None:
    number = "card 4242 4242 4242 4242"
    assert answer(Declined(number)) == Declined("card_number_redacted")
    assert answer(Unknown(number)) == Unknown("card_number_redacted")
    assert answer(Captured(number, 1, "EUR")) == Captured("424242******4242", 1, "EUR")
    assert answer(Captured("ch_4242424242424242", 1, "EUR")) == Captured(
        "ch_4242424242424242", 1, "EUR"
    )


def test_a_service_is_down_only_where_that_is_said_beyond_doubt() -> None:
    said: Any = "no"
    assert answer(Unknown("x", unavailable=said)) == Unknown("x")


class Own(BaseException):
    """Derives from what only interpreters should raise."""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "kind", [ValueError, KeyError, Own, SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError]
)
def test_whatever_it_raises_is_unknown(kind: type[BaseException], method: str) -> None:
    def fail() -> None:
        raise kind("sk_live_secret 4242424242424242")

    unknown = ask(guarded(fail), method)
    assert isinstance(unknown, Unknown)
    assert unknown.reason.startswith(f"raised:{kind.__name__}:test_custom_payment_service.py:")
    assert "4242" not in unknown.reason
    assert not unknown.unavailable


@pytest.mark.parametrize("kind", [TimeoutError, ConnectionResetError, OSError])
def test_a_network_that_fails_counts_as_a_service_that_is_down(kind: type[OSError]) -> None:
    def fail() -> None:
        raise kind

    unknown = ask(guarded(fail), "charge")
    assert isinstance(unknown, Unknown)
    assert unknown.unavailable


@pytest.mark.parametrize("method", METHODS)
def test_a_call_past_its_time_is_unknown_whatever_it_answers_later(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    go, calls = threading.Event(), TimedCalls()

    def slow() -> object:
        assert go.wait(AMPLE_SECONDS)
        return CAPTURED

    stored: list[object] = []
    service = guarded(
        slow, timeout_seconds=0.0, calls=calls, on_late_capture=lambda *proof: stored.append(proof)
    )
    assert ask(service, method) == Unknown("too_slow", unavailable=True)
    with caplog.at_level(logging.WARNING):
        go.set()
        calls.wait_for_all()
    late = [each for each in caplog.records if each.getMessage() == "payment_answer_late"]
    assert [vars(each)["charge_id"] for each in late] == ["ch_1"]
    # What a look-up or a cancellation brought late, the next look-up says again.
    assert stored == ([(new_order(), CAPTURED)] if method == "charge" else [])


def test_what_cannot_be_asked_is_not_asked() -> None:
    service = guarded(lambda: NotFound(), can_look_up=False, can_cancel=False)
    assert (service.can_look_up, service.can_cancel) == (False, False)
    assert service.look_up("key:1") == Unknown("no_look_up")
    assert service.cancel("key:1") == Unknown("no_cancel")


def test_each_method_is_asked_once_about_what_was_asked() -> None:
    module = Module(lambda: CAPTURED)
    service = CustomPaymentService(
        module,
        can_look_up=True,
        can_cancel=True,
        secrets=[],
        timeout_seconds=AMPLE_SECONDS,
        calls=TimedCalls(),
        name="custom:tests",
        on_late_capture=lambda order, captured: None,
    )
    order: Order = new_order()
    service.charge(order)
    service.look_up("key:1")
    service.cancel("key:2")
    assert module.asked == [order, "key:1", "key:2"]


def test_secrets_are_read_before_any_order_is_claimed() -> None:
    client = StubSecrets("any text, also\nwith lines")
    secret = CachedSecret(client, "arn", SetClock(), fits_a_header=False)
    guarded(lambda: CAPTURED, secrets=[secret]).prepare()
    assert client.reads == 1
    client.is_down = True
    secret.drop()
    with pytest.raises(SecretUnavailableError):
        guarded(lambda: CAPTURED, secrets=[secret]).prepare()


def test_a_secret_that_cannot_be_read_in_a_call_is_unknown() -> None:
    client = StubSecrets("x")
    client.is_down = True
    secret = CachedSecret(client, "arn", SetClock(), fits_a_header=False)
    unknown = ask(guarded(secret.value), "charge")
    assert unknown == Unknown("secret not read: InternalServiceError", unavailable=True)


@pytest.mark.parametrize(
    ("answer", "keys"),
    [(None, None), ("a:1", ("a:1",)), (["a:1", "b:2"], ("a:1", "b:2")), ((), ())],
)
def test_a_module_names_the_payment_keys_of_a_webhook_or_refuses_it(
    answer: object, keys: object
) -> None:
    service = guarded(lambda: answer)
    assert service.verify_webhook({}, b"") == keys


@pytest.mark.parametrize("answer", [True, 7, b"a:1", [b"a:1"], [None], {"a:1": 1}])
def test_nonsense_about_a_webhook_is_neither_a_yes_nor_a_no(answer: object) -> None:
    service = guarded(lambda: answer)
    with pytest.raises(WebhookNotVerifiedError, match="raised:TypeError"):
        service.verify_webhook({}, b"")


def test_a_module_that_raises_or_hangs_over_a_webhook_makes_it_come_again() -> None:
    def quotes() -> None:
        raise ValueError("whsec_secret")

    with pytest.raises(WebhookNotVerifiedError) as raised:
        guarded(quotes).verify_webhook({}, b"")
    assert "whsec_secret" not in str(raised.value)
    may_end = threading.Event()
    hangs = guarded(lambda: may_end.wait(AMPLE_SECONDS), timeout_seconds=0.01)
    with pytest.raises(WebhookNotVerifiedError, match="too_slow"):
        hangs.verify_webhook({}, b"")
    may_end.set()
