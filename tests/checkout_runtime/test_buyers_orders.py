"""In process, an order that was placed is found again, paid by other means, and resumed."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.application.order_records import Changed, NotChanged
from checkout_runtime.domain.order import Order
from checkout_runtime.intake import (
    AttemptLimits,
    AttemptRefused,
    AttemptReplayed,
    AttemptStarted,
    Created,
    FieldError,
    InvalidOrder,
    MisconfiguredError,
    NextStep,
    NoSuchOrder,
    NothingToResume,
    OrderIntake,
    Resumed,
    ResumeReplayed,
    StoreUnavailable,
    TooManyAttempts,
)
from tests.checkout_runtime.adapters.order_stores import claim
from tests.checkout_runtime.factories import HOUR, NOW, submitted
from tests.checkout_runtime.in_memory_ports import InMemoryOrders
from tests.checkout_runtime.state_events import SetClock

ADA, BEN = ("https://issuer.example.com", "ada"), ("https://issuer.example.com", "ben")
NO_ORDER = f"ord_{'a' * 52}"
Call = tuple[str, tuple[Any, ...], dict[str, Any]]


@pytest.fixture
def orders() -> InMemoryOrders:
    return InMemoryOrders()


@pytest.fixture
def intake(orders: InMemoryOrders) -> OrderIntake:
    return OrderIntake(orders, namespace="shop", clock=SetClock(), max_payment_attempts=2)


@pytest.fixture
def order(intake: OrderIntake) -> Order:
    placed = intake.place(ADA, "k1", submitted())
    assert isinstance(placed, Created)
    return placed.order


def decline(orders: InMemoryOrders, order: Order) -> None:
    stored = orders.get(order.order_id)
    assert stored is not None
    assert orders.record_decline(claim(orders, stored), "no_funds", NOW)


def test_an_order_is_found_by_its_key_and_only_by_its_buyer(
    intake: OrderIntake, order: Order
) -> None:
    assert intake.find(ADA, "k1") == order
    assert intake.find(ADA, "k2") is None
    assert intake.find(BEN, "k1") is None
    assert intake.find(ADA, "") is None


def test_a_declined_order_is_paid_by_another_card_once(
    intake: OrderIntake, orders: InMemoryOrders, order: Order
) -> None:
    decline(orders, order)
    stored = intake.read(ADA, order.order_id)
    assert isinstance(stored, Order)
    assert (intake.next_step(stored), intake.attempts_left(stored)) == (NextStep.PAY_AGAIN, 1)
    again: dict[str, Any] = {"replaces": 1, "payment_method": "pm_2"}
    started = intake.start_attempt(ADA, order.order_id, **again)
    assert isinstance(started, AttemptStarted)
    assert (started.order.attempt, started.order.payment_method) == (2, "pm_2")
    assert intake.start_attempt(ADA, order.order_id, **again) == AttemptReplayed(started.order)


def test_after_the_last_attempt_there_is_no_other(
    intake: OrderIntake, orders: InMemoryOrders, order: Order
) -> None:
    decline(orders, order)
    intake.start_attempt(ADA, order.order_id, replaces=1, payment_method="pm_2")
    decline(orders, order)
    refused = intake.start_attempt(ADA, order.order_id, replaces=2, payment_method="pm_3")
    assert isinstance(refused, AttemptRefused)
    assert refused.reason == "all 2 payment attempts are used"
    assert (intake.next_step(refused.order), intake.attempts_left(refused.order)) == ("none", 0)


def test_a_limit_on_attempts_is_a_value(
    orders: InMemoryOrders, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SetClock()
    limits = AttemptLimits(per_buyer=1, window_seconds=60)
    intake = OrderIntake(
        orders, namespace="shop", clock=clock, max_payment_attempts=9, limit_attempts=limits
    )
    for attempt in (1, 2):
        decline(orders, order)
        said = intake.start_attempt(ADA, order.order_id, replaces=attempt, payment_method="pm_2")
    assert said == TooManyAttempts(60, is_of_checkout=False)
    [limited] = [vars(each) for each in caplog.records]
    assert (limited["event"], limited["is_of_checkout"]) == ("payment_attempts_limited", False)
    clock.time += 60_000
    started = intake.start_attempt(ADA, order.order_id, replaces=2, payment_method="pm_3")
    assert isinstance(started, AttemptStarted)


@pytest.mark.parametrize("wrong", ["per_buyer", "per_checkout", "window_seconds"])
def test_limits_below_one_are_a_defect(wrong: str) -> None:
    limits = AttemptLimits(**{"per_buyer": 10, wrong: 0})
    with pytest.raises(ValueError, match=f"attempt_limits: {wrong} must be at least 1"):
        OrderIntake.from_environment(attempt_limits=limits)


def test_only_an_attempt_that_would_start_is_counted(orders: InMemoryOrders, order: Order) -> None:
    clock = SetClock()
    limits = AttemptLimits(per_buyer=2, per_checkout=2, window_seconds=60)
    intake = OrderIntake(
        orders,
        namespace="shop",
        clock=clock,
        max_payment_attempts=3,
        limit_attempts=limits,
    )

    def start(buyer: Any, order_id: str, replaces: int) -> object:
        return intake.start_attempt(buyer, order_id, replaces=replaces, payment_method="pm_2")

    for _ in range(3):  # not declined; another buyer's; none
        assert isinstance(start(ADA, order.order_id, 1), AttemptRefused)
        assert start(BEN, order.order_id, 1) == start(BEN, NO_ORDER, 1) == NoSuchOrder()
    for attempt in (1, 2):
        decline(orders, order)
        assert isinstance(start(ADA, order.order_id, attempt), AttemptStarted)
        for _ in range(3):  # the answer was lost
            assert isinstance(start(ADA, order.order_id, attempt), AttemptReplayed)
    decline(orders, order)
    refused = start(ADA, order.order_id, 3)  # the limits are used up, and so is the order
    assert isinstance(refused, AttemptRefused)
    assert refused.reason == "all 3 payment attempts are used"


@pytest.mark.parametrize("number", ["1", 1.0, True, None, 0])
def test_what_a_form_sent_in_place_of_an_attempts_number_is_a_wrong_field(
    intake: OrderIntake, orders: InMemoryOrders, order: Order, number: Any
) -> None:
    decline(orders, order)
    detail = "must be an integer from 1 to 1000000"
    refused = intake.start_attempt(ADA, order.order_id, replaces=number, payment_method="pm_2")
    assert refused == InvalidOrder((FieldError("replaces", detail),))
    resumed = intake.resume(ADA, order.order_id, attempt=number)
    assert resumed == InvalidOrder((FieldError("attempt", detail),))


def test_a_card_number_is_no_payment_method(intake: OrderIntake, order: Order) -> None:
    number = "4242424242424242"
    refused = intake.start_attempt(ADA, order.order_id, replaces=1, payment_method=number)
    assert isinstance(refused, InvalidOrder)
    assert [error.field for error in refused.errors] == ["payment_method"]
    assert number not in str(refused)


def test_a_payment_is_resumed_once_after_the_buyer_acted(
    intake: OrderIntake, orders: InMemoryOrders, order: Order
) -> None:
    bank = "https://bank.example.com"
    assert orders.record_action_required(claim(orders, order), bank, NOW + HOUR, NOW)
    resumed = intake.resume(ADA, order.order_id, attempt=1)
    assert isinstance(resumed, Resumed)
    assert isinstance(intake.resume(ADA, order.order_id, attempt=1), ResumeReplayed)
    assert intake.resume(ADA, order.order_id, attempt=2) == NothingToResume(resumed.order)


def test_another_buyers_order_is_no_order(
    intake: OrderIntake, orders: InMemoryOrders, order: Order
) -> None:
    decline(orders, order)
    again: dict[str, Any] = {"replaces": 1, "payment_method": "pm_2"}
    # What an application took out of a request's JSON may be anything.
    strange: list[Any] = [None, 5, {}, [order.order_id], order.order_id.encode(), f"{NO_ORDER}\n"]
    others = ((BEN, order.order_id), (ADA, NO_ORDER), (ADA, "no id"))
    for buyer, order_id in (*others, *((ADA, each) for each in strange)):
        assert intake.start_attempt(buyer, order_id, **again) == NoSuchOrder()
        assert intake.resume(buyer, order_id, attempt=1) == NothingToResume(None)
        assert intake.read(buyer, order_id) is None


def test_who_does_not_know_the_limit_starts_no_attempt(
    orders: InMemoryOrders, order: Order
) -> None:
    intake = OrderIntake(orders, namespace="shop", clock=SetClock())
    assert intake.attempts_left(order) is None
    with pytest.raises(ValueError, match="max_payment_attempts is not given"):
        intake.start_attempt(ADA, order.order_id, replaces=1, payment_method="pm_2")


CALLS: list[Call] = [
    ("read", (ADA, NO_ORDER), {}),
    ("find", (ADA, "k1"), {}),
    ("start_attempt", (ADA, NO_ORDER), {"replaces": 1, "payment_method": "pm_2"}),
    ("resume", (ADA, NO_ORDER), {"attempt": 1}),
]


class Failing(InMemoryOrders):
    """A table that fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def get(self, order_id: str) -> Order | None:
        raise self._error

    def start_attempt(self, *_: Any, **__: Any) -> Changed | NotChanged:
        raise self._error

    def resume(self, *_: Any, **__: Any) -> Changed | NotChanged:
        raise self._error


@pytest.mark.parametrize(("name", "values", "named"), CALLS, ids=[name for name, _, _ in CALLS])
def test_a_table_that_fails_is_a_value_or_the_deployments_fault(
    name: str, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    def call(error: Exception) -> object:
        table = Failing(error)
        intake = OrderIntake(table, namespace="shop", clock=SetClock(), max_payment_attempts=2)
        return getattr(intake, name)(*values, **named)

    assert call(AwsNoAnswerError("ReadTimeout")) == StoreUnavailable()
    with pytest.raises(MisconfiguredError):
        call(AwsRefusedError("AccessDeniedException"))


@pytest.mark.parametrize(("name", "values", "named"), CALLS, ids=[name for name, _, _ in CALLS])
def test_a_buyer_that_is_one_text_is_a_defect(
    intake: OrderIntake, name: str, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="buyer: the claims are a str"):
        getattr(intake, name)("ada", *values[1:], **named)
