"""A release finds out again, or is refused where nothing could be found out."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.release_order import NotReleased, ReleaseOrder
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured, Declined, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import HOUR, NO_KEYS, NOW, POLICY, SERVICE
from tests.checkout_runtime.ledger_payments import LOST

DAY = 24 * HOUR


def release(checkout: Checkout, order: Order) -> Order | NotReleased:
    release_order = ReleaseOrder(
        checkout.orders, checkout.payments, checkout.clock, checkout.policy
    )
    return release_order(checkout.now(order))


def in_review_for(reason: str, checkout: Checkout, after: int = 3 * DAY) -> Order:
    """An order whose request was lost, and that nothing was found out about for so long."""
    order = checkout.place()
    checkout.payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    checkout.clock.time += after
    checkout.run_reconciler()
    assert checkout.now(order).review_reason == reason
    return order


@pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
def test_what_would_be_back_in_review_at_once_is_not_released(
    policy: ChargePolicy, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    checkout.policy = policy
    checkout.payments.can_look_up = False
    order = in_review_for("key_retention_over", checkout)
    before = checkout.now(order)
    assert release(checkout, order) is NotReleased.NEEDS_VERDICT
    assert checkout.now(order) == before
    [record] = [r for r in caplog.records if r.getMessage() == "order_not_released"]
    assert vars(record)["order_id"] == order.order_id


def test_of_several_orders_only_those_in_review_are_released(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = in_review_for("key_retention_over", checkout)
    others = [checkout.place("k2").order_id, "ord_" + "a" * 52]
    asked: list[str] = []
    release = checkout.orders.release

    def releasing(order: Order, *given: Any, **named: Any) -> Any:
        asked.append(order.order_id)
        return release(order, *given, **named)

    monkeypatch.setattr(checkout.orders, "release", releasing)
    assert checkout.reconciler.release([*others, order.order_id]) == [order.order_id]
    assert asked == [order.order_id]


def test_a_look_up_may_decide_about_what_is_released(checkout: Checkout) -> None:
    order = in_review_for("key_retention_over", checkout)
    assert isinstance(release(checkout, order), Order)
    checkout.payments.next_look_ups = [Declined("no_funds")]
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.DECLINED


def test_a_cancellation_may_decide_about_what_is_released(checkout: Checkout) -> None:
    checkout.payments.can_look_up = False
    order = in_review_for("key_retention_over", checkout)
    checkout.payments.can_cancel = True
    assert isinstance(release(checkout, order), Order)
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.DECLINED


def test_within_the_keys_retention_another_request_may_decide(
    checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    checkout.payments.can_look_up = False
    checkout.policy = replace(POLICY, key_retention_seconds=30 * 24 * 60 * 60)
    order = checkout.place()
    checkout.payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    held = checkout.orders.by_id[order.order_id]
    in_review = replace(held, status=OrderStatus.NEEDS_REVIEW, review_reason="resends_used_up")
    checkout.orders.by_id[order.order_id] = in_review
    assert isinstance(release(checkout, order), Order)
    assert [getattr(each, "event", None) for each in caplog.records][-1] == "order_released"
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.PAID


def test_a_silent_look_up_has_another_day_after_a_release(checkout: Checkout) -> None:
    checkout.payments.next_look_ups = [Unknown("http_503")] * 1000
    order = in_review_for("key_retention_over", checkout)
    assert isinstance(release(checkout, order), Order)
    checkout.clock.time += DAY - 1
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).status is OrderStatus.UNKNOWN
    checkout.clock.time += HOUR
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).review_reason == "key_retention_over"


def test_an_order_of_another_service_is_released_only_where_that_is_deployed(
    checkout: Checkout,
) -> None:
    order = checkout.place()
    checkout.payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    checkout.payments.name = "another"
    checkout.deliver(checkout.message(order))
    assert checkout.now(order).review_reason == "other_service"
    assert release(checkout, order) is NotReleased.NEEDS_VERDICT
    checkout.payments.name = SERVICE
    assert isinstance(release(checkout, order), Order)


def test_a_stray_charge_is_sorted_out_first(checkout: Checkout) -> None:
    order = in_review_for("key_retention_over", checkout)
    charge = Captured("ch_9", 1, "EUR")
    checkout.orders.record_stray(checkout.now(order), 1, charge, "stray_charge", NOW)
    assert release(checkout, order) is NotReleased.HAS_STRAYS


def test_an_order_that_moved_on_meanwhile_is_not_released(checkout: Checkout) -> None:
    order = in_review_for("key_retention_over", checkout)
    before = checkout.now(order)
    checkout.orders.release(order, NOW)
    after = checkout.now(order)
    release_order = ReleaseOrder(
        checkout.orders, checkout.payments, checkout.clock, checkout.policy
    )
    assert release_order(before) is NotReleased.MOVED_ON
    assert checkout.now(order) == after


def test_what_was_declined_before_its_refunded_stray_charge_needs_a_verdict(
    checkout: Checkout,
) -> None:
    order = checkout.place()
    checkout.payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order))
    declined = replace(checkout.now(order), status=OrderStatus.NEEDS_REVIEW)
    checkout.orders.by_id[order.order_id] = declined
    assert release(checkout, order) is NotReleased.NEEDS_VERDICT


def held_from_a_backup(checkout: Checkout, policy: ChargePolicy) -> Order:
    """An order out of a backup that is a person's, as nothing is known of it anywhere."""
    checkout.policy = replace(policy, quarantine_before=checkout.clock.now() + 365 * DAY)
    order = checkout.place()
    for _ in range(2):
        checkout.deliver(checkout.message(order))
        checkout.clock.time += DAY
    assert checkout.now(order).review_reason == "restored_from_backup"
    assert checkout.payments.requests == []
    return order


