"""A hold whose order is over when it is told of: let go, unless it was captured."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.cancel_order import CancelOrder
from checkout_runtime.application.follow_hint import Followed, FollowHint
from checkout_runtime.application.order_records import HoldRecord
from checkout_runtime.domain.hint import Hint
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import Authorized, Captured, Declined, NotFound, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import claim
from tests.checkout_runtime.application.holding_checkout import ALL, HoldingCheckout
from tests.checkout_runtime.factories import DEADLINE, NOW, new_order
from tests.checkout_runtime.holding_payments import LOST

S = OrderStatus


@pytest.fixture
def checkout() -> HoldingCheckout:
    return HoldingCheckout()


def test_a_hold_that_has_paid_its_order_meanwhile_is_not_cancelled(
    checkout: HoldingCheckout,
) -> None:
    """Somebody asks for the money, and a worker captures it, while the reconciler looks it up."""
    order = checkout.pass_to_end(checkout.held())
    look_up = checkout.payments.look_up

    def look_up_while_it_is_captured(key: str) -> Any:
        checkout.payments.look_up = look_up
        answer = look_up(key)
        checkout.capture(order)
        checkout.turn(order)
        return answer

    checkout.payments.look_up = look_up_while_it_is_captured
    checkout.run_reconciler()
    assert checkout.now(order).status is S.PAID
    assert checkout.payments.cancels == []


def given_up_before_it_was_held(checkout: HoldingCheckout) -> tuple[Order, Authorized]:
    """Return an order that is over, whose worker got a hold afterwards."""
    slept = claim(checkout.orders, checkout.place())
    CancelOrder(checkout.orders, checkout.clock)(slept.order_id, by="ada")
    checkout.orders.record_decline(checkout.now(slept), "cancelled", checkout.clock.now())
    assert checkout.now(slept).status is S.CANCELLED
    hold = checkout.payments.charge(slept)
    assert isinstance(hold, Authorized)
    return slept, hold


def test_a_hold_that_cannot_be_let_go_as_it_was_captured_is_a_stray_charge(
    checkout: HoldingCheckout,
) -> None:
    slept, hold = given_up_before_it_was_held(checkout)
    checkout.payments.next_cancels = [Captured("ch_9", ALL, "EUR")]
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    assert checkout.now(slept).stray_charges == {f"1:ch_9:{ALL}:EUR"}


def declined_before_it_was_held(checkout: HoldingCheckout) -> tuple[Order, Authorized]:
    """Return an order that was declined, whose attempt is held all the same."""
    slept = claim(checkout.orders, checkout.place())
    checkout.orders.record_decline(checkout.now(slept), "no_funds", checkout.clock.now())
    assert checkout.now(slept).status is S.DECLINED
    hold = checkout.payments.charge(slept)
    assert isinstance(hold, Authorized)
    return slept, hold


def declined_with_a_stray(checkout: HoldingCheckout) -> tuple[Order, Authorized]:
    slept, hold = declined_before_it_was_held(checkout)
    stray = Captured("ch_9", ALL, "EUR")
    checkout.orders.record_stray(slept, 1, stray, "stray_charge", checkout.clock.now())
    assert checkout.now(slept).status is S.NEEDS_REVIEW
    return slept, hold


def replaced_by_one_that_waits(checkout: HoldingCheckout) -> tuple[Order, Authorized]:
    """Return an order whose next attempt nobody has claimed: it may be given up before that."""
    slept, hold = declined_before_it_was_held(checkout)
    checkout.orders.start_attempt(
        *(slept.order_id, slept.principal),
        replaces=1,
        payment_method="pm_2",
        max_attempts=5,
        now=checkout.clock.now(),
    )
    return slept, hold


def replaced_before_it_was_held(checkout: HoldingCheckout) -> tuple[Order, Authorized]:
    """Return an order that is on its way to be paid by another attempt."""
    slept, hold = replaced_by_one_that_waits(checkout)
    claim(checkout.orders, checkout.now(slept))
    return slept, hold


OVER = [
    given_up_before_it_was_held,
    declined_before_it_was_held,
    declined_with_a_stray,
    replaced_by_one_that_waits,
    replaced_before_it_was_held,
]


def hinted(checkout: HoldingCheckout, order: Order) -> Followed:
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    return follow(Hint(order.order_id, 1, None), "webhook", DEADLINE)


@pytest.mark.parametrize("over", OVER)
def test_a_webhook_lets_go_the_hold_of_an_attempt_that_is_over(
    over: Any, checkout: HoldingCheckout
) -> None:
    """The worker that got it was not answered when it tried to."""
    slept, hold = over(checkout)
    checkout.payments.next_cancels = [LOST]
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    before = checkout.now(slept)
    assert hinted(checkout, slept) is Followed.NOTHING_NEW
    assert checkout.payments.gone == {slept.payment_key}
    assert checkout.now(slept) == before


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if each.levelname == "ERROR"]


def test_a_hold_that_cannot_be_let_go_is_told(
    checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    slept, hold = declined_before_it_was_held(checkout)
    checkout.payments.can_cancel = False
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    assert logged(caplog) == ["hold_not_voided"]
    assert hinted(checkout, slept) is Followed.NOTHING_NEW
    assert logged(caplog) == ["hold_not_voided"] * 2


@pytest.mark.parametrize("said", [LOST, Unknown("http_404", without_word=True), NotFound()])
def test_a_void_that_was_not_confirmed_is_told_and_a_webhook_comes_again(
    said: Any, checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    slept, hold = declined_before_it_was_held(checkout)
    checkout.payments.next_cancels = [said, said]
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    assert logged(caplog)[-1] == "hold_not_voided"
    assert hinted(checkout, slept) is Followed.UNANSWERED


def test_a_hold_that_is_declined_meanwhile_is_not_told_of(
    checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    slept, hold = declined_before_it_was_held(checkout)
    checkout.payments.next_cancels = [Declined("expired")]
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    assert logged(caplog) == []


def test_a_hold_that_was_let_go_is_not_told_of(
    checkout: HoldingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    slept, hold = declined_before_it_was_held(checkout)
    checkout.settle.store(slept, hold, deadline=DEADLINE)
    assert (logged(caplog), checkout.payments.gone) == ([], {slept.payment_key})


def test_a_late_capture_in_place_of_a_void_of_a_declined_order_is_a_stray_charge(
    checkout: HoldingCheckout,
) -> None:
    slept, _ = declined_before_it_was_held(checkout)
    checkout.payments.next_cancels = [Captured("ch_9", ALL, "EUR")]
    assert hinted(checkout, slept) is Followed.STORED
    assert checkout.now(slept).stray_charges == {f"1:ch_9:{ALL}:EUR"}


def test_the_hold_that_an_order_was_paid_by_is_not_let_go(checkout: HoldingCheckout) -> None:
    """An operator said so of one that was declined, and the look-up is older than the capture."""
    slept, hold = declined_before_it_was_held(checkout)
    paid = replace(checkout.now(slept), status=S.PAID, charge_id=hold.charge_id)
    checkout.orders.by_id[slept.order_id] = paid
    assert hinted(checkout, slept) is Followed.NOTHING_NEW
    assert checkout.payments.cancels == []


def test_a_webhook_that_cannot_let_a_hold_go_comes_again_and_a_capture_is_a_stray_charge(
    checkout: HoldingCheckout,
) -> None:
    order, _ = given_up_before_it_was_held(checkout)
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    hint = Hint(order.order_id, 1, None)
    checkout.payments.next_cancels = [LOST, Captured("ch_9", ALL, "EUR")]
    assert follow(hint, "webhook", DEADLINE) is Followed.UNANSWERED
    assert follow(hint, "webhook", DEADLINE) is Followed.STORED
    assert checkout.now(order).stray_charges == {f"1:ch_9:{ALL}:EUR"}


def test_a_webhook_without_time_to_let_a_hold_go_comes_again(checkout: HoldingCheckout) -> None:
    order, hold = given_up_before_it_was_held(checkout)

    def look_up_slowly(key: str) -> Authorized:
        checkout.clock.time = DEADLINE
        return hold

    checkout.payments.look_up = look_up_slowly
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow(Hint(order.order_id, 1, None), "webhook", DEADLINE) is Followed.UNANSWERED
    assert checkout.payments.cancels == []


@pytest.mark.parametrize(
    ("paid_by", "where"), [("hold_1", HoldRecord.PAID), ("ch_2", HoldRecord.OVER)]
)
def test_a_hold_of_an_earlier_attempt_is_over_unless_it_is_what_was_captured(
    paid_by: str, where: HoldRecord, checkout: HoldingCheckout
) -> None:
    slept = claim(checkout.orders, checkout.place())
    hold = checkout.payments.charge(slept)
    assert isinstance(hold, Authorized)
    earlier = (EarlierAttempt(1, None, None, None),)
    later = replace(new_order(), attempt=2, earlier_attempts=earlier, status=S.PAID)
    later = replace(later, order_id=slept.order_id, charge_id=paid_by)
    checkout.orders.by_id[slept.order_id] = later
    assert checkout.orders.holds.record_authorized(slept, hold, NOW, NOW) is where


def test_a_webhook_lets_go_no_hold_of_an_order_that_is_not_cancelled(
    checkout: HoldingCheckout,
) -> None:
    order = checkout.held()
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow(Hint(order.order_id, 1, None), "webhook", DEADLINE) is Followed.NOTHING_NEW
    assert (checkout.payments.cancels, checkout.now(order)) == ([], order)


def test_a_webhook_cancels_nothing_where_no_money_is_held(checkout: HoldingCheckout) -> None:
    order, _ = given_up_before_it_was_held(checkout)
    checkout.payments.let_lapse()
    checkout.payments.cancels.clear()
    follow = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow(Hint(order.order_id, 1, None), "webhook", DEADLINE) is Followed.NOTHING_NEW
    assert checkout.payments.cancels == []
