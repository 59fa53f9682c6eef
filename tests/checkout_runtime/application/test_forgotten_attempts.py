"""A restored table may have forgotten payment attempts after the one that it shows."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.application.cancel_order import CancelOrder
from checkout_runtime.application.follow_hint import Followed, FollowHint
from checkout_runtime.application.known_attempts import KnownAttempts, contradiction_of
from checkout_runtime.application.order_records import Verdict, VerdictKind
from checkout_runtime.application.settle_by_verdict import SettleByVerdict, Settled
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview
from checkout_runtime.domain.hint import Hint
from checkout_runtime.domain.order import MOST_ATTEMPTS, Order, OrderStatus
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
from tests.checkout_runtime.application.checkout_world import (
    CheckoutWorld,
    answer_slowly,
    message_of,
)
from tests.checkout_runtime.factories import DEADLINE, HOUR, NO_KEYS, POLICY
from tests.checkout_runtime.ledger_payments import LedgerPayments

S = OrderStatus
DAY = 24 * 60 * 60
PAID_BY_THIRD = Captured("ch_3", 4200, "EUR")


class Payments(LedgerPayments):
    """Says of each attempt what a test says, else what is in the ledger."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.said: dict[str, Outcome] = {}

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        known = super().look_up(payment_key)
        return self.said.get(payment_key, known)


@pytest.fixture
def world(world: CheckoutWorld) -> CheckoutWorld:
    world.payments = Payments()
    return world


def restored(world: CheckoutWorld, policy: ChargePolicy = POLICY) -> Order:
    """An order whose restored table shows its first attempt as declined."""
    order = world.place()
    world.payments.next_answers = [Declined("no_funds")]
    assert world.deliver(order)
    world.policy = replace(policy, quarantine_before=world.clock.now() + 1)
    world.payments.look_ups.clear()
    return world.stored(order)


def cancel(world: CheckoutWorld, order: Order) -> None:
    CancelOrder(world.orders, world.clock, world.policy.quarantine_before)(
        order.order_id, by="shop"
    )


def says(world: CheckoutWorld, order: Order, attempt: int, answer: Outcome) -> None:
    assert isinstance(world.payments, Payments)
    world.payments.said[f"{order.order_id}:{attempt}"] = answer


def later(order: Order) -> list[str]:
    """What the payment service knows the attempts by that the table may have forgotten."""
    return [f"{order.order_id}:{number}" for number in range(3, MOST_ATTEMPTS + 1)]


@pytest.mark.parametrize("can_cancel", [False, True])
@pytest.mark.parametrize("paid_by", [3, MOST_ATTEMPTS])
def test_a_forgotten_payment_is_found_also_where_the_attempt_before_it_was_never_requested(
    paid_by: int, can_cancel: bool, world: CheckoutWorld
) -> None:
    order = restored(world)
    world.payments.can_cancel = can_cancel
    says(world, order, paid_by, PAID_BY_THIRD)
    cancel(world, order)
    world.deliver(order)
    world.let_pass(DAY + 3600)
    world.deliver(order)
    found = world.stored(order)
    assert (found.status, found.review_reason) == (S.NEEDS_REVIEW, "stray_charge")
    assert found.stray_charges == {f"{paid_by}:ch_3:4200:EUR"}
    assert found.charged_at(paid_by) == (None, None)


def test_where_no_attempt_is_known_each_is_asked_about_once_and_the_order_is_over(
    world: CheckoutWorld,
) -> None:
    order = restored(world)
    says(world, order, 4, Declined("no_funds"))
    cancel(world, order)
    world.deliver(order)
    assert world.payments.look_ups == [f"{order.order_id}:2"]
    world.let_pass(DAY + 3600)
    assert world.deliver(order)
    assert world.stored(order).status is S.CANCELLED
    assert world.payments.look_ups[2:] == [*later(order), f"{order.order_id}:1"]


def test_of_an_order_that_was_not_restored_nothing_more_is_asked(world: CheckoutWorld) -> None:
    order = restored(world)
    world.policy = POLICY
    world.start_attempt(order)
    cancel(world, order)
    assert world.deliver(order)
    assert (world.stored(order).status, world.payments.look_ups) == (S.CANCELLED, [])


