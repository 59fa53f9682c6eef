"""An application of one's own places orders in process: the same guarantees, errors as values."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.adapters.dynamodb_orders import DynamoDbOrders
from checkout_runtime.application.order_ports import Orders
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.record import replace
from checkout_runtime.intake import (
    AttemptLimits,
    CartTaken,
    Created,
    FieldError,
    InvalidOrder,
    MisconfiguredError,
    Mismatch,
    MissingEnvironmentError,
    NotForSale,
    OrderIntake,
    OrderLimit,
    Price,
    Replayed,
    StoreUnavailable,
    TooManyOrders,
    UnpricedSubmission,
)
from tests.checkout_runtime.factories import submitted
from tests.checkout_runtime.in_memory_ports import InMemoryOrders

NO_ORDER = f"ord_{'a' * 52}"
UNSORTED_BY_THE_FIRST_VERSION = "660a19f012e94accf64c66cc7abec2552a3e94953f5dd35a41b86ca26b39dc78"
BUYER = ("https://issuer.example.com", "ada")
UNPRICED = submitted(amount=..., currency=...)


class Clock:
    def now(self) -> int:
        return 1_750_000_000_000

    def pause(self, seconds: float) -> None:
        raise AssertionError(f"nothing here waits {seconds} s")


def an_intake(orders: Orders | None = None, **choices: Any) -> OrderIntake:
    return OrderIntake(orders or InMemoryOrders(), namespace="shop", clock=Clock(), **choices)


def created(placement: object) -> Order:
    assert isinstance(placement, Created)
    return placement.order


def test_a_resubmission_is_the_same_order() -> None:
    orders = InMemoryOrders()
    intake = an_intake(orders)
    order = created(intake.place(BUYER, "k1", submitted()))
    assert intake.place(BUYER, "k1", submitted()) == Replayed(order)
    assert len(orders.by_id) == 1


def test_another_order_under_the_same_key_is_a_mismatch() -> None:
    intake = an_intake()
    order = created(intake.place(BUYER, "k1", submitted()))
    assert intake.place(BUYER, "k1", submitted(amount=1)) == Mismatch(order.order_id)


def test_another_buyer_has_another_order_and_reads_it_alone() -> None:
    intake = an_intake()
    order = created(intake.place(BUYER, "k1", submitted()))
    other = created(intake.place(("issuer", "ben"), "k1", submitted()))
    assert order.order_id != other.order_id
    assert intake.read(BUYER, order.order_id) == order
    assert intake.read(BUYER, other.order_id) is None
    assert intake.read(BUYER, "ord_1") is None


def test_every_wrong_field_is_named_and_the_key_too() -> None:
    answer = an_intake().place(BUYER, "", submitted(amount=0, customer=...))
    assert isinstance(answer, InvalidOrder)
    assert [each.field for each in answer.errors] == ["idempotency_key", "amount", "customer"]


@pytest.mark.parametrize(
    "buyer", [(), [""], ("issuer", ""), [" "], ["issuer", "\ufffd"], ["a\0"]], ids=ascii
)
def test_nobody_is_no_buyer(buyer: Any) -> None:
    with pytest.raises(ValueError, match=r"buyer: .* names somebody"):
        an_intake().place(buyer, "k1", submitted())
    with pytest.raises(ValueError, match=r"buyer: .* names somebody"):
        an_intake().read(buyer, NO_ORDER)


@pytest.mark.parametrize(
    "buyer",
    ["ada", "", b"ada", {"ada"}, {"sub": "ada"}, ["issuer", 7], ["issuer", None], None],
    ids=repr,
)
def test_a_buyer_that_is_no_list_of_texts_is_a_defect_of_the_application(buyer: Any) -> None:
    """The characters of a text would name another buyer than the list that holds it."""
    orders = InMemoryOrders()
    with pytest.raises(
        TypeError, match=r"buyer: .*such as \['https://issuer.example.com', 'ada'\]"
    ):
        an_intake(orders).place(buyer, "k1", submitted())
    with pytest.raises(TypeError, match="buyer"):
        an_intake(orders).read(buyer, NO_ORDER)
    assert orders.by_id == {}


def test_the_same_lines_in_another_order_are_the_same_order() -> None:
    intake = an_intake()
    lines = [{"sku": "tea", "quantity": 1}, {"sku": "mug", "quantity": 2}]
    order = created(intake.place(BUYER, "k1", submitted(lines=lines)))
    assert intake.place(BUYER, "k1", submitted(lines=lines[::-1])) == Replayed(order)


def test_an_order_that_the_first_version_stored_is_still_a_replay() -> None:
    """It made the fingerprint of the lines as they came."""
    orders = InMemoryOrders()
    lines = [{"sku": "tea", "quantity": 1}, {"sku": "mug", "quantity": 2}]
    order = created(an_intake(orders).place(BUYER, "k1", submitted(lines=lines)))
    of_old = replace(order, fingerprint=UNSORTED_BY_THE_FIRST_VERSION)
    assert of_old.fingerprint != order.fingerprint
    orders.by_id[order.order_id] = of_old
    for each in (lines, lines[::-1]):
        assert an_intake(orders).place(BUYER, "k1", submitted(lines=each)) == Replayed(of_old)
    other = submitted(lines=lines, amount=1)
    assert an_intake(orders).place(BUYER, "k1", other) == Mismatch(order.order_id)


# Prices ----------------------------------------------------------------------------------------


def by_the_shop(submission: UnpricedSubmission) -> Price:
    return Price(sum(1000 * line.quantity for line in submission.lines), "EUR")


def test_the_price_is_the_shops() -> None:
    intake = an_intake(price_order=by_the_shop)
    order = created(intake.place(BUYER, "k1", UNPRICED))
    assert (order.amount, order.currency) == (2000, "EUR")


def test_a_price_of_the_buyers_is_refused() -> None:
    answer = an_intake(price_order=by_the_shop).place(BUYER, "k1", submitted(amount=1))
    assert answer == InvalidOrder(
        (
            FieldError("amount", "is not a known field"),
            FieldError("currency", "is not a known field"),
        )
    )


def test_a_resubmission_after_a_change_of_prices_is_the_first_order_at_its_price() -> None:
    orders = InMemoryOrders()
    order = created(an_intake(orders, price_order=by_the_shop).place(BUYER, "k1", UNPRICED))
    dearer = an_intake(orders, price_order=lambda _: Price(9999, "EUR"))
    assert dearer.place(BUYER, "k1", UNPRICED) == Replayed(order)


def test_other_lines_under_the_same_key_are_a_mismatch_whatever_they_cost() -> None:
    intake = an_intake(price_order=lambda _: Price(1, "EUR"))
    order = created(intake.place(BUYER, "k1", UNPRICED))
    other = {**UNPRICED, "lines": [{"sku": "mug", "quantity": 3}]}
    assert intake.place(BUYER, "k1", other) == Mismatch(order.order_id)


@pytest.mark.parametrize("price", [Price(0, "EUR"), Price(-1, "EUR"), Price(1, "euro")])
def test_a_price_that_is_none_is_the_shops_defect(price: Price) -> None:
    orders = InMemoryOrders()
    with pytest.raises(ValueError, match="the shop's price"):
        an_intake(orders, price_order=lambda _: price).place(BUYER, "k1", UNPRICED)
    assert orders.by_id == {}


# A price that cannot be had any more ------------------------------------------------------------


def not_for_sale(submission: UnpricedSubmission) -> NotForSale:
    return NotForSale("not for sale: mug")


def broken(submission: UnpricedSubmission) -> Price:
    raise LookupError("no such article")


def of_nothing(submission: UnpricedSubmission) -> Any:
    return None


def worthless(submission: UnpricedSubmission) -> Price:
    return Price(0, "EUR")


NO_PRICE = [not_for_sale, broken, of_nothing, worthless]


@pytest.mark.parametrize("hook", NO_PRICE)
def test_a_resubmission_is_the_same_order_though_its_price_cannot_be_had(hook: Any) -> None:
    """The answer was lost; a refusal would send the buyer to buy something else as well."""
    orders = InMemoryOrders()
    order = created(an_intake(orders, price_order=by_the_shop).place(BUYER, "k1", UNPRICED))
    later = an_intake(orders, price_order=hook)
    assert later.place(BUYER, "k1", UNPRICED) == Replayed(order)
    other = {**UNPRICED, "lines": [{"sku": "mug", "quantity": 3}]}
    assert later.place(BUYER, "k1", other) == Mismatch(order.order_id)
    assert orders.by_id == {order.order_id: order}


def test_what_is_not_for_sale_is_an_invalid_order_and_none_is_made() -> None:
    orders = InMemoryOrders()
    answer = an_intake(orders, price_order=not_for_sale).place(BUYER, "k1", UNPRICED)
    assert answer == InvalidOrder((FieldError("lines", "not for sale: mug"),))
    assert orders.by_id == {}


@pytest.mark.parametrize(
    ("hook", "error"),
    [
        (broken, LookupError("no such article")),
        (of_nothing, TypeError("price_order returned a NoneType; it must return Price or NotFor")),
        (worthless, ValueError("the shop's price")),
    ],
)
def test_a_hook_that_fails_for_a_new_purchase_reaches_the_application(
    hook: Any, error: Exception
) -> None:
    orders = InMemoryOrders()
    with pytest.raises(type(error), match=str(error)):
        an_intake(orders, price_order=hook).place(BUYER, "k1", UNPRICED)
    assert orders.by_id == {}


def test_a_hook_that_fails_for_a_stored_order_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    orders = InMemoryOrders()
    an_intake(orders, price_order=by_the_shop).place(BUYER, "k1", UNPRICED)
    with caplog.at_level(logging.WARNING, logger="checkout_runtime"):
        an_intake(orders, price_order=broken).place(BUYER, "k1", UNPRICED)
    [record] = caplog.records
    assert vars(record)["event"] == "price_order_failed"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)


@pytest.mark.parametrize("hook", NO_PRICE)
def test_a_table_that_does_not_answer_hides_what_the_hook_said(hook: Any) -> None:
    """Nobody knows whether it is a resubmission, so nobody is refused."""

    class Down(InMemoryOrders):
        def find(self, order_id: str, cart: str | None = None) -> Any:
            raise AwsNoAnswerError("InternalServerError")

    answer = an_intake(Down(), price_order=hook).place(BUYER, "k1", UNPRICED)
    assert answer == StoreUnavailable()


def test_a_price_that_can_be_had_costs_one_call_of_the_table(
    dynamodb: BotocoreService, order_table: str, fresh_name: Any
) -> None:
    calls: list[str] = []

    class Counted:
        def call(self, operation: str, parameters: Any) -> dict[str, Any]:
            calls.append(operation)
            return dynamodb.call(operation, parameters)

    orders = DynamoDbOrders(Counted(), order_table)
    key = fresh_name("priced")
    for _ in range(2):
        an_intake(orders, price_order=by_the_shop).place(BUYER, key, UNPRICED)
    assert calls == ["PutItem", "PutItem"]
    an_intake(orders, price_order=not_for_sale).place(BUYER, key, UNPRICED)
    assert calls == ["PutItem"] * 3


def test_a_guarded_cart_that_is_an_order_is_taken_though_its_price_cannot_be_had() -> None:
    orders = InMemoryOrders()
    intake = an_intake(orders, price_order=by_the_shop, guards_carts=True)
    order = created(intake.place(BUYER, "k1", UNPRICED, cart_id="c-1"))
    later = an_intake(orders, price_order=not_for_sale, guards_carts=True)
    assert later.place(BUYER, "k2", UNPRICED, cart_id="c-1") == CartTaken(order.order_id)


# Keys and carts --------------------------------------------------------------------------------


def test_a_field_of_the_order_may_be_its_key() -> None:
    intake = an_intake(key_field="cart_id")
    order = created(intake.place(BUYER, None, {**submitted(), "cart_id": "c-1"}))
    assert intake.place(BUYER, None, {**submitted(), "cart_id": "c-1"}) == Replayed(order)


def test_an_order_without_its_key_field_is_refused() -> None:
    answer = an_intake(key_field="cart_id").place(BUYER, "k1", submitted())
    assert answer == InvalidOrder((FieldError("cart_id", "is required"),))


@pytest.mark.parametrize("cart_id", ["a,b", "a b", "a\nb", "", "ö", "x" * 256, 7, ["a"]], ids=ascii)
def test_a_key_field_that_cannot_be_a_key_says_so_in_its_own_words(cart_id: Any) -> None:
    answer = an_intake(key_field="cart_id").place(BUYER, None, {**submitted(), "cart_id": cart_id})
    assert isinstance(answer, InvalidOrder)
    [error] = answer.errors
    assert error.field == "cart_id"
    assert error.detail.startswith("cannot be the idempotency key, which is 1 to 255 printable")


def test_a_key_that_is_no_text_is_named() -> None:
    answer = an_intake().place(BUYER, 7, submitted())  # type: ignore[arg-type]
    assert answer == InvalidOrder((FieldError("idempotency_key", "must be text"),))


@pytest.mark.parametrize(
    "cart_id", ["", " ", "\0", "\ud800", "4242 4242 4242 4242", "x" * 129], ids=ascii
)
def test_a_cart_id_that_cannot_name_a_cart_is_named(cart_id: str) -> None:
    answer = an_intake(guards_carts=True).place(BUYER, "k1", submitted(), cart_id=cart_id)
    assert isinstance(answer, InvalidOrder)
    assert [each.field for each in answer.errors] == ["cart_id"]


def test_a_guarded_cart_under_a_fresh_key_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    orders = InMemoryOrders()
    intake = an_intake(orders, guards_carts=True)
    order = created(intake.place(BUYER, "k1", submitted(), cart_id="c-1"))
    caplog.set_level(logging.INFO)
    assert intake.place(BUYER, "k2", submitted(), cart_id="c-1") == CartTaken(order.order_id)
    told = vars(caplog.records[-1])
    assert (told["event"], told["order_id"]) == ("cart_taken", order.order_id)
    assert intake.place(BUYER, "k1", submitted(), cart_id="c-1") == Replayed(order)
    assert len(orders.by_id) == 1


@pytest.mark.parametrize(("guards", "cart"), [(True, None), (False, "c-1")])
def test_a_guard_and_a_cart_go_together(guards: bool, cart: str | None) -> None:
    with pytest.raises(ValueError, match="both or neither"):
        an_intake(guards_carts=guards).place(BUYER, "k1", submitted(), cart_id=cart)


# On the table ----------------------------------------------------------------------------------


@pytest.fixture
def environment(order_table: str, aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_TABLE_NAME", order_table)
    monkeypatch.setenv("UNSETTLED_SHARDS", "1")
    monkeypatch.setenv("CHECKOUT_NAMESPACE", "in process")


def test_three_lines_place_an_order_on_the_table(environment: None, fresh_name: Any) -> None:
    key = fresh_name("key")
    intake = OrderIntake.from_environment()
    order = created(intake.place(BUYER, key, submitted()))
    assert OrderIntake.from_environment().place(BUYER, key, submitted()) == Replayed(order)


def test_a_table_that_does_not_answer_is_a_value(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    intake = OrderIntake.from_environment()
    assert intake.place(BUYER, "k1", submitted()) == StoreUnavailable()
    assert intake.read(BUYER, f"ord_{'a' * 52}") == StoreUnavailable()


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"]
)
def test_a_refusal_that_only_a_deployment_mends_raises(code: str) -> None:
    class Refusing(InMemoryOrders):
        def accept(self, *_: Any, **__: Any) -> Any:
            raise AwsRefusedError(code)

        def get(self, order_id: str) -> Order | None:
            raise AwsRefusedError(code)

    intake = an_intake(Refusing())
    with pytest.raises(MisconfiguredError) as caught:
        intake.place(BUYER, "k1", submitted())
    assert isinstance(caught.value.__cause__, AwsRefusedError)
    with pytest.raises(MisconfiguredError):
        intake.read(BUYER, NO_ORDER)


def test_a_table_that_is_not_there_raises(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_TABLE_NAME", "no-such-table")
    with pytest.raises(MisconfiguredError):
        OrderIntake.from_environment().place(BUYER, "k1", submitted())


def test_everything_that_is_missing_is_named_at_once_and_how_to_give_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ORDER_TABLE_NAME", "UNSETTLED_SHARDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHECKOUT_NAMESPACE", "")
    with pytest.raises(MissingEnvironmentError) as missing:
        OrderIntake.from_environment()
    assert isinstance(missing.value, KeyError)  # as earlier versions raised it
    assert str(missing.value) == (
        "not set: ORDER_TABLE_NAME, UNSETTLED_SHARDS, CHECKOUT_NAMESPACE. Give the application "
        "every variable of the construct's intake_environment (docs/guide/own-application.md)."
    )


def test_the_first_requests_id_is_the_orders_correlation_id() -> None:
    intake = an_intake()
    order = created(intake.place(BUYER, "k1", submitted(), request_id="trace-1"))
    assert order.correlation_id == "trace-1"
    assert intake.place(BUYER, "k1", submitted(), request_id="trace-2") == Replayed(order)


@pytest.mark.parametrize("request_id", ["", "two words", "x" * 65, "a\nb", "4242424242424242"])
def test_a_malformed_request_id_is_a_defect_of_the_application(request_id: str) -> None:
    orders = InMemoryOrders()
    with pytest.raises(ValueError, match="it must be 1 to 64 characters") as caught:
        an_intake(orders).place(BUYER, "k1", submitted(), request_id=request_id)
    assert not request_id or request_id not in str(caught.value)
    assert orders.by_id == {}


def test_a_buyers_orders_are_limited_in_process_as_by_the_api() -> None:
    orders = InMemoryOrders()
    intake = OrderIntake(orders, namespace="shop", limit_orders=OrderLimit(1, window_seconds=60))
    order = created(intake.place(BUYER, "k1", submitted()))
    limited = intake.place(BUYER, "k2", submitted())
    assert isinstance(limited, TooManyOrders)
    assert 0 < limited.retry_after_seconds <= 60
    assert intake.place(BUYER, "k1", submitted()) == Replayed(order)


def test_the_limit_of_orders_is_one_of_the_limits_that_are_given(environment: None) -> None:
    limits = AttemptLimits(per_buyer=10, orders_per_buyer=1, window_seconds=60)
    intake = OrderIntake.from_environment(attempt_limits=limits)
    buyer = (*BUYER, "limited")
    assert isinstance(intake.place(buyer, "k1", submitted()), Created)
    assert isinstance(intake.place(buyer, "k2", submitted()), TooManyOrders)
