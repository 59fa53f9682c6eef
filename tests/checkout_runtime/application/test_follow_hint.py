"""A webhook is a hint: it costs a question, and only the payment service's answer counts.

docs/reference/states.md decides every state; here is what a table of states does not show.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.application.cancel_order import CancelOrder
from checkout_runtime.application.circuit_breaker import FAILURES_TO_OPEN
from checkout_runtime.application.follow_hint import Followed, FollowHint
from checkout_runtime.application.order_records import NotChanged
from checkout_runtime.application.store_outcome import StoreOutcome
from checkout_runtime.domain.hint import Dispute, Hint, disputed_attempt, hinted_attempt
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    Declined,
    NotFound,
    Outcome,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import BUYER, HOUR, NO_KEYS, POLICY, SECOND
from tests.checkout_runtime.ledger_payments import LOST

S = OrderStatus
MUST_ACT = ActionRequired("https://bank/")
STRAY = frozenset({"1:ch_1:4200:EUR"})


def follow(checkout: Checkout, order: Order, attempt: int = 1, in_time: int = HOUR) -> Followed:
    """Follow a webhook that names an attempt of the order."""
    checkout.deliveries += 1
    follow_hint = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    hint = Hint(order.order_id, attempt)
    return follow_hint(hint, f"hook-{checkout.deliveries}", checkout.clock.now() + in_time)


def answered(checkout: Checkout, answer: Outcome | Callable[[Order], Outcome]) -> Order:
    """An order whose request got this answer."""
    order = checkout.place()
    checkout.payments.next_answers = [answer]
    checkout.deliver(checkout.message(order))
    return order


@pytest.mark.parametrize("waits", [MUST_ACT, Processing()], ids=["action", "processing"])
def test_a_buyer_who_acted_and_closed_the_tab_is_paid_at_once_and_charged_once(
    waits: Outcome, checkout: Checkout
) -> None:
    order = answered(checkout, waits)
    checkout.payments.capture(order)
    assert follow(checkout, order) is Followed.STORED
    paid = checkout.now(order)
    assert (paid.status, paid.charge_id) == (S.PAID, "ch_1")
    assert len(checkout.payments.requests) == 1


def test_three_deliveries_are_one_outcome(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    order = answered(checkout, MUST_ACT)
    checkout.payments.capture(order)
    writes = len(checkout.orders.writes)
    followed = [follow(checkout, order) for _ in range(3)]
    assert followed == [Followed.STORED, Followed.NOTHING_NEW, Followed.NOTHING_NEW]
    assert len(checkout.orders.writes) == writes + 1
    events = [getattr(each, "event", None) for each in caplog.records]
    assert events.count("charge_captured") == 1


def test_an_early_webhook_leaves_the_worker_and_the_buyers_page_alone(checkout: Checkout) -> None:
    """It comes before the request is answered: what is to come of it the worker learns itself."""
    seen = []
    orders: Any = checkout.orders

    def no_claim(*_args: Any, **_more: Any) -> Any:
        raise AssertionError("a webhook claims what a worker holds")

    def meanwhile(order: Order) -> Outcome:
        before = checkout.now(order)
        orders.claim = no_claim
        for early in (MUST_ACT, Processing(), Declined("no"), NotFound(), LOST):
            checkout.payments.next_look_ups = [early]
            follow(checkout, order)
        seen.append(checkout.now(order) == before)
        return MUST_ACT

    order = answered(checkout, meanwhile)
    assert seen == [True]
    assert checkout.now(order).status is S.ACTION_REQUIRED
    assert checkout.orders.writes == ["PENDING", "CHARGING", "ACTION_REQUIRED"]


def test_an_early_proof_is_stored_and_the_worker_that_dies_loses_nothing(
    checkout: Checkout,
) -> None:
    def captured_and_told(order: Order) -> Outcome:
        checkout.payments.capture(order)
        assert follow(checkout, order) is Followed.STORED
        return LOST

    order = answered(checkout, captured_and_told)
    assert checkout.now(order).status is S.PAID


def test_an_order_that_no_worker_holds_is_settled_under_a_claim_and_never_charged(
    checkout: Checkout,
) -> None:
    order = answered(checkout, Unknown("lost"))
    checkout.payments.next_look_ups = [Declined("no_funds"), Declined("no_funds")]
    assert follow(checkout, order) is Followed.STORED
    stored = checkout.now(order)
    assert (stored.status, stored.decline_code) == (S.DECLINED, "no_funds")
    assert stored.claim_epoch == 2
    assert len(checkout.payments.requests) == 1


def test_what_was_said_before_the_claim_is_not_what_is_stored(checkout: Checkout) -> None:
    """Between the first question and the claim another worker may have charged."""
    order = answered(checkout, Unknown("lost"))
    charge = Captured("ch_9", 4200, "EUR")
    checkout.payments.next_look_ups = [Declined("no_funds"), charge]
    assert follow(checkout, order) is Followed.STORED
    assert checkout.now(order).charge_id == "ch_9"


@pytest.mark.parametrize("nothing", [LOST, NotFound()])
def test_a_claim_under_which_nothing_is_learned_leaves_the_order_to_the_queue(
    nothing: Any, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    order = answered(checkout, Unknown("lost"))
    checkout.payments.next_look_ups = [Declined("no_funds"), nothing]
    assert follow(checkout, order) is Followed.NOTHING_NEW
    assert vars(caplog.records[-1])["reason"] == "left_to_queue"
    assert checkout.now(order).status is S.UNKNOWN
    assert len(checkout.payments.requests) == 1
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is S.PAID


def test_a_webhook_about_nothing_new_writes_nothing(checkout: Checkout) -> None:
    order = answered(checkout, Processing())
    before = checkout.now(order)
    checkout.payments.next_look_ups = [Processing(), NotFound(), Unknown("odd")]
    assert [follow(checkout, order) for _ in range(3)] == [Followed.NOTHING_NEW] * 3
    assert checkout.now(order) == before


def test_a_payment_service_that_does_not_answer_makes_the_webhook_come_again(
    checkout: Checkout,
) -> None:
    order = answered(checkout, MUST_ACT)
    before = checkout.now(order)
    checkout.payments.next_look_ups = [LOST] * FAILURES_TO_OPEN
    for _ in range(FAILURES_TO_OPEN):
        assert follow(checkout, order) is Followed.UNANSWERED
    asked = len(checkout.payments.look_ups)
    assert follow(checkout, order) is Followed.UNANSWERED
    assert len(checkout.payments.look_ups) == asked, "it is left alone while it is down"
    assert checkout.now(order) == before
    assert not checkout.breaker.is_open(checkout.clock.now())


def test_a_webhook_that_is_too_late_for_a_question_comes_again(checkout: Checkout) -> None:
    order = answered(checkout, MUST_ACT)
    checkout.payments.capture(order)
    in_time = POLICY.request_seconds * SECOND
    assert follow(checkout, order, in_time=in_time - 1) is Followed.UNANSWERED
    assert follow(checkout, order, in_time=in_time) is Followed.STORED


def test_an_order_is_not_claimed_without_time_to_settle_it(checkout: Checkout) -> None:
    order = answered(checkout, Unknown("lost"))
    checkout.payments.next_look_ups = [Declined("no_funds")]
    in_time = POLICY.request_seconds * SECOND
    look_up = checkout.payments.look_up

    def slow(payment_key: str) -> Any:
        checkout.clock.time += 1
        return look_up(payment_key)

    payments: Any = checkout.payments
    payments.look_up = slow
    assert follow(checkout, order, in_time=in_time) is Followed.UNANSWERED
    assert checkout.now(order).status is S.UNKNOWN


def test_a_paid_order_is_not_asked_about_where_the_webhook_names_its_charge(
    checkout: Checkout,
) -> None:
    order = answered(checkout, checkout.payments.capture)
    hint = Hint(order.order_id, 1, charge_id="ch_1")
    follow_hint = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow_hint(hint, "hook", checkout.clock.now() + HOUR) is Followed.NOTHING_NEW
    assert checkout.payments.look_ups == []


def test_a_stray_charge_that_is_told_again_is_one_stray_charge(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    order = answered(checkout, Declined("no_funds"))
    checkout.payments.capture(order)
    assert follow(checkout, order) is Followed.STORED
    caplog.clear()
    assert follow(checkout, order) is Followed.NOTHING_NEW
    stored = checkout.now(order)
    assert (stored.status, stored.stray_charges) == (S.NEEDS_REVIEW, STRAY)
    assert not caplog.records


def test_two_deliveries_at_once_do_not_make_a_stray_charge_pay_its_order(
    checkout: Checkout,
) -> None:
    """Both saw the order declined; the second stores after the first."""
    order = answered(checkout, Declined("no_funds"))
    charge = checkout.payments.capture(order)
    seen = checkout.now(order)
    store = StoreOutcome(checkout.orders, checkout.clock, POLICY)
    for _ in range(2):
        store(seen, charge, deadline=checkout.clock.now() + HOUR)
    stored = checkout.now(order)
    assert (stored.status, stored.stray_charges) == (S.NEEDS_REVIEW, STRAY)


def replaced_by_one_that_waits(checkout: Checkout) -> Order:
    """An order that was declined, captured all the same, and has a later attempt on the queue."""
    order = answered(checkout, Declined("no_funds"))
    checkout.payments.capture(order)
    checkout.orders.start_attempt(
        *(order.order_id, BUYER),
        replaces=1,
        payment_method="pm_2",
        max_attempts=5,
        now=checkout.clock.now(),
    )
    return order


def test_proof_of_an_earlier_attempt_comes_again_and_is_kept_if_the_order_is_given_up(
    checkout: Checkout,
) -> None:
    """Only the consumer would ask about it, and it does not ask for an order that is over."""
    order = replaced_by_one_that_waits(checkout)
    assert follow(checkout, order) is Followed.UNANSWERED
    CancelOrder(checkout.orders, checkout.clock)(order.order_id, by="ada")
    assert checkout.now(order).status is S.CANCELLED
    assert follow(checkout, order) is Followed.STORED
    stored = checkout.now(order)
    assert (stored.status, stored.stray_charges) == (S.NEEDS_REVIEW, STRAY)


def test_proof_of_an_earlier_attempt_comes_again_and_is_known_once_it_pays_the_order(
    checkout: Checkout,
) -> None:
    order = replaced_by_one_that_waits(checkout)
    before = checkout.now(order)
    assert follow(checkout, order) is Followed.UNANSWERED
    assert checkout.now(order) == before
    checkout.deliver(checkout.message(order, 2))
    assert checkout.now(order).charge_id == "ch_1"
    assert follow(checkout, order) is Followed.NOTHING_NEW


def test_an_earlier_attempt_that_paid_the_order_is_no_stray_charge(checkout: Checkout) -> None:
    order = answered(checkout, Declined("no_funds"))
    checkout.orders.start_attempt(
        order.order_id,
        BUYER,
        replaces=1,
        payment_method="pm_2",
        max_attempts=3,
        now=checkout.clock.now(),
    )
    checkout.payments.capture(order)
    checkout.deliver(checkout.message(order, attempt=2))
    assert checkout.now(order).charge_id == "ch_1"
    assert follow(checkout, order, attempt=1) is Followed.NOTHING_NEW
    assert checkout.now(order).stray_charges == frozenset()


def test_a_lost_secret_fails_before_any_order_is_read(checkout: Checkout) -> None:
    order = answered(checkout, MUST_ACT)

    def no_secret() -> None:
        raise RuntimeError("no secret")

    payments: Any = checkout.payments
    payments.prepare = no_secret
    with pytest.raises(RuntimeError, match="no secret"):
        follow(checkout, order)


def test_an_order_of_a_later_version_is_left_alone(checkout: Checkout) -> None:
    order = answered(checkout, MUST_ACT)
    newer = replace(checkout.now(order), status=S.NEWER)
    orders: Any = checkout.orders
    follow_hint = FollowHint(orders, checkout.settle, checkout.clock)
    orders.get = lambda _order_id: newer
    followed = follow_hint(Hint(order.order_id, 1), "hook", checkout.clock.now() + HOUR)
    assert followed is Followed.NOTHING_NEW
    assert checkout.payments.look_ups == []


@pytest.mark.parametrize(
    ("says", "attempt"),
    [
        ({"attempt": 1}, 1),
        ({"attempt": 9}, 2),
        ({"reference": "pi_1"}, 1),
        ({"reference": "pi_2"}, 2),
        ({"reference": "pi_9"}, 2),
        ({}, 2),
    ],
)
def test_a_dispute_is_about_the_attempt_that_was_charged(
    says: dict[str, Any], attempt: int, checkout: Checkout
) -> None:
    first = EarlierAttempt(1, None, "pi_1", "no_funds", None)
    order = replace(
        checkout.place(), attempt=2, payment_reference="pi_2", earlier_attempts=(first,)
    )
    assert disputed_attempt(order, Dispute("ch_1", "general", order.order_id, **says)) == attempt


def test_of_several_earlier_attempts_a_dispute_and_a_hint_name_their_own(
    checkout: Checkout,
) -> None:
    earlier = [EarlierAttempt(n, f"service {n}", f"pi_{n}", "no_funds", None) for n in (1, 2)]
    order = replace(checkout.place(), attempt=3, earlier_attempts=tuple(earlier))
    says: dict[str, Any]
    for says in ({"attempt": 2}, {"reference": "pi_2"}, {"attempt": 2, "reference": "pi_1"}):
        assert disputed_attempt(order, Dispute("ch_1", "general", **says)) == 2
    current: dict[str, Any] = {"attempt": 3, "reference": "pi_1"}
    assert disputed_attempt(order, Dispute("ch_1", "general", **current)) == 3
    named = hinted_attempt(order, Hint(order.order_id, 2, reference="pi_2"))
    assert named == replace(order, attempt=2, payment_reference="pi_2", payment_service="service 2")


def test_a_dispute_without_a_reference_is_of_the_current_attempt(checkout: Checkout) -> None:
    unnamed = EarlierAttempt(1, None, None, "no_funds", None)
    order = replace(checkout.place(), attempt=2, earlier_attempts=(unnamed,))
    assert disputed_attempt(order, Dispute("ch_1", "general")) == 2
    opened = replace(order, payment_reference="pi_2")
    assert disputed_attempt(opened, Dispute("ch_1", "general")) == 2


@pytest.mark.parametrize("may_have_forgotten", [None, False, True])
def test_a_later_attempt_is_the_orders_own_only_where_it_may_have_forgotten_it(
    may_have_forgotten: bool | None, checkout: Checkout
) -> None:
    order, said = checkout.place(), {}
    if may_have_forgotten is not None:
        said = {"may_have_forgotten": may_have_forgotten}
    named = hinted_attempt(order, Hint(order.order_id, 2), **said)
    assert (named is not None) is bool(may_have_forgotten)


def test_a_dispute_is_stored_with_its_order_or_is_of_no_order_here(checkout: Checkout) -> None:
    stored: list[tuple[Any, ...]] = []
    outcomes: Any = checkout.orders
    outcomes.record_dispute = lambda *given: stored.append(given)
    order = answered(checkout, checkout.payments.capture)
    follow_hint = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    dispute = Dispute("ch_1", "general", order.order_id)
    assert follow_hint.dispute(dispute) is Followed.NOTHING_NEW
    now = checkout.clock.now()
    assert stored == [(checkout.now(order), 1, "ch_1", "general", now)]
    unknown = replace(dispute, order_id="ord_" + "a" * 52)
    assert follow_hint.dispute(unknown) is Followed.NOT_OURS


def test_a_hint_that_names_nothing_of_this_checkout_is_not_ours(checkout: Checkout) -> None:
    order = answered(checkout, MUST_ACT)
    unknown = replace(order, order_id="ord_" + "a" * 52)
    assert follow(checkout, unknown) is Followed.NOT_OURS
    assert follow(checkout, order, attempt=2) is Followed.NOT_OURS
    checkout.payments.name = "another"
    assert follow(checkout, order) is Followed.NOT_OURS
    assert checkout.payments.look_ups == []


def test_a_service_that_cannot_be_asked_makes_the_hint_worth_nothing(checkout: Checkout) -> None:
    order = answered(checkout, MUST_ACT)
    checkout.payments.can_look_up = False
    assert follow(checkout, order) is Followed.NOT_ASKED
    assert checkout.payments.look_ups == []


def test_what_a_look_up_says_counts_whatever_the_keys_are_worth(checkout: Checkout) -> None:
    order = answered(checkout, MUST_ACT)
    checkout.policy = NO_KEYS
    checkout.orders.by_id[order.order_id] = replace(checkout.now(order), attempt_claims=2)
    checkout.payments.next_look_ups = [Declined("no_funds")]
    assert follow(checkout, order) is Followed.STORED
    assert checkout.now(order).status is S.DECLINED


def test_an_order_that_a_worker_has_by_now_is_left_to_it(checkout: Checkout) -> None:
    order = answered(checkout, LOST)
    checkout.payments.next_look_ups = [Declined("no_funds")]
    orders: Any = checkout.orders
    orders.claim = lambda *_, **__: NotChanged(None)
    assert follow(checkout, order) is Followed.NOTHING_NEW
    assert checkout.now(order).status is S.UNKNOWN


def test_while_a_worker_holds_the_order_only_proof_is_stored(checkout: Checkout) -> None:
    order = checkout.place()
    now = checkout.clock.now()
    held: dict[str, Any] = {
        "now": now,
        "lease_expires_at": now + 40 * SECOND,
        "service": checkout.payments.name,
    }
    checkout.orders.claim(order.order_id, 1, claim_id="worker", **held)
    checkout.payments.next_look_ups = [Declined("no_funds")]
    assert follow(checkout, order) is Followed.NOTHING_NEW
    assert checkout.now(order).status is S.CHARGING


def test_an_order_that_is_not_paid_is_asked_about_though_the_charge_is_known(
    checkout: Checkout,
) -> None:
    order = answered(checkout, MUST_ACT)
    orders: Any = checkout.orders
    orders.get = lambda _: replace(orders.by_id[order.order_id], charge_id="ch_1")
    checkout.payments.capture(order)
    hint = Hint(order.order_id, 1, charge_id="ch_1")
    follow_hint = FollowHint(orders, checkout.settle, checkout.clock)
    assert follow_hint(hint, "hook", checkout.clock.now() + HOUR) is Followed.STORED


def test_a_dispute_whose_order_was_asked_for_in_vain_has_to_come_again(checkout: Checkout) -> None:
    follow_hint = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    asked = Dispute("ch_1", "general", reference="pi_1", has_to_come_again=True)
    assert follow_hint.dispute(asked) is Followed.UNANSWERED
    of_nobody = Dispute("ch_1", "general", reference="pi_1")
    assert follow_hint.dispute(of_nobody) is Followed.NOTHING_NEW


def test_an_order_that_nobody_has_tried_is_not_asked_about(checkout: Checkout) -> None:
    assert follow(checkout, checkout.place()) is Followed.NOTHING_NEW
    assert checkout.payments.look_ups == []


def test_a_dispute_need_not_come_again_where_nobody_says_so(checkout: Checkout) -> None:
    follow_hint = FollowHint(checkout.orders, checkout.settle, checkout.clock)
    assert follow_hint.dispute(Dispute("ch_1", "general")) is Followed.NOTHING_NEW


def test_a_look_up_holds_the_order_for_one_lease(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = answered(checkout, LOST)
    until: list[int] = []
    claim = checkout.orders.claim

    def seen(*args: Any, lease_expires_at: int, **more: Any) -> Any:
        until.append(lease_expires_at)
        return claim(*args, lease_expires_at=lease_expires_at, **more)

    monkeypatch.setattr(checkout.orders, "claim", seen)
    checkout.payments.next_look_ups = [MUST_ACT, MUST_ACT]
    checkout.clock.time += POLICY.lease_seconds * SECOND
    follow(checkout, order)
    assert until == [checkout.clock.now() + POLICY.lease_seconds * SECOND]