def test_a_person_releases_an_order_from_the_quarantine(checkout: Checkout) -> None:
    order = held_from_a_backup(checkout, NO_KEYS)
    assert isinstance(release(checkout, order), Order)
    checkout.payments.next_answers = [LOST]
    asked = len(checkout.payments.look_ups)
    assert checkout.deliver(checkout.message(order)) != []
    assert (len(checkout.payments.look_ups), len(checkout.payments.requests)) == (asked + 1, 1)
    # Only the first request rests on the release: this one may be on its way.
    checkout.clock.time += HOUR
    assert checkout.deliver(checkout.message(order)) != []
    assert len(checkout.payments.requests) == 1


def test_what_was_released_from_a_quarantine_is_asked_about_first(checkout: Checkout) -> None:
    order = held_from_a_backup(checkout, NO_KEYS)
    checkout.payments.capture(order)
    release(checkout, order)
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.PAID
    assert checkout.payments.requests == []


def test_a_later_restore_holds_what_was_released_before_it(checkout: Checkout) -> None:
    order = held_from_a_backup(checkout, NO_KEYS)
    release(checkout, order)
    held_again = replace(checkout.policy, quarantine_before=checkout.policy.quarantine_before + DAY)
    assert not checkout.policy.is_held(checkout.now(order))
    assert held_again.is_held(checkout.now(order))


def test_a_release_for_another_reason_is_none_from_the_quarantine(checkout: Checkout) -> None:
    order = in_review_for("key_retention_over", checkout)
    claims = checkout.now(order).attempt_claims
    checkout.policy = replace(POLICY, quarantine_before=checkout.clock.now())
    release(checkout, order)
    released = checkout.now(order)
    assert (released.cleared_before, released.attempt_claims) == (0, claims)


def test_a_quarantine_is_not_left_by_a_claim_that_overtook_the_release(checkout: Checkout) -> None:
    order = checkout.now(held_from_a_backup(checkout, NO_KEYS))
    overtaken = replace(order, claim_epoch=order.claim_epoch - 1)
    checkout.orders.release(overtaken, NOW, cleared_before=NOW)
    assert checkout.now(order).status is OrderStatus.NEEDS_REVIEW


@pytest.mark.parametrize("is_held", [True, False])
def test_the_keys_retention_begins_anew_with_a_release_from_the_quarantine(
    checkout: Checkout, *, is_held: bool
) -> None:
    """The request of before the backup was made under a key that is forgotten by now.

    An order that is held no more keeps what it has.
    """
    order = checkout.place()
    checkout.payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    in_review = replace(
        checkout.now(order), status=OrderStatus.NEEDS_REVIEW, review_reason="restored_from_backup"
    )
    checkout.orders.by_id[order.order_id] = in_review
    checkout.policy = replace(POLICY, quarantine_before=checkout.clock.now() + is_held)
    release(checkout, order)
    released = checkout.now(order)
    forgotten, kept = (0, None), (1, in_review.first_claimed_at)
    assert (released.attempt_claims, released.first_claimed_at) == (forgotten if is_held else kept)
