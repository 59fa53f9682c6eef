"""Before an attempt is charged, the attempts that it replaced are asked about."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.cancel_order import CancelAsked, CancelOrder
from checkout_runtime.application.order_records import Verdict, VerdictKind
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NotRequested
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Authorized,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application import checkout_world
from tests.checkout_runtime.application.checkout_world import (
    CheckoutWorld,
    answer_slowly,
    message_of,
)
from tests.checkout_runtime.factories import NO_KEYS, POLICY
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus
EARLIER = Captured("ch_0", 4200, "EUR")


def declined_then_another_card(world: CheckoutWorld) -> Order:
    order = world.place()
    world.payments.next_answers = [Declined("no_funds")]
    assert world.deliver(order)
    world.start_attempt(order)
    return order


def test_an_attempt_that_was_captured_after_all_pays_and_the_next_one_is_never_requested(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.payments.ledger.append((f"{order.order_id}:1", Captured("ch_0", 4200, "EUR")))
    assert world.deliver(order)
    paid = world.stored(order)
    assert (paid.status, paid.attempt, paid.charge_id) == (S.PAID, 2, "ch_0")
    assert world.payments.requests == [f"{order.order_id}:1"]


def test_an_earlier_capture_of_another_amount_is_kept_for_an_operator(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.payments.ledger.append((f"{order.order_id}:1", Captured("ch_0", 1, "EUR")))
    assert world.deliver(order)
    review = world.stored(order)
    assert (review.status, review.review_reason) == (S.NEEDS_REVIEW, "capture_mismatch")
    assert review.stray_charges == {"1:ch_0:1:EUR"}
    assert world.payments.requests == [f"{order.order_id}:1"]


def test_an_earlier_capture_is_a_stray_charge_once_the_next_attempt_was_requested(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.payments.next_answers = [LOST]
    world.deliver(order)
    world.payments.ledger.append((f"{order.order_id}:1", Captured("ch_0", 4200, "EUR")))
    assert world.deliver(order)
    review = world.stored(order)
    assert (review.status, review.review_reason) == (S.NEEDS_REVIEW, "stray_charge")
    assert review.stray_charges == {"1:ch_0:4200:EUR"}


@pytest.mark.parametrize(
    "answer",
    [ActionRequired("https://bank/"), Processing(), Authorized("ch_0", 4200, "EUR", 1)],
)
def test_an_earlier_attempt_that_may_yet_be_paid_is_cancelled_first(
    answer: Any, world: CheckoutWorld
) -> None:
    order = declined_then_another_card(world)
    world.payments.can_cancel, world.payments.next_look_ups = True, [answer]
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID
    assert world.payments.cancels == [f"{order.order_id}:1"]


def test_an_earlier_attempt_that_turns_out_paid_when_it_is_cancelled_pays(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.payments.can_cancel, world.payments.next_look_ups = True, [Processing()]
    world.payments.cancelled = Captured("ch_0", 4200, "EUR")
    assert world.deliver(order)
    assert world.stored(order).charge_id == "ch_0"
    assert len(world.payments.requests) == 1


def test_while_nobody_answers_about_the_earlier_attempt_the_next_one_waits(
    world: CheckoutWorld,
) -> None:
    world.policy = NO_KEYS
    order = declined_then_another_card(world)
    world.payments.next_look_ups = [Unknown("http_503", unavailable=True)]
    assert not world.deliver(order)
    waiting = world.stored(order)
    assert (waiting.status, waiting.attempt_claims) == (S.UNKNOWN, 0)
    # The claim sent nothing, so the next one is the first that may: also without keys.
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID


def test_the_stored_decline_of_another_service_stands(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    world.payments.name = "another"
    asked = len(world.payments.look_ups)
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID
    assert len(world.payments.look_ups) == asked


def test_an_order_keeps_what_is_known_of_each_attempt(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    [earlier] = world.stored(order).earlier_attempts
    assert (earlier.attempt, earlier.service, earlier.code) == (
        1,
        world.payments.name,
        "no_funds",
    )
    fresh = world.stored(order)
    assert (fresh.payment_service, fresh.refused_since, fresh.processing_since) == (None,) * 3


def test_an_earlier_charge_that_was_refunded_pays_nothing(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    charge = Captured("ch_0", 4200, "EUR")
    world.payments.ledger.append((f"{order.order_id}:1", charge))
    world.outcomes.record_stray(order, 1, charge, "stray_charge", world.clock.now())
    refunded = Verdict("operator", "ticket 7", VerdictKind.REFUNDED_ELSEWHERE, "ch_0")
    world.orders.settle_by_verdict(world.stored(order), refunded, world.clock.now())
    world.orders.release(world.stored(order), world.clock.now())
    assert world.deliver(order)
    paid = world.stored(order)
    assert (paid.status, paid.charge_id == "ch_0") == (S.PAID, False)
    world.outcomes.record_capture(paid, charge, world.clock.now())
    assert world.stored(order).charge_id == paid.charge_id


def test_every_earlier_attempt_is_asked_about(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    world.payments.next_answers = [Declined("no_funds")]
    world.payments.next_look_ups = [NotFound()]
    assert world.deliver(order)
    world.payments.ledger.append((f"{order.order_id}:1", Captured("ch_0", 4200, "EUR")))
    world.start_attempt(order, replaces=2, method="pm_3")
    assert world.deliver(order)
    assert world.stored(order).charge_id == "ch_0"
    assert world.captures(order) == 1


@pytest.mark.parametrize("said", [ActionRequired("https://bank/"), Processing()])
def test_what_the_service_knows_is_not_freed_by_a_cancellation_that_does_not(
    said: Any, world: CheckoutWorld
) -> None:
    order = declined_then_another_card(world)
    world.payments.can_cancel, world.payments.cancelled = True, NotFound()
    world.payments.next_look_ups = [said] * 1000
    assert not world.deliver(order)
    assert len(world.payments.requests) == 1


def cancelled_in_doubt(world: CheckoutWorld, said: Any) -> Order:
    """An order whose earlier attempt nothing clear was said of, when its buyer cancels it."""
    order = declined_then_another_card(world)
    world.payments.next_look_ups = [said]
    world.deliver(order)
    asked = CancelOrder(world.orders, world.clock)(order.order_id, by="shop")
    assert isinstance(asked, CancelAsked)
    return order


DOUBTS = [Unknown("http_503", unavailable=True), Processing()]


@pytest.mark.parametrize("said", DOUBTS, ids=str)
@pytest.mark.parametrize("by", ["message", "reconciler"])
def test_a_cancellation_does_not_hide_that_an_earlier_attempt_was_captured(
    by: str, said: Any, world: CheckoutWorld
) -> None:
    """Nobody would ask any more once it is cancelled: the charge has won."""
    order = cancelled_in_doubt(world, said)
    capture_the_first_attempt(world, order)
    if by == "message":
        assert world.deliver(order)
    else:
        world.let_pass(3600)
        world.reconcile()
    paid = world.stored(order)
    assert (paid.status, paid.charge_id) == (S.PAID, "ch_0")
    assert len(world.payments.requests) == 1


@pytest.mark.parametrize("said", DOUBTS, ids=str)
def test_an_order_is_cancelled_once_its_earlier_attempt_is_known_to_have_ended(
    said: Any, world: CheckoutWorld
) -> None:
    order = cancelled_in_doubt(world, said)
    world.payments.next_look_ups = [said]
    assert not world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN
    assert world.deliver(order)
    assert world.stored(order).status is S.CANCELLED
    assert len(world.payments.requests) == 1


def test_an_operator_is_called_where_an_earlier_attempt_stays_in_doubt_for_a_day(
    world: CheckoutWorld,
) -> None:
    order = cancelled_in_doubt(world, Processing())
    world.payments.next_look_ups = [Processing()] * 1000
    for _ in range(30):
        world.let_pass(3600)
        world.deliver(order)
    assert world.stored(order).review_reason == "earlier_attempt_open"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Unknown("http_503"), "earlier_attempt_unclear"),
        (ActionRequired("https://bank/"), "earlier_attempt_open"),
        (Processing(), "earlier_attempt_open"),
    ],
)
def test_an_operator_is_called_where_an_earlier_attempt_does_not_end_for_a_day(
    said: Any, reason: str, world: CheckoutWorld
) -> None:
    order = declined_then_another_card(world)
    world.payments.next_look_ups = [said] * 1000
    for _ in range(30):
        world.let_pass(3600)
        world.deliver(order)
    assert world.stored(order).review_reason == reason
    assert len(world.payments.requests) == 1


@pytest.mark.parametrize(
    ("cancelled", "reason", "after_days"),
    [
        (NotFound(), "earlier_attempt_open", 1),
        (Processing(), "earlier_attempt_open", 1),
        (Unknown("timeout", unavailable=True), "earlier_attempt_unclear", 7),
    ],
)
def test_an_earlier_attempt_that_the_service_does_not_cancel_is_in_no_outage(
    cancelled: Any, reason: str, after_days: int, world: CheckoutWorld
) -> None:
    """However long its keys are known: an operator is called after a day."""
    world.policy = replace(world.policy, key_retention_seconds=7 * 24 * 3600)
    order = declined_then_another_card(world)
    world.payments.can_cancel, world.payments.cancelled = True, cancelled
    world.payments.next_look_ups = [Processing()] * 1000
    world.deliver(order)
    world.let_pass(after_days * 24 * 3600 - 60)
    world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN
    world.let_pass(60)
    world.deliver(order)
    assert world.stored(order).review_reason == reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Unknown("http_503"), "earlier_attempt_unclear"),
        (ActionRequired("https://bank/"), "earlier_attempt_open"),
    ],
)
def test_the_reconciler_calls_an_operator_for_the_same_reason(
    said: Any, reason: str, world: CheckoutWorld
) -> None:
    """It comes first where messages come back once an hour; to release would help nobody."""
    order = declined_then_another_card(world)
    world.payments.next_look_ups = [said] * 1000
    world.deliver(order)
    world.let_pass(24 * 3600)
    world.reconcile()
    assert world.stored(order).review_reason == reason
    assert len(world.payments.requests) == 1


def test_a_claim_that_sent_nothing_starts_no_retention_and_binds_no_service(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.payments.next_look_ups = [Unknown("http_503")]
    world.deliver(order)
    waiting = world.stored(order)
    assert (waiting.first_claimed_at, waiting.payment_service) == (None, None)


@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
def test_an_order_that_was_never_requested_is_not_abandoned_by_the_reconciler(
    policy: ChargePolicy, world: CheckoutWorld
) -> None:
    """Not even one out of a backup, of which the world may know more than the table."""
    world.policy = replace(policy, quarantine_before=world.clock.now() + 1)
    order = world.place()
    world.payments.next_look_ups = [Unknown("http_503")]
    world.deliver(order)
    world.let_pass(3600)
    world.reconcile()
    assert world.stored(order).status is S.UNKNOWN


def test_an_order_that_nothing_permits_to_request_is_an_operators_after_a_day(
    world: CheckoutWorld,
) -> None:
    """Out of a backup, unknown to a service without keys: nothing would ever be requested."""
    world.policy = replace(NO_KEYS, quarantine_before=world.clock.now() + 1)
    order = world.place()
    for _ in range(23):
        world.deliver(order)
        world.let_pass(3600)
    assert world.stored(order).status is S.UNKNOWN
    world.let_pass(3600)
    world.deliver(order)
    assert world.stored(order).review_reason == "restored_from_backup"
    assert world.payments.requests == []


def note_opened(world: CheckoutWorld, order: Order) -> None:
    """Let the first attempt be one that was opened."""
    world.client.call(
        "UpdateItem",
        {
            "TableName": world.table_name,
            "Key": {"pk": {"S": order.order_id}},
            "UpdateExpression": "SET attempt_1_reference = :reference",
            "ExpressionAttributeValues": {":reference": {"S": "pi_1"}},
        },
    )


def test_what_was_opened_for_an_earlier_attempt_is_cancelled_though_nobody_paid_it(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    note_opened(world, order)
    world.payments.look_ups.clear()
    world.payments.can_cancel = True
    assert world.deliver(order)
    assert (world.payments.look_ups, world.payments.cancels) == (["pi_1"], ["pi_1"])
    assert world.stored(order).status is S.PAID


# Workers that die, and what they leave


def capture_the_first_attempt(world: CheckoutWorld, order: Order) -> None:
    world.payments.ledger.append((f"{order.order_id}:1", EARLIER))


@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
@pytest.mark.parametrize("by", ["message", "reconciler"])
def test_what_a_dead_worker_may_have_requested_is_not_taken_for_paid_by_an_earlier_attempt(
    by: str, policy: ChargePolicy, world: CheckoutWorld
) -> None:
    world.policy = policy
    order = declined_then_another_card(world)
    world.claim(order)
    world.let_lease_pass()
    capture_the_first_attempt(world, order)
    if by == "message":
        assert world.deliver(order)
    else:
        world.let_pass(3600)
        world.reconcile()
    assert world.stored(order).review_reason == "stray_charge"
    assert world.payments.requests == [f"{order.order_id}:1"]


@pytest.mark.parametrize("can_look_up_before", [True, False])
def test_an_attempt_that_was_requested_is_a_second_charge_whatever_is_stored_of_it(
    can_look_up_before: bool, world: CheckoutWorld
) -> None:
    order = declined_then_another_card(world)
    world.payments.can_look_up = can_look_up_before
    world.payments.next_answers = [world.payments.capture_then_hang]
    assert not world.deliver(order)
    world.payments.can_look_up = True
    capture_the_first_attempt(world, order)
    world.payments.next_look_ups = [LOST]
    world.let_lease_pass()
    assert world.deliver(order)
    stored = world.stored(order)
    assert (stored.status, stored.review_reason) == (S.NEEDS_REVIEW, "stray_charge")


def test_an_earlier_attempt_is_asked_about_again_by_each_worker(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    world.payments.next_answers = [LOST]
    world.deliver(order)
    world.let_lease_pass()
    capture_the_first_attempt(world, order)
    requests = list(world.payments.requests)
    assert world.deliver(order)
    assert world.payments.requests == requests
    assert world.stored(order).review_reason == "stray_charge"


def test_of_two_earlier_captures_one_pays_and_the_other_is_an_operators(
    world: CheckoutWorld,
) -> None:
    order = declined_twice(world)
    capture_the_first_attempt(world, order)
    world.payments.ledger.append((f"{order.order_id}:2", replace(EARLIER, charge_id="ch_1")))
    assert world.deliver(order)
    stored = world.stored(order)
    assert (stored.status, stored.charge_id) == (S.PAID, "ch_1")
    assert stored.stray_charges == {f"1:ch_0:{EARLIER.amount}:{EARLIER.currency}"}
    assert stored.review_reason == "stray_charge"


def test_an_order_from_a_backup_may_have_been_requested(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    world.policy = replace(POLICY, quarantine_before=world.clock.now() + 1)
    capture_the_first_attempt(world, order)
    assert world.deliver(order)
    assert world.stored(order).review_reason == "stray_charge"


def test_a_refund_that_overtakes_an_earlier_capture_is_not_undone(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    held = world.claim(order)
    world.client.call(
        "UpdateItem",
        {
            "TableName": world.table_name,
            "Key": {"pk": {"S": order.order_id}},
            "UpdateExpression": "ADD refunded_charges :refunded",
            "ExpressionAttributeValues": {":refunded": {"SS": [EARLIER.proof_for(1)]}},
        },
    )
    assert not world.outcomes.record_paid_earlier(held, 1, EARLIER, world.clock.now())
    assert world.stored(order).status is S.CHARGING


# Slow answers


def deliveries_until_settled(world: CheckoutWorld, order: Order) -> int:
    for number in range(1, 10):
        if world.deliver(order, receive_count=number):
            return number
        world.let_pass(10)
    raise AssertionError("it is not settled")


def test_slow_answers_about_the_attempt_before_leave_time_for_a_charge_in_the_end(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    service = world.payments
    answers: list[Outcome | NotFound] = [Processing()]
    service.can_cancel, service.next_look_ups = True, answers
    answer_slowly(world)
    assert deliveries_until_settled(world, order) == 2
    assert world.stored(order).status is S.PAID
    assert world.captures(order) == 1


def declined_twice(world: CheckoutWorld) -> Order:
    order = declined_then_another_card(world)
    world.payments.next_answers = [Declined("no_funds")]
    assert world.deliver(order)
    world.start_attempt(order, replaces=2, method="pm_3")
    return order


@pytest.mark.parametrize(("seconds", "attempts"), [(4, 5), (8, 5), (9, 5)])
def test_slow_look_ups_hold_no_later_attempt_for_ever(
    seconds: float, attempts: int, world: CheckoutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout_world, "MAX_ATTEMPTS", attempts)
    order = world.place()
    for attempt in range(1, attempts):
        world.payments.next_answers = [Declined("no_funds")]
        assert world.deliver(order)
        world.start_attempt(order, replaces=attempt, method=f"pm_{attempt}")
    answer_slowly(world, seconds)
    deliveries_until_settled(world, order)
    assert world.stored(order).status is S.PAID
    assert world.captures(order) == 1


@pytest.mark.parametrize("function_seconds", [25, 28])
def test_the_shortest_turn_gets_on_where_each_look_up_takes_all_of_its_time(
    function_seconds: float, world: CheckoutWorld
) -> None:
    """25 s are left of the 28 s that the construct asks for beside a time-out of 10 s."""
    order = declined_twice(world)
    service = world.payments
    service.next_answers = [LOST]
    answer_slowly(world, seconds=10)
    for number in range(1, 12):
        message = message_of(world.stored(order), receive_count=number)
        if not world.process(message, seconds=function_seconds):
            break
        world.let_pass(10)
    assert world.stored(order).status is S.PAID
    assert world.captures(order) == 1


@pytest.mark.parametrize(("waited", "asked_again"), [(39.999, True), (40, False)])
def test_an_end_is_final_once_no_worker_of_that_attempt_can_be_requesting_it(
    waited: float, asked_again: bool, world: CheckoutWorld
) -> None:
    order = declined_then_another_card(world)
    world.let_pass(waited - 15.001)
    answer_slowly(world, seconds=15.001)
    assert not world.deliver(order)
    ended = world.stored(order).earlier_attempts[0].ended_as
    assert ended == (None if asked_again else "not_found")
    world.payments.look_ups.clear()
    world.deliver(order)
    assert bool(world.payments.look_ups) is asked_again


def test_where_there_is_time_for_the_charge_no_end_of_an_earlier_attempt_is_stored(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.let_lease_pass()
    assert world.deliver(order)
    assert "record_earlier_ended" not in world.outcomes.calls


def test_a_worker_that_lost_its_claim_stores_no_end_of_an_earlier_attempt(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    held = world.claim(order)
    world.let_lease_pass()
    world.claim(order, "another")
    world.outcomes.record_earlier_ended(held, {1: "declined"})
    assert world.stored(order).earlier_attempts[0].ended_as is None


@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
def test_an_attempt_that_was_never_requested_is_requested_after_its_review_is_released(
    policy: ChargePolicy, world: CheckoutWorld
) -> None:
    world.policy = policy
    order = declined_then_another_card(world)
    world.payments.next_look_ups = [Unknown("http_503")] * 1000
    for _ in range(30):
        world.let_pass(3600)
        world.deliver(order)
    review = world.stored(order)
    assert (review.status, review.attempt_claims) == (S.NEEDS_REVIEW, 0)
    assert (review.first_claimed_at, review.payment_service) == (None, None)
    world.payments.next_look_ups = []
    world.let_pass(30 * 3600)
    world.orders.release(review, world.clock.now())
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID


def test_an_attempt_that_pays_for_a_later_one_is_named_in_the_log(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    order = declined_twice(world)
    world.payments.ledger.append((f"{order.order_id}:2", EARLIER))
    assert world.deliver(order)
    [record] = [each for each in caplog.records if each.getMessage() == "charge_captured"]
    assert vars(record)["paid_by_attempt"] == 2


def test_a_stray_charge_names_the_attempt_that_captured_it(world: CheckoutWorld) -> None:
    order = declined_twice(world)
    world.payments.ledger.append((f"{order.order_id}:2", Captured("ch_0", 1, "EUR")))
    assert world.deliver(order)
    assert world.stored(order).stray_charges == {"2:ch_0:1:EUR"}


@pytest.mark.parametrize(("seconds", "charged"), [(15, True), (15.001, False)])
def test_a_charge_is_requested_only_with_the_time_to_store_its_answer(
    seconds: float, charged: bool, world: CheckoutWorld
) -> None:
    order = declined_then_another_card(world)
    answer_slowly(world, seconds)
    assert world.deliver(order) is charged
    assert world.captures(order) == charged


def test_what_there_was_no_time_to_ask_about_stops_the_request(world: CheckoutWorld) -> None:
    """Whatever the clock says a moment later."""
    held = world.claim(declined_then_another_card(world))
    ask_about_earlier = world.settle._ask_about_earlier
    stop = ask_about_earlier(held, world.clock.now(), may_charge=True)
    assert stop == NotRequested("no_time_left")


def test_a_service_that_cannot_be_asked_is_not_asked_about_earlier_attempts(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.payments.can_look_up = False
    assert world.deliver(order)
    assert (world.payments.look_ups, world.stored(order).status) == ([], S.PAID)


def test_nothing_is_cancelled_without_the_time_to_store_its_answer(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order = declined_then_another_card(world)
    world.payments.can_cancel, world.payments.next_look_ups = True, [Processing()]
    answer_slowly(world, seconds=16)
    assert not world.deliver(order)
    assert "Unknown" in [vars(each).get("answer") for each in caplog.records]
    assert world.payments.cancels == []
    assert world.stored(order).status is S.UNKNOWN


@pytest.mark.parametrize(("seconds", "asked"), [(15, [2, 1]), (15.001, [2])])
def test_nobody_is_asked_without_the_time_to_store_the_answer(
    seconds: float, asked: list[int], world: CheckoutWorld
) -> None:
    order = declined_twice(world)
    world.payments.look_ups.clear()
    answer_slowly(world, seconds)
    assert not world.deliver(order)
    assert world.payments.look_ups == [f"{order.order_id}:{attempt}" for attempt in asked]
    assert world.stored(order).attempt_claims == 0


def test_each_answer_about_an_earlier_attempt_is_logged(
    world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    order = declined_twice(world)
    caplog.set_level(logging.INFO)
    assert world.deliver(order)
    told = [vars(r) for r in caplog.records if r.getMessage() == "attempt_asked_about"]
    assert [(each["answer"], each["asked_about"]) for each in told] == [
        ("NotFound", 2),
        ("NotFound", 1),
    ]


@pytest.mark.parametrize("seconds", [0, 16])
def test_the_reason_told_is_the_first_answers_though_the_next_differs_or_has_no_time(
    seconds: int, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    order = declined_twice(world)
    world.payments.next_look_ups = [Unknown("http_503"), Processing()]
    answer_slowly(world, seconds)
    assert not world.deliver(order)
    [unknown] = [each for each in caplog.records if each.getMessage() == "charge_unknown"]
    assert vars(unknown)["reason"] == "earlier_attempt_unclear"


def test_what_was_opened_and_declined_is_not_cancelled(world: CheckoutWorld) -> None:
    order = declined_then_another_card(world)
    note_opened(world, order)
    world.payments.can_cancel, world.payments.next_look_ups = True, [Declined("no_funds")]
    assert world.deliver(order)
    assert world.payments.cancels == []


def test_a_look_up_of_the_reconciler_stores_no_end_of_an_earlier_attempt(
    world: CheckoutWorld,
) -> None:
    order = declined_then_another_card(world)
    world.payments.next_answers = [LOST]
    world.deliver(order)
    world.let_pass(3600)
    answer_slowly(world, seconds=10)
    world.reconcile(seconds=26)
    assert world.payments.look_ups[-1] == f"{order.order_id}:1"
    assert world.stored(order).earlier_attempts[0].ended_as is None


@pytest.mark.parametrize(
    "answer", [ActionRequired(None), Processing(), Authorized("ch_0", 4200, "EUR", 1)], ids=str
)
def test_an_earlier_attempt_that_cannot_be_cancelled_is_said_to_be_open(
    answer: Any, world: CheckoutWorld, caplog: pytest.LogCaptureFixture
) -> None:
    order = declined_then_another_card(world)
    world.payments.next_look_ups = [answer]
    assert not world.deliver(order)
    reasons = [getattr(each, "reason", None) for each in caplog.records]
    assert reasons[-1] == "earlier_attempt_open"
