"""An operator's redrive says what is known, and puts orders on their way; it never charges."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.redrive_orders import Known, Redriven, RedriveOrders
from checkout_runtime.application.start_payment_attempt import StartPaymentAttempt
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    Declined,
    NotFound,
    Processing,
    Unknown,
)
from checkout_runtime.domain.reconciliation import MAX_RESENDS
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import BUYER, NOW

NOBODY = f"ord_{'a' * 52}"


@pytest.fixture
def redrive(checkout: Checkout) -> RedriveOrders:
    return RedriveOrders(
        orders=checkout.orders,
        unsettled=checkout.orders,
        payment_service=checkout.payments,
        queue=checkout.queue,
        clock=checkout.clock,
        policy=checkout.policy,
    )


def answered(checkout: Checkout, answer: Any, key: str = "k1") -> Order:
    order = checkout.place(key)
    checkout.payments.next_answers = [answer]
    checkout.deliver(checkout.message(order))
    return order


def test_an_unclear_order_is_sent_again_under_a_body_of_its_own(
    checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = answered(checkout, Unknown("lost"))
    requests = len(checkout.payments.requests)
    assert redrive([order.order_id]) == [Redriven(order.order_id, "sent again")]
    assert checkout.queue.sent == [PaymentMessage(order.order_id, 1, resend=1)]
    assert len(checkout.payments.requests) == requests


def test_what_the_queue_does_not_take_is_said_not_to_be_sent(
    checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = answered(checkout, Unknown("lost"))
    checkout.queue.refused = {order.order_id}
    assert redrive([order.order_id]) == [Redriven(order.order_id, "not sent")]
    assert checkout.now(order).counted_resends == 0


def test_a_second_redrive_sends_another_body(checkout: Checkout, redrive: RedriveOrders) -> None:
    order = answered(checkout, Unknown("lost"))
    redrive([order.order_id])
    redrive([order.order_id])
    assert [each.resend for each in checkout.queue.sent] == [1, 2]


def test_redrives_leave_the_reconciler_its_own_resends(
    checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = answered(checkout, Unknown("lost"))
    for _ in range(MAX_RESENDS):
        redrive([order.order_id])
    assert checkout.now(order).counted_resends == 0


def test_a_settled_order_is_left_alone(checkout: Checkout, redrive: RedriveOrders) -> None:
    order = answered(checkout, Declined("no_funds"))
    assert redrive([order.order_id]) == [Redriven(order.order_id, "settled")]
    assert checkout.queue.sent == []


def test_an_order_in_review_is_released(checkout: Checkout, redrive: RedriveOrders) -> None:
    order = answered(checkout, Unknown("lost"))
    in_review = replace(checkout.now(order), status=OrderStatus.NEEDS_REVIEW)
    checkout.orders.by_id[order.order_id] = in_review
    assert redrive([order.order_id]) == [Redriven(order.order_id, "released")]
    assert checkout.now(order).status is OrderStatus.UNKNOWN


def test_an_order_whose_buyer_has_to_act_waits(checkout: Checkout, redrive: RedriveOrders) -> None:
    order = answered(checkout, ActionRequired("https://bank/"))
    assert redrive([order.order_id]) == [Redriven(order.order_id, "waits for the buyer")]


def test_an_unknown_order_is_said_to_be_unknown(redrive: RedriveOrders) -> None:
    assert redrive([NOBODY]) == [Redriven(NOBODY, "no such order")]
    assert redrive.look_up([NOBODY]) == [Known(NOBODY, None, None, "not asked: no such order")]


def test_a_look_up_says_what_was_captured_and_stores_nothing(
    checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = answered(checkout, checkout.payments.capture_then_hang)
    before = checkout.now(order)
    [known] = redrive.look_up([order.order_id])
    assert (known.status, known.attempt) == ("UNKNOWN", 1)
    assert known.payment_service.startswith(f"captured {order.amount} {order.currency} as ")
    assert checkout.now(order) == before


@pytest.mark.parametrize(
    ("answer", "in_words"),
    [
        (NotFound(), "knows nothing of it"),
        (Declined("no_funds"), "declined: no_funds"),
        (ActionRequired("https://bank/"), "waits for the buyer to act"),
        (Processing(), "is being processed"),
        (Unknown("http_503"), "gave no clear answer: Unknown"),
    ],
)
def test_a_look_up_says_what_it_was_answered(
    answer: Any, in_words: str, checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = answered(checkout, Unknown("lost"))
    checkout.payments.next_look_ups = [answer]
    [known] = redrive.look_up([order.order_id])
    assert known.payment_service == in_words


def test_a_captured_order_that_is_redriven_is_settled_by_the_consumer_without_a_charge(
    checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = answered(checkout, checkout.payments.capture_then_hang)
    redrive([order.order_id])
    requests = len(checkout.payments.requests)
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is OrderStatus.PAID
    assert len(checkout.payments.requests) == requests


def paid_by_a_capture_that_is_not_in_the_ledger(checkout: Checkout) -> Order:
    order = answered(checkout, Declined("no_funds"))
    checkout.orders.start_attempt(
        order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
    )
    checkout.payments.next_answers = [Captured("ch_a", 4200, "EUR")]
    checkout.deliver(checkout.message(order, attempt=2))
    return checkout.now(order)


def test_a_paid_order_is_not_contradicted_while_an_attempt_cannot_be_asked(
    checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = paid_by_a_capture_that_is_not_in_the_ledger(checkout)
    [known] = redrive.look_up([order.order_id])
    assert known.contradiction is not None
    checkout.orders.by_id[order.order_id] = replace(order, payment_service="another")
    [known] = redrive.look_up([order.order_id])
    assert (known.attempts[-1].answer, known.contradiction) == (None, None)


LATE = Captured("ch_late", 4200, "EUR")
OPEN = ActionRequired("https://bank/")


def in_state(checkout: Checkout, status: OrderStatus, attempt: int) -> Order:
    """An order whose attempt, the first or the second, came to this state."""
    order = answered(checkout, Declined("no_funds"))
    if attempt == 2:
        checkout.orders.start_attempt(
            order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
        )
    due = NOW if status is OrderStatus.PROCESSING else None
    order = replace(checkout.now(order), status=status, next_look_up_at=due)
    checkout.orders.by_id[order.order_id] = order
    return order


_S = OrderStatus


@pytest.mark.parametrize(
    ("status", "said", "to_do"),
    [
        *(
            (status, (LATE, NotFound()), "Attempt 2 would be a second charge: refund ch_late")
            for status in (_S.PENDING, _S.CHARGING, _S.UNKNOWN, _S.ACTION_REQUIRED, _S.PROCESSING)
        ),
        (_S.DECLINED, (LATE, NotFound()), "The buyer has paid: settle with --paid ch_late"),
        (_S.NEEDS_REVIEW, (NotFound(), LATE), "The buyer has paid: settle with --paid ch_late"),
        *(
            (status, (Processing(), Declined("no_funds")), "cancel it at the payment service")
            for status in (_S.PENDING, _S.CHARGING, _S.UNKNOWN, _S.DECLINED, _S.PAID)
        ),
        (_S.ACTION_REQUIRED, (OPEN, OPEN), "Attempt 1 may yet be captured"),
        (_S.PROCESSING, (OPEN, Processing()), "Attempt 1 may yet be captured"),
        (_S.DECLINED, (NotFound(), OPEN), "Attempt 2 may yet be captured"),
        *(
            (status, (NotFound(), answer), "Run `checkout reconcile`")
            for status in (_S.PENDING, _S.ACTION_REQUIRED, _S.PROCESSING)
            for answer in (LATE, Declined("no_funds"))
        ),
    ],
)
def test_what_the_payment_service_says_otherwise_of_any_attempt_is_told(
    status: OrderStatus, said: tuple[Any, Any], to_do: str, checkout: Checkout, redrive: Any
) -> None:
    order = in_state(checkout, status, attempt=2)
    checkout.payments.next_look_ups = list(said)
    [known] = redrive.look_up([order.order_id])
    assert known.contradiction is not None
    assert status.value in known.contradiction.what
    assert to_do in known.contradiction.what_to_do


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (_S.UNKNOWN, (NotFound(), LATE)),
        (_S.CHARGING, (Declined("x"), LATE)),
        (_S.ACTION_REQUIRED, (NotFound(), OPEN)),
        (_S.PROCESSING, (Unknown("x"), Processing())),
        (_S.DECLINED, (Declined("x"), NotFound())),
        (_S.NEEDS_REVIEW, (NotFound(), Processing())),
    ],
)
def test_what_the_table_says_too_is_no_contradiction(
    status: OrderStatus, said: tuple[Any, Any], checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = in_state(checkout, status, attempt=2)
    checkout.payments.next_look_ups = list(said)
    [known] = redrive.look_up([order.order_id])
    assert known.contradiction is None


def test_a_stray_charge_that_the_order_knows_is_no_news(
    checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = in_state(checkout, _S.NEEDS_REVIEW, attempt=2)
    checkout.orders.by_id[order.order_id] = replace(
        order, stray_charges=frozenset({LATE.proof_for(1)})
    )
    checkout.payments.next_look_ups = [LATE, NotFound()]
    [known] = redrive.look_up([order.order_id])
    assert known.contradiction is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": OrderStatus.PROCESSING, "next_look_up_at": NOW}, "is being processed"),
        ({"status": OrderStatus.AUTHORIZED}, "waits for its capture"),
        ({"status": OrderStatus.NEEDS_REVIEW, "decline_code": "no_funds"}, "needs a verdict"),
    ],
    ids=str,
)
def test_what_is_not_to_be_sent_again_is_said(
    changes: dict[str, Any], said: str, checkout: Checkout, redrive: RedriveOrders
) -> None:
    order = answered(checkout, Unknown("lost"))
    checkout.orders.by_id[order.order_id] = replace(checkout.now(order), **changes)
    assert redrive([order.order_id]) == [Redriven(order.order_id, said)]
    assert checkout.queue.sent == []


def test_what_is_known_of_the_last_attempt_is_said_first_by_a_service_that_was_made_ready(
    checkout: Checkout, redrive: RedriveOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, ready = answered(checkout, Declined("no_funds")), list[bool]()
    StartPaymentAttempt(checkout.orders, checkout.clock, 3)(
        BUYER, order.order_id, replaces=1, payment_method="pm_2"
    )
    checkout.payments.next_look_ups = [Declined("no_funds"), NotFound()]
    monkeypatch.setattr(checkout.payments, "prepare", lambda: ready.append(True))
    [known] = redrive.look_up([order.order_id])
    first, last = known.attempts
    assert (known.attempt, known.payment_service) == (2, last.in_words)
    assert first.in_words != last.in_words
    assert ready == [True]