def test_an_order_is_not_given_up_while_nobody_says_what_became_of_a_later_attempt(
    world: CheckoutWorld,
) -> None:
    order = restored(world)
    world.payments.can_cancel = True
    says(world, order, 3, Unknown("http_503", unavailable=True))
    cancel(world, order)
    assert not world.deliver(order)
    assert world.stored(order).status is S.UNKNOWN
    world.let_pass(DAY)
    assert world.deliver(order)
    found = world.stored(order)
    assert (found.status, found.review_reason) == (S.NEEDS_REVIEW, "earlier_attempt_unclear")


def test_who_pays_again_in_a_restored_table_is_not_charged_twice(world: CheckoutWorld) -> None:
    order = restored(world)
    says(world, order, 3, PAID_BY_THIRD)
    world.start_attempt(order)
    requested = list(world.payments.requests)
    assert world.deliver(order)
    assert world.stored(order).stray_charges == {"3:ch_3:4200:EUR"}
    assert world.payments.requests == requested


def test_no_end_is_stored_of_an_attempt_that_the_buyer_may_begin_anew(
    world: CheckoutWorld,
) -> None:
    order = restored(world)
    world.start_attempt(order)
    world.let_pass(3600)
    answer_slowly(world, seconds=10)
    assert world.process(message_of(world.stored(order)), seconds=25)
    assert len(world.payments.look_ups) > 1
    assert "record_earlier_ended" not in world.outcomes.calls


def test_what_an_operator_released_is_charged_without_another_question(
    world: CheckoutWorld,
) -> None:
    order = restored(world, NO_KEYS)
    world.start_attempt(order)
    world.let_pass(DAY)
    world.deliver(order)
    assert world.stored(order).review_reason == "restored_from_backup"
    world.payments.look_ups.clear()
    assert world.reconciler.release([order.order_id])
    assert world.deliver(order)
    assert world.stored(order).status is S.PAID
    assert not set(later(order)) & set(world.payments.look_ups)


@pytest.mark.parametrize("is_told", [False, True], ids=["looked up", "told by a webhook"])
def test_a_payment_that_a_bank_declined_since_may_have_been_followed_by_another(
    is_told: bool, world: CheckoutWorld
) -> None:
    order = world.place()
    world.payments.next_answers = [Processing()]
    world.deliver(order)
    world.policy = replace(POLICY, quarantine_before=world.clock.now() + 1)
    cancel(world, order)
    says(world, order, 1, Declined("no_funds"))
    world.let_pass(3600)
    if is_told:
        follow_hint = FollowHint(world.orders, world.settle, world.clock)
        follow_hint(Hint(order.order_id, 1), "hook", world.clock.now() + HOUR)
    else:
        world.reconcile()
    found = world.stored(order)
    assert (found.status, found.review_reason) == (S.NEEDS_REVIEW, "restored_from_backup")


def test_a_webhook_tells_of_a_forgotten_attempt(world: CheckoutWorld) -> None:
    order = restored(world)
    says(world, order, 3, PAID_BY_THIRD)
    follow_hint = FollowHint(world.orders, world.settle, world.clock)
    assert follow_hint(Hint(order.order_id, 3), "hook", DEADLINE) is Followed.STORED
    found = world.stored(order)
    assert found.status is S.NEEDS_REVIEW
    assert found.stray_charges == {"3:ch_3:4200:EUR"}
    foreign = Hint(order.order_id, 3, reference="pi_another")
    assert follow_hint(foreign, "hook", DEADLINE) is Followed.NOT_OURS
    world.policy = POLICY
    follow_hint = FollowHint(world.orders, world.settle, world.clock)
    assert follow_hint(Hint(order.order_id, 3), "hook", DEADLINE) is Followed.NOT_OURS


