"""No word, no verdict: what becomes of orders where gateways answer for the payment service."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.adapters.bare_answers import bare_answer
from checkout_runtime.adapters.custom_answers import validated_charge
from checkout_runtime.domain.order import Order, OrderStatus
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
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.checkout_world import CheckoutWorld, message_of
from tests.checkout_runtime.factories import NO_KEYS
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus
REFUSED = Unknown("http_404", without_word=True)
DAY = 24 * 60 * 60


def refuse_for_good(world: CheckoutWorld) -> None:
    world.payments.next_answers = [REFUSED] * 1000


def deliver_for(world: CheckoutWorld, order: Order, seconds: int) -> None:
    """Deliver the order's message again and again, as the queue does, for so long."""
    end, receives = world.clock.now() + seconds * 1000, 0
    while world.clock.now() <= end:
        receives += 1
        message = message_of(world.stored(order), receive_count=receives)
        if not world.process(message):
            return
        world.let_pass(max(world.queue.delays[message.receipt_handle], 1))


def wordless(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [each for each in caplog.records if each.getMessage() == "answer_without_word"]


def test_a_capture_behind_a_gateways_answer_is_found_and_no_second_card_is_charged(
    world: CheckoutWorld,
) -> None:
    def captured_but_404(order: Order) -> Any:
        world.payments.capture(order)
        return REFUSED

    world.payments.next_answers = [captured_but_404]
    order = world.place()
    deliver_for(world, order, 60)
    assert world.stored(order).status is S.PAID
    world.start_attempt(order)
    assert world.captures(order) == 1


def test_a_blip_of_a_gateway_passes(world: CheckoutWorld) -> None:
    world.payments.next_answers = [REFUSED, REFUSED]
    order = world.place()
    deliver_for(world, order, 60)
    paid = world.stored(order)
    assert paid.status is S.PAID
    assert world.captures(order) == 1


def test_a_buyer_is_freed_within_two_minutes_where_the_attempt_can_be_cancelled(
    world: CheckoutWorld,
) -> None:
    refuse_for_good(world)
    world.payments.can_cancel = True
    order = world.place()
    began = world.clock.now()
    deliver_for(world, order, 600)
    declined = world.stored(order)
    assert (declined.status, declined.decline_code) == (S.DECLINED, "refused_without_word")
    assert world.clock.now() - began <= 120_000
    world.payments.next_answers = []
    world.start_attempt(order)
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID
    assert world.captures(order) == 1


def test_nothing_is_cancelled_while_the_refused_request_may_be_under_way(
    world: CheckoutWorld,
) -> None:
    refuse_for_good(world)
    world.payments.can_cancel = True
    order = world.place()
    world.deliver(order)
    world.let_pass(world.policy.lease_seconds - 1)
    assert not world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN


def test_where_nothing_can_be_cancelled_an_operator_is_called_after_a_quarter_of_an_hour(
    world: CheckoutWorld,
) -> None:
    refuse_for_good(world)
    order = world.place()
    began = world.clock.now()
    deliver_for(world, order, DAY)
    review = world.stored(order)
    assert (review.status, review.review_reason) == (S.NEEDS_REVIEW, "refused_without_word")
    assert 15 * 60_000 <= world.clock.now() - began <= 20 * 60_000


def test_without_the_services_own_word_that_it_knows_of_nothing_the_order_stays_open(
    world: CheckoutWorld,
) -> None:
    refuse_for_good(world)
    world.payments.next_look_ups = [Unknown("http_503", unavailable=True)] * 1000
    order = world.place()
    deliver_for(world, order, 3600)
    assert world.stored(order).status is S.UNKNOWN


@pytest.mark.parametrize("status", [401, 403, 407])
def test_orders_wait_while_our_secret_is_refused_and_are_paid_once_it_is_mended(
    status: int, world: CheckoutWorld
) -> None:
    refused = bare_answer(status, f"http_{status}")
    world.payments.next_answers = [refused] * 1000
    world.payments.next_look_ups = [refused] * 1000
    order = world.place()
    deliver_for(world, order, 3600)
    assert world.stored(order).status is S.UNKNOWN
    world.payments.next_answers, world.payments.next_look_ups = [], []
    deliver_for(world, order, 600)
    assert world.stored(order).status is S.PAID
    assert world.captures(order) == 1


def test_a_look_up_that_is_not_answered_does_not_say_that_nothing_is_known(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [REFUSED]
    world.payments.next_look_ups = [Unknown("http_503", unavailable=True)] * 1000
    order = world.place()
    world.deliver(order)
    world.let_pass(DAY)
    assert not world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN


def test_an_unanswered_look_up_cancels_nothing_that_was_refused_before(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [REFUSED]
    world.payments.next_look_ups = [Unknown("http_503", unavailable=True)]
    world.payments.can_cancel = True
    order = world.place()
    world.deliver(order)
    world.let_pass(3600)
    assert not world.deliver(order)
    assert world.payments.cancels == []


def test_a_refusal_that_cannot_be_tried_again_is_what_an_operator_is_told(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [REFUSED]
    order = world.place()
    world.deliver(order)
    world.let_pass(DAY)
    assert world.deliver(order)
    assert world.stored(order).review_reason == "refused_without_word"


def test_what_is_not_known_when_it_is_cancelled_needs_an_operator_after_retention(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.let_pass(DAY)
    world.payments.can_cancel, world.payments.cancelled = True, NotFound()
    assert world.deliver(order)
    assert world.stored(order).review_reason == "key_retention_over"


def test_where_every_route_refuses_without_a_word_an_operator_is_called_as_soon(
    world: CheckoutWorld,
) -> None:
    refuse_for_good(world)
    world.payments.next_look_ups = [REFUSED] * 1000
    world.payments.can_cancel, world.payments.cancelled = True, REFUSED
    order = world.place()
    began = world.clock.now()
    deliver_for(world, order, DAY)
    assert world.stored(order).review_reason == "refused_without_word"
    assert world.clock.now() - began <= 20 * 60_000


def test_a_look_up_that_is_refused_without_a_word_holds_nobody_who_can_be_cancelled(
    world: CheckoutWorld,
) -> None:
    world.policy = NO_KEYS
    world.payments.next_answers = [LOST]
    world.payments.next_look_ups = [REFUSED] * 1000
    world.payments.can_cancel = True
    order = world.place()
    began = world.clock.now()
    deliver_for(world, order, DAY)
    assert world.stored(order).status is S.DECLINED
    assert world.clock.now() - began <= 180_000


@pytest.mark.parametrize("can_cancel", [True, False])
@pytest.mark.parametrize("said", [REFUSED, bare_answer(401, "http_401")])
@pytest.mark.parametrize("captured", [True, False])
def test_where_only_the_look_up_is_broken_the_request_is_repeated_under_its_key(
    captured: bool, said: Unknown, can_cancel: bool, world: CheckoutWorld
) -> None:
    world.payments.next_answers = [world.payments.capture_then_hang if captured else LOST]
    world.payments.next_look_ups = [said] * 1000
    world.payments.can_cancel, world.payments.cancelled = can_cancel, REFUSED
    order = world.place()
    deliver_for(world, order, 600)
    assert world.stored(order).status is S.PAID
    assert world.captures(order) == 1
    assert len(world.payments.requests) == 2


def test_an_order_out_of_a_backup_is_not_requested_where_the_look_up_is_broken(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    world.policy = replace(world.policy, quarantine_before=world.clock.now() + 1)
    world.payments.next_look_ups = [REFUSED] * 1000
    deliver_for(world, order, DAY)
    assert world.payments.requests == []
    assert world.stored(order).status is S.NEEDS_REVIEW


def test_a_blip_before_an_outage_and_one_after_it_are_not_one_long_refusal(
    world: CheckoutWorld,
) -> None:
    down = Unknown("http_503", unavailable=True)
    world.payments.next_answers = [REFUSED, *[down] * 40, REFUSED]
    order = world.place()
    deliver_for(world, order, 2 * 3600)
    assert world.stored(order).status is S.PAID


@pytest.mark.parametrize("can_look_up", [True, False])
@pytest.mark.parametrize("status", [401, 403, 407])
def test_orders_wait_while_our_secret_is_refused_to_charge_and_are_paid_once_it_is_mended(
    status: int, can_look_up: bool, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.can_look_up = can_look_up
    world.payments.can_cancel = True
    world.payments.next_answers = [bare_answer(status, f"http_{status}")] * 1000
    order = world.place()
    deliver_for(world, order, 3600)
    assert world.stored(order).status is S.UNKNOWN
    assert len(wordless(caplog)) == len(world.payments.requests)
    assert world.payments.cancels == []
    world.payments.next_answers = []
    deliver_for(world, order, 600)
    assert world.stored(order).status is S.PAID


def test_a_mended_secret_calls_no_operator_at_the_first_answer(world: CheckoutWorld) -> None:
    refused = bare_answer(401, "http_401")
    world.policy = NO_KEYS
    world.payments.next_answers = [refused] * 1000
    world.payments.next_look_ups = [refused] * 1000
    order = world.place()
    deliver_for(world, order, 3600)
    world.payments.next_answers, world.payments.next_look_ups = [], []
    deliver_for(world, order, 3600)
    assert world.stored(order).status is S.UNKNOWN


@pytest.mark.parametrize("bad", [None, {"status": "captured"}, "captured", Captured("c", 0, "EUR")])
def test_nonsense_of_a_module_ends_as_an_answer_without_a_word(
    bad: Any, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.next_answers = [validated_charge(bad)] * 1000
    order = world.place()
    world.deliver(order)
    assert len(wordless(caplog)) == 1
    deliver_for(world, order, 3600)
    assert world.stored(order).review_reason == "refused_without_word"


@pytest.mark.parametrize("status", [409, 423, 425, 408])
def test_an_answer_that_asks_for_patience_passes_quietly_within_a_quarter_of_an_hour(
    status: int, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.next_answers = [bare_answer(status, f"http_{status}")] * 1000
    world.payments.can_cancel = True
    order = world.place()
    deliver_for(world, order, 14 * 60)
    assert world.stored(order).status is S.UNKNOWN
    world.payments.next_answers = []
    deliver_for(world, order, 120)
    assert world.stored(order).status is S.PAID
    assert (wordless(caplog), world.payments.cancels) == ([], [])


@pytest.mark.parametrize("asked", ["charge", "look_up"])
@pytest.mark.parametrize("status", [409, 423, 425, 408])
def test_an_answer_that_asks_for_patience_longer_is_told_and_holds_no_buyer(
    status: int, asked: str, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    later = bare_answer(status, f"http_{status}")
    world.payments.next_answers = [later] * 1000 if asked == "charge" else [LOST]
    world.payments.next_look_ups = [later] * 1000 if asked == "look_up" else []
    world.payments.can_cancel = True
    order = world.place()
    began = world.clock.now()
    deliver_for(world, order, DAY)
    # Where only the look-up asks for patience, the request is repeated under its key.
    ends = {"charge": S.DECLINED, "look_up": S.PAID}
    assert world.stored(order).status is ends[asked]
    assert 15 * 60_000 <= world.clock.now() - began <= 20 * 60_000
    assert {vars(record)["operation"] for record in wordless(caplog)} == {asked}


def test_patience_that_nothing_can_cancel_ends_with_an_operator(world: CheckoutWorld) -> None:
    world.payments.next_answers = [bare_answer(409, "http_409")] * 1000
    order = world.place()
    began = world.clock.now()
    deliver_for(world, order, DAY)
    assert world.stored(order).review_reason == "refused_without_word"
    assert world.clock.now() - began <= 20 * 60_000


def test_a_cancellation_that_asks_for_patience_for_too_long_is_told(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.let_pass(DAY)
    world.payments.can_cancel, world.payments.cancelled = True, bare_answer(409, "http_409")
    deliver_for(world, order, 14 * 60)
    assert wordless(caplog) == []
    deliver_for(world, order, 5 * 60)
    assert wordless(caplog)


def test_one_refusal_and_a_long_pause_are_not_a_quarter_of_an_hour_of_refusals(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [REFUSED]
    world.payments.can_cancel = True
    order = world.place()
    world.deliver(order)
    world.let_pass(3600)
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID
    assert world.payments.cancels == []


def test_a_service_that_cannot_be_asked_needs_an_operator_after_a_quarter_of_an_hour(
    world: CheckoutWorld,
) -> None:
    refuse_for_good(world)
    world.payments.can_look_up = False
    order = world.place()
    deliver_for(world, order, DAY)
    assert world.stored(order).review_reason == "refused_without_word"


def test_silence_between_refusals_does_not_say_that_the_route_was_mended(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [REFUSED, LOST, REFUSED] * 100
    world.payments.can_cancel = True
    order = world.place()
    began = world.clock.now()
    deliver_for(world, order, DAY)
    assert world.stored(order).status is S.DECLINED
    assert world.clock.now() - began <= 300_000


def test_a_buyer_who_has_to_act_is_asked_about_no_earlier_refusal(world: CheckoutWorld) -> None:
    world.payments.next_answers = [REFUSED, ActionRequired("https://bank/")]
    order = world.place()
    world.deliver(order)
    world.let_pass(10)
    world.deliver(order)
    waiting = world.stored(order)
    assert (waiting.status, waiting.refused_since) == (S.ACTION_REQUIRED, None)


def test_a_refusal_that_was_not_repeated_is_not_forgotten(world: CheckoutWorld) -> None:
    world.payments.next_answers = [REFUSED]
    order = world.place()
    world.deliver(order)
    refused = world.stored(order)
    assert (refused.refused_as, refused.refused_since) == ("http_404", world.clock.now())
    world.payments.next_look_ups = [Unknown("http_503", unavailable=True)]
    world.let_pass(10)
    world.deliver(order)
    still = world.stored(order)
    assert still.refused_as == refused.refused_as
    assert still.refused_since == refused.refused_since


def test_an_order_that_was_refused_after_its_worker_died_ends_the_same_way(
    world: CheckoutWorld,
) -> None:
    """The first worker claimed and died; that it sent nothing, nobody knows."""
    world.payments.can_cancel = True
    world.payments.next_answers = [NotCharged("no_such_card")] * 100
    order = world.place()
    world.claim(order)
    world.let_lease_pass()
    began = world.clock.now()
    deliver_for(world, order, 600)
    assert world.stored(order).status is S.DECLINED
    assert world.clock.now() - began <= 120_000


def test_an_answer_without_a_word_is_told_at_once(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    world.payments.next_answers = [REFUSED]
    order = world.place()
    world.deliver(order)
    [record] = wordless(caplog)
    assert vars(record)["operation"] == "charge"
    assert vars(record)["order_id"] == order.order_id


def test_a_repeated_request_that_was_not_charged_is_told_like_an_answer_without_a_word(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.next_answers = [NotCharged("no_such_card")] * 2
    first, order = world.place(), world.place()
    assert world.deliver(first)
    assert caplog.records == []
    world.claim(order)
    world.let_lease_pass()
    assert not world.deliver(order)
    [record] = wordless(caplog)
    assert vars(record)["reason"] == "not_charged_after_unknown:no_such_card"


def test_nothing_is_cancelled_while_a_request_without_an_answer_may_be_under_way(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [REFUSED, LOST]
    world.payments.can_cancel = True
    order = world.place()
    world.deliver(order)
    world.let_lease_pass()
    assert not world.deliver(order)
    assert world.payments.cancels == []


@pytest.mark.parametrize("said", [Unknown("http_503"), ActionRequired("https://bank/")])
def test_one_unclear_answer_to_a_cancellation_calls_no_operator(
    said: Any, world: CheckoutWorld
) -> None:
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.let_pass(DAY)
    world.payments.can_cancel, world.payments.cancelled = True, said
    assert not world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN
    world.payments.cancelled = Cancelled()
    assert world.deliver(order)
    assert world.stored(order).status is S.DECLINED


def test_an_answer_to_a_cancellation_describes_every_request(world: CheckoutWorld) -> None:
    world.policy = NO_KEYS
    world.payments.can_look_up = False
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.payments.can_cancel, world.payments.cancelled = True, Declined("no_funds")
    assert world.deliver(order)
    assert world.stored(order).decline_code == "no_funds"


def test_the_reconciler_leaves_it_to_the_queue_to_repeat_what_was_refused(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [REFUSED]
    world.payments.can_cancel = True
    order = world.place()
    world.deliver(order)
    world.let_pass(3600)
    world.reconcile()
    # Only a refusal that is repeated is no blip, and the reconciler repeats no request.
    assert world.stored(order).status is S.UNKNOWN
    world.payments.next_answers = [REFUSED]
    assert world.deliver(order)
    assert world.stored(order).status is S.DECLINED


# Another payment service


@pytest.mark.parametrize("status", [S.UNKNOWN, S.ACTION_REQUIRED, S.PROCESSING, S.CHARGING])
@pytest.mark.parametrize("by", ["message", "reconciler"])
def test_an_attempt_of_another_service_is_neither_requested_nor_asked_about(
    by: str, status: OrderStatus, world: CheckoutWorld
) -> None:
    answers: dict[OrderStatus, Any] = {
        S.UNKNOWN: LOST,
        S.ACTION_REQUIRED: ActionRequired("https://bank/"),
        S.PROCESSING: Processing(),
    }
    order = world.place()
    if status is S.CHARGING:
        world.claim(order)
    else:
        world.payments.next_answers = [answers[status]]
        world.deliver(order)
    assert world.stored(order).status is status
    requests = list(world.payments.requests)
    world.payments.name, world.payments.can_cancel = "another", True
    world.let_pass(2 * 3600)
    if by == "message" and status in (S.UNKNOWN, S.CHARGING):
        assert world.deliver(order)
    else:
        world.reconcile()
    review = world.stored(order)
    assert (review.status, review.review_reason) == (S.NEEDS_REVIEW, "other_service")
    assert world.payments.requests == requests
    assert (world.payments.look_ups, world.payments.cancels) == ([], [])


@pytest.mark.parametrize("answer", [ActionRequired("https://bank/"), Processing()], ids=str)
def test_another_service_that_cannot_be_asked_stops_for_an_operator_at_the_first_look(
    answer: Any, world: CheckoutWorld
) -> None:
    world.payments.next_answers = [answer]
    order = world.place()
    world.deliver(order)
    world.payments.name, world.payments.can_look_up = "another", False
    world.let_pass(10 * 60)
    world.reconcile()
    assert world.stored(order).review_reason == "other_service"


def test_a_buyer_who_acted_at_another_service_is_told_by_an_operator(world: CheckoutWorld) -> None:
    world.payments.next_answers = [ActionRequired("https://bank/")]
    order = world.place()
    world.deliver(order)
    world.payments.name = "another"
    world.resume(order)
    assert world.deliver(order)
    assert world.stored(order).review_reason == "other_service"
    assert world.payments.look_ups == []


def test_an_attempt_from_before_names_were_stored_is_this_services(world: CheckoutWorld) -> None:
    order = world.place()
    world.payments.next_answers = [LOST]
    world.deliver(order)
    world.client.call(
        "UpdateItem",
        {
            "TableName": world.table_name,
            "Key": {"pk": {"S": order.order_id}},
            "UpdateExpression": "REMOVE attempt_1_service",
            "ConditionExpression": "attribute_exists(attempt_1_service)",
        },
    )
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID


# Asynchronous payments


def test_what_is_processed_is_only_looked_up_and_never_requested_again(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [Processing()]
    world.payments.next_look_ups = [Processing()] * 1000
    order = world.place()
    assert world.deliver(order)
    for _ in range(40):
        world.let_pass(6 * 3600)
        world.reconcile()
        assert world.deliver(order)
    assert world.stored(order).status is S.PROCESSING
    assert world.payments.requests == [order.payment_key]
    world.payments.next_look_ups = [Captured("ch_1", 4200, "EUR")]
    world.let_pass(6 * 3600)
    world.reconcile()
    assert world.stored(order).status is S.PAID


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Declined("account_closed"), S.DECLINED),
        (Captured("ch", 1, "EUR"), S.NEEDS_REVIEW),
        (NotFound(), S.PROCESSING),
        (Unknown("http_500"), S.PROCESSING),
    ],
    ids=str,
)
def test_an_asynchronous_payment_ends_as_the_look_up_says(
    answer: Any, status: OrderStatus, world: CheckoutWorld
) -> None:
    world.payments.next_answers = [Processing()]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [answer]
    world.let_pass(3600)
    world.reconcile()
    assert world.stored(order).status is status
    assert world.payments.requests == [order.payment_key]


@pytest.mark.parametrize("said", [Unknown("timeout", unavailable=True), NotFound()], ids=str)
def test_a_payment_that_is_processed_and_cannot_be_asked_about_is_told_after_a_day(
    said: Any, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.next_answers = [Processing()]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [said] * 1000
    hours_until_told = 0
    while not wordless(caplog) and hours_until_told < 72:
        world.let_pass(3600)
        world.reconcile()
        hours_until_told += 1
    assert 24 < hours_until_told <= 31
    reason = said.reason if isinstance(said, Unknown) else "not_found"
    told = {vars(each)["reason"] for each in wordless(caplog)}
    assert told == {f"processing_unanswered:{reason}"}
    assert world.stored(order).status is S.PROCESSING
    world.payments.next_look_ups = [Processing()]
    world.let_pass(6 * 3600)
    world.reconcile()
    assert world.stored(order).refused_since is None


def test_an_answer_in_between_starts_the_day_anew(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.next_answers = [Processing()]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [Unknown("timeout"), Processing()] * 100
    for _ in range(96):
        world.let_pass(3600)
        world.reconcile()
    assert wordless(caplog) == []


@pytest.mark.parametrize("can_look_up", [True, False])
def test_a_payment_that_is_processed_where_nobody_can_be_asked_is_told_at_once(
    can_look_up: bool, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.payments.can_look_up = can_look_up
    world.payments.next_answers = [Processing()]
    world.deliver(world.place())
    assert bool(wordless(caplog)) is not can_look_up


def test_each_look_up_of_what_is_processed_stores_the_next_one(world: CheckoutWorld) -> None:
    world.payments.next_answers = [Processing()]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [Processing()]
    world.let_pass(3600)
    world.reconcile()
    assert world.stored(order).next_look_up_at == world.clock.now() + 3_600_000


def test_a_cancellation_that_may_be_tried_again_leaves_the_next_look_up_stored(
    world: CheckoutWorld,
) -> None:
    world.policy = replace(world.policy, key_retention_seconds=30 * DAY)
    world.payments.next_answers = [Processing()]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [Processing()]
    world.payments.can_cancel, world.payments.cancelled = True, Unknown("http_500")
    world.let_pass(21 * DAY)
    world.reconcile()
    waiting = world.stored(order)
    assert waiting.status is S.PROCESSING
    assert (waiting.next_look_up_at or 0) > world.clock.now()


def test_a_look_up_describes_every_request_of_what_is_processed(world: CheckoutWorld) -> None:
    world.policy = NO_KEYS
    world.payments.next_answers = [LOST]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [Processing(), Declined("account_closed")]
    assert world.deliver(order)
    assert world.stored(order).attempt_claims == 2
    world.let_pass(3600)
    world.reconcile()
    assert world.stored(order).decline_code == "account_closed"


def test_a_buyer_who_must_act_while_a_payment_is_processed_is_told_so(
    world: CheckoutWorld,
) -> None:
    world.payments.next_answers = [Processing()]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [ActionRequired("https://bank/")]
    world.let_pass(3600)
    world.reconcile()
    waiting = world.stored(order)
    assert (waiting.status, waiting.action_url) == (S.ACTION_REQUIRED, "https://bank/")
    hour = world.policy.action_seconds * 1000
    assert waiting.action_deadline == world.clock.now() + hour
    assert (world.unsettled.count_open(0), world.unsettled.count_processing(0)) == (1, 0)
    assert world.unsettled.oldest_open(0) == world.clock.now()
    # It is never requested again, whatever the buyer does.
    world.resume(order)
    world.payments.next_look_ups = [Processing()]
    assert world.deliver(order)
    assert world.stored(order).status is S.PROCESSING
    assert world.payments.requests == [order.payment_key]


def test_a_buyer_who_does_not_act_while_a_payment_is_processed_frees_it_at_the_deadline(
    world: CheckoutWorld,
) -> None:
    world.payments.can_cancel = True
    world.payments.next_answers = [Processing()]
    order = world.place()
    world.deliver(order)
    world.payments.next_look_ups = [ActionRequired("https://bank/")] * 1000
    world.let_pass(3600)
    world.reconcile()
    world.let_pass(world.policy.action_seconds)
    world.reconcile()
    assert world.stored(order).decline_code == "action_not_taken"


def test_patience_with_an_asynchronous_payment_ends_by_a_cancellation_or_with_an_operator(
    world: CheckoutWorld,
) -> None:
    orders = [world.place() for _ in range(2)]
    world.payments.next_answers = [Processing()] * 2
    for order in orders:
        world.deliver(order)
    world.payments.next_look_ups = [Processing()] * 1000
    world.let_pass(21 * DAY)
    world.payments.can_cancel, world.payments.cancelled = True, Unknown("http_500")
    world.reconcile()
    for order in orders:
        assert world.stored(order).review_reason == "processing_too_long"
    world.payments.cancelled = Processing()
    still = world.place()
    world.payments.next_answers = [Processing()]
    world.deliver(still)
    world.let_pass(21 * DAY)
    world.reconcile()
    assert world.stored(still).review_reason == "processing_too_long"
    late = world.place()
    world.payments.next_answers = [Processing()]
    world.deliver(late)
    world.let_pass(21 * DAY)
    world.payments.cancelled = Cancelled()
    world.reconcile()
    assert world.stored(late).status is S.DECLINED


def test_a_released_asynchronous_payment_is_looked_up_with_patience_anew(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    world.payments.next_answers = [Processing()]
    world.deliver(order)
    world.payments.next_look_ups = [Processing()] * 1000
    world.let_pass(21 * DAY)
    world.reconcile()
    assert world.stored(order).status is S.NEEDS_REVIEW
    world.orders.release(order, world.clock.now())
    assert world.deliver(order)
    assert world.stored(order).status is S.PROCESSING
    world.let_pass(DAY)
    world.reconcile()
    assert world.stored(order).status is S.PROCESSING
    assert world.payments.requests == [order.payment_key]


def test_what_nobody_can_be_asked_about_waits_for_an_operator_at_the_end_of_the_patience(
    world: CheckoutWorld,
) -> None:
    world.payments.can_look_up = False
    order = world.place()
    world.payments.next_answers = [Processing()]
    world.deliver(order)
    world.let_pass(20 * DAY)
    world.reconcile()
    assert world.stored(order).status is S.PROCESSING
    world.let_pass(DAY)
    world.reconcile()
    assert world.stored(order).review_reason == "processing_too_long"


# What a buyer or an operator does


def test_a_buyers_resumes_use_up_none_of_the_reconcilers_resends(world: CheckoutWorld) -> None:
    order = world.place()
    for _ in range(30):
        world.payments.next_answers = [ActionRequired("https://bank/")]
        world.payments.next_look_ups = [ActionRequired("https://bank/")]
        world.deliver(order)
        world.resume(order)
    stored = world.stored(order)
    assert (stored.resend, stored.counted_resends) == (30, 0)


def test_an_operators_release_gives_the_reconciler_its_resends_back(world: CheckoutWorld) -> None:
    world.payments.can_look_up = False
    world.policy = replace(world.policy, key_retention_seconds=30 * DAY)
    order = world.place()
    world.payments.next_answers = [LOST]
    world.deliver(order)
    for _ in range(30):
        world.let_pass(3600)
        world.reconcile()
    assert world.stored(order).review_reason == "resends_used_up"
    world.orders.release(order, world.clock.now())
    assert world.stored(order).counted_resends == 0
    world.let_pass(3600)
    world.reconcile()
    assert world.stored(order).status is S.UNKNOWN


def test_a_look_up_that_refuses_our_secret_does_not_say_that_nobody_knows_the_attempt(
    world: CheckoutWorld,
) -> None:
    order = world.place()
    refuse_for_good(world)
    world.payments.next_look_ups = [bare_answer(401, "http_401")] * 1000
    deliver_for(world, order, 2 * 60 * 60)
    assert world.stored(order).status is S.UNKNOWN
    world.payments.next_look_ups, world.payments.next_answers = [], []
    deliver_for(world, order, 600)
    assert world.stored(order).status is S.PAID