def test_a_verdict_and_its_page_show_what_the_table_forgot(world: CheckoutWorld) -> None:
    order = restored(world)
    says(world, order, 2, Declined("no_funds"))
    says(world, order, 4, PAID_BY_THIRD)
    says(world, order, 5, Unknown("timeout"))
    assert asked_about(world, replace(order, status=S.UNKNOWN)) == [1]
    assert asked_about(world, replace(order, capture_before=1)) == [1]
    assert asked_about(world, replace(order, accepted_at=world.policy.quarantine_before)) == [1]
    assert asked_about(world, order) == [2, 4, 5, 1]
    cancel(world, order)
    assert world.deliver(order)
    reviewed = world.stored(order)
    assert asked_about(world, reviewed) == [4, 5, 1, 2]
    settle = SettleByVerdict(world.orders, world.payments, world.clock, world.policy)
    declined = Verdict("ann", "she says so", VerdictKind.DECLINED)
    refused = settle(order.order_id, declined, seen=None, dry_run=True)
    assert refused.detail.startswith("attempt 4 captured 4200 EUR as ch_3: give --paid ch_3")
    says(world, order, 5, Declined("no_funds"))
    paid = Verdict("ann", "she has the receipt", VerdictKind.PAID, "ch_3")
    shown = settle(order.order_id, paid, seen=None, dry_run=True)
    assert settle(order.order_id, paid, seen=shown.seen, dry_run=False).done == "settled"
    assert world.stored(order).charge_id == "ch_3"
    world.payments.can_look_up = False
    assert asked_about(world, reviewed) == [1, 2]


def asked_about(world: CheckoutWorld, order: Order) -> list[int]:
    """The attempts that an operator is shown."""
    return [each.attempt for each in KnownAttempts(world.payments, world.policy)(order)]


def settle(world: CheckoutWorld, order: Order, verdict: Verdict) -> Settled:
    """Let an operator decide by what they are shown."""
    settle = SettleByVerdict(world.orders, world.payments, world.clock, world.policy)
    shown = settle(order.order_id, verdict, seen=None, dry_run=True)
    return settle(order.order_id, verdict, seen=shown.seen, dry_run=False)


def test_no_verdict_gives_an_order_up_that_a_forgotten_attempt_may_have_paid(
    world: CheckoutWorld,
) -> None:
    order = restored(world)
    world.payments.can_cancel = True
    says(world, order, 3, Unknown("http_503", unavailable=True))
    cancel(world, order)
    world.let_pass(DAY)
    world.deliver(order)
    assert world.stored(order).review_reason == "earlier_attempt_unclear"
    declined = Verdict("ann", "she says so", VerdictKind.DECLINED)
    assert settle(world, order, declined).detail.startswith("the payment service gave no clear")
    says(world, order, 3, PAID_BY_THIRD)
    assert settle(world, order, declined).detail.startswith("attempt 3 captured 4200 EUR as ch_3")


def test_a_forgotten_payment_of_a_declined_order_is_shown_and_can_be_kept(
    world: CheckoutWorld,
) -> None:
    order = restored(world)
    says(world, order, 3, PAID_BY_THIRD)
    attempts = KnownAttempts(world.payments, world.policy)(order)
    contradiction = contradiction_of(order, attempts)
    assert contradiction is not None
    assert contradiction.what_to_do.startswith("The buyer has paid: settle with --paid ch_3")
    paid = Verdict("ann", "she has the receipt", VerdictKind.PAID, "ch_3")
    assert settle(world, order, paid).done == "settled"
    assert world.stored(order).charge_id == "ch_3"


def test_where_forgotten_attempts_cannot_be_asked_about_an_operator_gives_the_order_up(
    world: CheckoutWorld,
) -> None:
    # At Stripe an attempt is known by its intent alone, which the table has forgotten with it.
    order = world.place()
    world.payments.next_answers = [ActionRequired("https://bank.example")]
    world.deliver(order)
    world.policy = replace(POLICY, quarantine_before=world.clock.now() + 1)
    says(world, order, 1, Declined("cancelled"))
    cancel(world, order)
    opening: Any = object()
    ask = replace(world.settle, intents=opening)._ask_about_earlier
    decision = Declined("cancelled")
    assert ask.unless_forgotten(world.stored(order), decision, DEADLINE) == NeedsReview(
        "restored_from_backup"
    )
