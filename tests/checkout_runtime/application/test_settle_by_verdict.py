"""An operator's verdict: what it needs, what refuses it, and that no state is without an exit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checkout_runtime.application.cancel_order import CancelOrder, OrderCancelled
from checkout_runtime.application.order_records import (
    CaptureRecord,
    NotChanged,
    Verdict,
    VerdictKind,
)
from checkout_runtime.application.settle_by_verdict import Seen, SettleByVerdict, Settled
from checkout_runtime.domain.announcement import Announcement
from checkout_runtime.domain.decisions import NeedsReview
from checkout_runtime.domain.order import MOST_ATTEMPTS, EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Cancelled,
    Captured,
    Declined,
    NotFound,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.adapters.order_stores import claim
from tests.checkout_runtime.application.holding_checkout import HoldingCheckout
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import DEADLINE, HOUR, NOW, POLICY, SECOND

S = OrderStatus
PAID, DECLINED = VerdictKind.PAID, VerdictKind.DECLINED
REFUNDED = VerdictKind.REFUNDED_ELSEWHERE
RIGHT, WRONG = Captured("ch_1", 4200, "EUR"), Captured("ch_2", 1, "EUR")


@pytest.fixture
def checkout() -> Checkout:
    return Checkout()


def verdict_of(kind: VerdictKind, charge_id: str | None = None) -> Verdict:
    return Verdict("arn:operator", "ticket 7", kind, charge_id)


def settle(checkout: Checkout, order: Order, verdict: Verdict, **options: Any) -> Settled:
    judge = SettleByVerdict(checkout.orders, checkout.payments, checkout.clock, checkout.policy)
    return judge(order.order_id, verdict, **{"seen": None, "dry_run": True, **options})


def carry_out(
    checkout: Checkout, order: Order, kind: VerdictKind, charge_id: str | None = None
) -> Settled:
    """Look first, then settle what was shown."""
    verdict = verdict_of(kind, charge_id)
    shown = settle(checkout, order, verdict)
    return settle(checkout, order, verdict, seen=shown.seen, dry_run=False)


def in_review(checkout: Checkout, reason: str = "key_retention_over") -> Order:
    order = checkout.place()
    checkout.payments.next_answers = [Unknown("timeout")]
    checkout.deliver(checkout.message(order))
    held = checkout.orders.claim(
        order.order_id,
        1,
        claim_id="c",
        now=checkout.clock.now(),
        service=checkout.payments.name,
        lease_expires_at=checkout.clock.now() + POLICY.lease_seconds * SECOND,
    ).order
    assert held is not None
    checkout.settle.store(held, NeedsReview(reason), deadline=DEADLINE)
    return checkout.now(order)


def is_in_review(checkout: Checkout) -> bool:
    return checkout.orders.count_in_review(0) == 1


def test_a_charge_that_the_service_confirms_pays_the_order(checkout: Checkout) -> None:
    order = in_review(checkout)
    charge = checkout.payments.capture(order)
    done = carry_out(checkout, order, PAID, charge.charge_id)
    assert (done.done, done.detail) == ("settled", "paid")
    settled = checkout.now(order)
    assert (settled.status, settled.charge_id) == (S.PAID, charge.charge_id)
    assert not is_in_review(checkout)
    assert checkout.orders.count_open(0) == 0


def test_what_is_shown_names_the_attempt_and_the_claim(checkout: Checkout) -> None:
    order = replace(checkout.place(), attempt=2, claim_epoch=7, stray_charges=frozenset("ba"))
    assert Seen.of(order) == Seen("PENDING", 2, 7, ("a", "b"))


def test_the_service_is_made_ready_before_it_is_asked(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, ready = in_review(checkout), list[str]()
    monkeypatch.setattr(checkout.payments, "prepare", lambda: ready.append("prepared"))
    settle(checkout, order, verdict_of(PAID, "ch_1"))
    assert ready == ["prepared"]


def test_an_order_that_changed_while_it_was_judged_is_looked_at_again(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = in_review(checkout)
    charge = checkout.payments.capture(order)
    refused = NotChanged(order)
    monkeypatch.setattr(checkout.orders, "settle_by_verdict", lambda *_, **__: refused)
    done = carry_out(checkout, order, PAID, charge.charge_id)
    assert (done.done, done.status) == ("refused", "NEEDS_REVIEW")
    assert "changed meanwhile" in done.detail


def test_a_verdict_is_told(checkout: Checkout, caplog: pytest.LogCaptureFixture) -> None:
    order = in_review(checkout)
    charge = checkout.payments.capture(order)
    carry_out(checkout, order, PAID, charge.charge_id)
    record = vars(caplog.records[-1])
    assert (record["event"], record["verdict"]) == ("order_settled_by_verdict", "paid")
    assert (record["charge_id"], record["order_id"]) == (charge.charge_id, order.order_id)


def test_who_settled_it_and_why_are_kept(checkout: Checkout) -> None:
    order = in_review(checkout)
    checkout.payments.can_look_up = False
    carry_out(checkout, order, PAID, "ch_9")
    item = checkout.orders._model.call(
        "GetItem", {"TableName": "orders", "Key": {"pk": {"S": order.order_id}}}
    )["Item"]
    assert item["verdict_by"] == {"S": "arn:operator"}
    assert item["verdict_why"] == {"S": "ticket 7"}
    assert int(item["verdict_at"]["N"]) == checkout.clock.now()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (NotFound(), "knows no such capture"),
        (Declined("no_funds"), "knows no such capture"),
        (Captured("ch_other", 4200, "EUR"), "ch_other was captured instead"),
        (Captured("ch_1", 1, "EUR"), "not what was ordered"),
        (Unknown("http_500"), "no clear answer"),
        (Processing(), "no clear answer"),
        (ActionRequired("https://bank/"), "no clear answer"),
    ],
    ids=str,
)
def test_paid_is_refused_where_the_service_says_otherwise(
    answer: Any, why: str, checkout: Checkout
) -> None:
    order = in_review(checkout)
    checkout.payments.next_look_ups = [answer, answer]
    refused = carry_out(checkout, order, PAID, "ch_1")
    assert (refused.done, why in refused.detail) == ("refused", True)
    assert checkout.now(order).status is S.NEEDS_REVIEW


@pytest.mark.parametrize("answer", [Cancelled(), Declined("cancelled")])
def test_declined_cancels_first_where_that_can_be_done(answer: Any, checkout: Checkout) -> None:
    order = in_review(checkout)
    checkout.payments.can_cancel, checkout.payments.cancelled = True, answer
    assert carry_out(checkout, order, DECLINED).done == "settled"
    settled = checkout.now(order)
    assert (settled.status, settled.decline_code) == (S.DECLINED, "declined_by_operator")


@pytest.mark.parametrize(
    "answer",
    [Unknown("http_500"), NotFound(), Captured("ch_1", 4200, "EUR"), Processing()],
    ids=str,
)
def test_declined_is_refused_where_the_attempt_was_not_cancelled(
    answer: Any, checkout: Checkout
) -> None:
    order = in_review(checkout)
    checkout.payments.can_cancel, checkout.payments.cancelled = True, answer
    assert carry_out(checkout, order, DECLINED).done == "refused"
    assert checkout.now(order).status is S.NEEDS_REVIEW


@pytest.mark.parametrize("can_cancel", [True, False])
@pytest.mark.parametrize(("hours", "done"), [(23, "refused"), (25, "settled")])
def test_what_cannot_be_cancelled_is_declined_once_no_request_can_arrive(
    hours: int, done: str, can_cancel: bool, checkout: Checkout
) -> None:
    order = in_review(checkout)
    checkout.payments.can_cancel, checkout.payments.cancelled = can_cancel, NotFound()
    checkout.clock.time += hours * HOUR
    settled = carry_out(checkout, order, DECLINED)
    assert (settled.done, "by your word" in settled.detail) == (done, False)


def test_a_live_claim_is_waited_for(checkout: Checkout) -> None:
    order = in_review(checkout)
    checkout.clock.time += 25 * HOUR
    lease = checkout.clock.now() + 1
    checkout.orders.by_id[order.order_id] = _with(order, lease_expires_at=lease)
    assert "worker" in carry_out(checkout, order, DECLINED).detail
    checkout.clock.time = lease
    assert carry_out(checkout, order, DECLINED).done == "settled"


@pytest.mark.parametrize(
    ("answer", "hours", "done"),
    [(Unknown("x"), 25, "refused"), (Unknown("x"), 49, "settled"), (NotFound(), 25, "settled")],
)
def test_declined_waits_a_day_for_a_clear_answer_of_a_service_that_can_be_asked(
    answer: Any, hours: int, done: str, checkout: Checkout
) -> None:
    order = in_review(checkout)
    checkout.clock.time += hours * HOUR
    checkout.payments.next_look_ups = [answer] * 2
    assert carry_out(checkout, order, DECLINED).done == done


def test_nothing_is_asked_about_an_attempt_of_another_service(checkout: Checkout) -> None:
    order = in_review(checkout, "other_service")
    checkout.payments.name, checkout.payments.can_cancel = "another", True
    checkout.clock.time += HOUR
    assert carry_out(checkout, order, DECLINED).done == "refused"
    checkout.clock.time += 24 * HOUR
    assert carry_out(checkout, order, DECLINED).done == "settled"
    assert (checkout.payments.look_ups, checkout.payments.cancels) == ([], [])


def test_a_verdict_counts_for_the_order_as_it_was_shown(checkout: Checkout) -> None:
    order = in_review(checkout)
    checkout.payments.can_look_up = False
    verdict = verdict_of(PAID, "ch_9")
    shown = settle(checkout, order, verdict).seen
    assert shown == Seen.of(order)
    checkout.orders.release(order, checkout.clock.now())
    refused = settle(checkout, order, verdict, seen=shown, dry_run=False)
    assert "has changed" in refused.detail
    assert "has changed" in settle(checkout, order, verdict, dry_run=False).detail


def test_a_verdict_does_not_count_for_an_order_that_was_claimed_since(checkout: Checkout) -> None:
    order = in_review(checkout)
    checkout.payments.can_look_up = False
    verdict = verdict_of(PAID, "ch_9")
    shown = settle(checkout, order, verdict).seen
    checkout.orders.by_id[order.order_id] = _with(order, claim_epoch=order.claim_epoch + 1)
    refused = settle(checkout, order, verdict, seen=shown, dry_run=False)
    assert "has changed" in refused.detail


def test_a_dry_run_changes_nothing_and_cancels_nothing(checkout: Checkout) -> None:
    order = in_review(checkout)
    checkout.payments.can_cancel = True
    checkout.payments.cancelled = Unknown("must not be asked")
    assert settle(checkout, order, verdict_of(DECLINED)).done == "would settle"
    shown = settle(checkout, order, verdict_of(PAID, checkout.payments.capture(order).charge_id))
    assert shown.detail == "paid: nothing speaks against it"
    assert checkout.now(order) == order


def test_an_order_that_is_not_in_review_needs_no_verdict(checkout: Checkout) -> None:
    order = checkout.place()
    assert "NEEDS_REVIEW" in settle(checkout, order, verdict_of(DECLINED)).detail


def test_an_order_that_is_not_there_is_named() -> None:
    checkout = Checkout()
    elsewhere = Checkout().place("elsewhere")
    assert settle(checkout, elsewhere, verdict_of(DECLINED)).detail == "no such order"


def with_stray(checkout: Checkout, order: Order, charge: Captured) -> Order:
    checkout.orders.record_stray(order, 1, charge, "stray_charge", checkout.clock.now())
    return checkout.now(order)


def test_a_stray_charge_may_pay_the_order_in_full_and_is_then_no_stray(checkout: Checkout) -> None:
    order = with_stray(checkout, in_review(checkout), RIGHT)
    assert carry_out(checkout, order, PAID, "ch_1").done == "settled"
    settled = checkout.now(order)
    assert (settled.status, settled.charge_id, settled.stray_charges) == (
        S.PAID,
        "ch_1",
        frozenset(),
    )
    assert not is_in_review(checkout)


def test_a_stray_charge_that_an_older_version_kept_in_small_letters_may_pay(
    checkout: Checkout,
) -> None:
    charge = Captured("ch_1", 4200, "eur")
    order = with_stray(checkout, in_review(checkout), charge)
    assert carry_out(checkout, order, PAID, charge.charge_id).done == "settled"
    assert checkout.now(order).status is S.PAID


def test_of_two_proofs_of_one_charge_one_that_is_right_is_enough(checkout: Checkout) -> None:
    other = Captured("ch_1", 1, "EUR")
    order = with_stray(checkout, with_stray(checkout, in_review(checkout), RIGHT), other)
    assert settle(checkout, order, verdict_of(PAID, "ch_1")).done == "would settle"


def test_a_stray_charge_of_another_amount_pays_nothing(checkout: Checkout) -> None:
    order = with_stray(checkout, in_review(checkout), WRONG)
    assert carry_out(checkout, order, PAID, "ch_2").done == "refused"
    checkout.clock.time += 25 * HOUR
    assert "it has a stray charge" in carry_out(checkout, order, DECLINED).detail


def test_while_another_stray_charge_is_left_a_paid_order_stays_in_review(
    checkout: Checkout,
) -> None:
    order = with_stray(checkout, with_stray(checkout, in_review(checkout), RIGHT), WRONG)
    carry_out(checkout, order, PAID, "ch_1")
    assert checkout.now(order).status is S.PAID
    assert is_in_review(checkout)
    carry_out(checkout, order, REFUNDED, "ch_2")
    assert not is_in_review(checkout)
    assert checkout.now(order).refunded_charges == {"1:ch_2:1:EUR"}


def test_a_capture_of_another_amount_is_refunded_and_the_order_declined(
    checkout: Checkout,
) -> None:
    """The service goes on saying that it was captured: that is no reason to keep the order open."""
    order = checkout.place()
    wrong = Captured("ch_2", 1, "EUR")
    checkout.payments.ledger.append((order.payment_key, wrong))
    checkout.payments.next_answers = [wrong]
    checkout.deliver(checkout.message(order))
    order = checkout.now(order)
    assert (order.status, order.review_reason) == (S.NEEDS_REVIEW, "capture_mismatch")
    assert carry_out(checkout, order, DECLINED).done == "refused"
    assert carry_out(checkout, order, REFUNDED, "ch_2").done == "settled"
    refunded = checkout.now(order)
    assert (refunded.status, refunded.review_reason) == (S.NEEDS_REVIEW, "stray_refunded")
    assert is_in_review(checkout)
    checkout.clock.time += 25 * HOUR
    assert carry_out(checkout, order, DECLINED).done == "settled"
    assert checkout.now(order).status is S.DECLINED
    assert not is_in_review(checkout)


def test_a_release_after_the_refund_ends_the_order_too(checkout: Checkout) -> None:
    order = with_stray(checkout, in_review(checkout), WRONG)
    checkout.payments.ledger.append((order.payment_key, WRONG))
    carry_out(checkout, order, REFUNDED, "ch_2")
    checkout.orders.release(order, checkout.clock.now())
    checkout.deliver(checkout.message(order))
    settled = checkout.now(order)
    assert (settled.status, settled.decline_code) == (S.DECLINED, "refunded_elsewhere")


def test_an_order_that_was_declined_before_its_stray_charge_is_declined_again(
    checkout: Checkout,
) -> None:
    order = _after(Declined("no_funds"))(checkout)
    with_stray(checkout, order, RIGHT)
    carry_out(checkout, order, REFUNDED, "ch_1")
    checkout.orders.release(order, checkout.clock.now())
    assert checkout.now(order).status is S.NEEDS_REVIEW
    assert carry_out(checkout, order, PAID, "ch_1").done == "refused"
    checkout.payments.next_look_ups = [DOWN] * 2
    assert carry_out(checkout, order, DECLINED).done == "settled"
    assert checkout.now(order).status is S.DECLINED


def behind_an_open_attempt(checkout: Checkout) -> Order:
    """Attempt 2 was never requested: attempt 1, said to be declined, is being processed."""
    order = _after(Declined("no_funds"))(checkout)
    checkout.orders.start_attempt(
        order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
    )
    held = checkout.orders.claim(
        order.order_id, 2, claim_id="c", now=NOW, service="payments", lease_expires_at=NOW + 1
    ).order
    assert held is not None
    checkout.settle.store(held, NeedsReview("earlier_attempt_open"), deadline=DEADLINE)
    checkout.payments.next_look_ups = [Processing(), NotFound()] * 2
    return checkout.now(order)


@pytest.mark.parametrize("kind", [PAID, REFUNDED])
def test_a_charge_may_yet_be_named_while_one_of_two_attempts_is_unclear(
    kind: VerdictKind, checkout: Checkout
) -> None:
    order = behind_an_open_attempt(checkout)
    assert "try again later" in settle(checkout, order, verdict_of(kind, "ch_9")).detail


def test_a_verdict_cancels_an_earlier_attempt_that_may_yet_be_paid(checkout: Checkout) -> None:
    order = behind_an_open_attempt(checkout)
    checkout.payments.can_cancel = True
    assert settle(checkout, order, verdict_of(DECLINED)).done == "would settle"
    assert checkout.payments.cancels == []
    checkout.payments.next_look_ups = [Processing(), NotFound()] * 2
    assert carry_out(checkout, order, DECLINED).done == "settled"
    keys = [f"{order.order_id}:1", f"{order.order_id}:2"]
    assert checkout.payments.cancels == keys
    assert checkout.now(order).status is S.DECLINED


@pytest.mark.parametrize(
    ("cancelled", "why"),
    [
        (Processing(), "did not cancel attempt 1"),
        (NotFound(), "did not cancel attempt 1"),
        (Unknown("http_503"), "did not cancel attempt 1"),
        (Captured("ch_1", 4200, "EUR"), "give --paid ch_1"),
    ],
    ids=str,
)
def test_nothing_is_declined_while_an_earlier_attempt_may_yet_be_paid(
    cancelled: Any, why: str, checkout: Checkout
) -> None:
    order = behind_an_open_attempt(checkout)
    checkout.payments.can_cancel, checkout.payments.cancelled = True, cancelled
    checkout.clock.time += 47 * HOUR
    assert why in carry_out(checkout, order, DECLINED).detail
    assert checkout.now(order).status is S.NEEDS_REVIEW


def test_where_nothing_can_be_cancelled_an_operator_ends_the_earlier_attempt(
    checkout: Checkout,
) -> None:
    order = behind_an_open_attempt(checkout)
    assert "attempt 1 is being processed; cancel it first" in (
        carry_out(checkout, order, DECLINED).detail
    )


def test_only_a_stray_charge_is_taken_off_an_order(checkout: Checkout) -> None:
    order = in_review(checkout)
    assert "none of" in carry_out(checkout, order, REFUNDED, "ch_7").detail


def _with(order: Order, **changes: Any) -> Order:
    return replace(order, **changes)


def _pending(checkout: Checkout) -> Order:
    return checkout.place()


def _after(answer: Any) -> Callable[[Checkout], Order]:
    def prepare(checkout: Checkout) -> Order:
        order = checkout.place()
        checkout.payments.next_answers = [answer]
        checkout.deliver(checkout.message(order))
        return checkout.now(order)

    return prepare


def _charging(checkout: Checkout) -> Order:
    order = checkout.place()
    now = checkout.clock.now()
    checkout.orders.claim(
        order.order_id,
        1,
        claim_id="died",
        now=now,
        service=checkout.payments.name,
        lease_expires_at=now + POLICY.lease_seconds * SECOND,
    )
    return checkout.now(order)


FROM: dict[OrderStatus, Callable[[Checkout], Order]] = {
    S.PENDING: _pending,
    S.CHARGING: _charging,
    S.UNKNOWN: _after(Unknown("timeout")),
    S.ACTION_REQUIRED: _after(ActionRequired("https://bank/")),
    S.PROCESSING: _after(Processing()),
    S.NEEDS_REVIEW: in_review,
    S.DECLINED: _after(Declined("no_funds")),
    S.PAID: _after(RIGHT),
}


@pytest.mark.parametrize("stray", [False, True], ids=["", "with a stray charge"])
@pytest.mark.parametrize("state", FROM)
def test_every_state_has_a_way_to_a_settled_one(
    state: OrderStatus, stray: bool, checkout: Checkout
) -> None:
    """Nobody answers any more: what time does, and then an operator, ends every order."""
    order = FROM[state](checkout)
    assert order.status is state
    if stray:
        order = with_stray(checkout, order, WRONG)
    checkout.payments.next_look_ups = [Unknown("down")] * 500
    for _ in range(60):
        checkout.clock.time += 24 * HOUR
        checkout.run_reconciler()
    if stray:
        carry_out(checkout, order, REFUNDED, "ch_2")
    checkout.payments.next_look_ups = []
    if checkout.now(order).status is S.NEEDS_REVIEW:
        assert carry_out(checkout, order, DECLINED).done == "settled"
    assert checkout.now(order).status in (S.PAID, S.DECLINED)
    assert not is_in_review(checkout)
    assert checkout.orders.count_open(0) == checkout.orders.count_processing(0) == 0


def stray_beside_another_attempt(checkout: Checkout, answer: Any) -> Order:
    """Attempt 1 turned out to be captured as ``ch_1`` after attempt 2 met ``answer``."""
    first = _after(Declined("no_funds"))(checkout)
    checkout.orders.start_attempt(
        first.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
    )
    checkout.payments.next_answers = [answer]
    checkout.deliver(checkout.message(first, attempt=2))
    checkout.payments.ledger.append((first.payment_key, RIGHT))
    checkout.orders.record_capture(first, RIGHT, checkout.clock.now())
    checkout.clock.time += POLICY.lease_seconds * SECOND
    order = checkout.now(first)
    assert (order.status, order.attempt) == (S.NEEDS_REVIEW, 2)
    return order


def test_a_stray_charge_pays_nothing_while_another_attempt_is_captured(checkout: Checkout) -> None:
    order = stray_beside_another_attempt(checkout, Unknown("timeout"))
    other = Captured("ch_2", 4200, "EUR")
    checkout.payments.ledger.append((order.payment_key, other))
    refused = carry_out(checkout, order, PAID, "ch_1")
    assert refused.done == "refused"
    assert "attempt 2 captured 4200 EUR as ch_2: give --paid ch_2, or refund it" in refused.detail
    assert "give --refunded-elsewhere ch_2 first" in refused.detail
    assert carry_out(checkout, order, REFUNDED, "ch_2").done == "settled"
    assert carry_out(checkout, order, PAID, "ch_1").done == "settled"
    settled = checkout.now(order)
    assert (settled.status, settled.charge_id, settled.refunded_charges) == (
        S.PAID,
        "ch_1",
        frozenset({"2:ch_2:4200:EUR"}),
    )


def test_the_other_charge_may_pay_and_leaves_the_stray_one_to_be_refunded(
    checkout: Checkout,
) -> None:
    order = stray_beside_another_attempt(checkout, Unknown("timeout"))
    checkout.payments.ledger.append((order.payment_key, Captured("ch_2", 4200, "EUR")))
    assert carry_out(checkout, order, PAID, "ch_2").done == "settled"
    assert checkout.now(order).stray_charges == {"1:ch_1:4200:EUR"}
    assert is_in_review(checkout)


@pytest.mark.parametrize(
    "answer", [Processing(), ActionRequired("https://bank/"), Unknown("timeout")], ids=str
)
def test_an_attempt_that_may_still_be_captured_is_cancelled_before_a_stray_charge_pays(
    answer: Any, checkout: Checkout
) -> None:
    order = stray_beside_another_attempt(checkout, answer)
    checkout.payments.can_cancel = True
    checkout.payments.next_look_ups = [RIGHT, answer] * 2
    assert carry_out(checkout, order, PAID, "ch_1").done == "settled"
    assert checkout.payments.cancels == [order.payment_key]
    assert checkout.now(order).status is S.PAID


@pytest.mark.parametrize(
    ("cancelled", "why"),
    [
        (Captured("ch_2", 4200, "EUR"), "give --paid ch_2"),
        (Unknown("http_500"), "did not cancel attempt 2"),
    ],
    ids=str,
)
def test_a_stray_charge_pays_nothing_where_the_other_attempt_was_not_cancelled(
    cancelled: Any, why: str, checkout: Checkout
) -> None:
    order = stray_beside_another_attempt(checkout, Processing())
    checkout.payments.can_cancel, checkout.payments.cancelled = True, cancelled
    assert why in carry_out(checkout, order, PAID, "ch_1").detail
    assert checkout.now(order).status is S.NEEDS_REVIEW


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Processing(), "attempt 2 is being processed; cancel it first"),
        (ActionRequired("https://bank/"), "attempt 2 waits for the buyer to act; cancel it first"),
        (Unknown("http_500"), "no clear answer"),
    ],
    ids=str,
)
def test_what_cannot_be_cancelled_is_waited_for_before_a_stray_charge_pays(
    answer: Any, why: str, checkout: Checkout
) -> None:
    order = stray_beside_another_attempt(checkout, Unknown("timeout"))
    assert "still be on its way" in carry_out(checkout, order, PAID, "ch_1").detail
    checkout.clock.time += 25 * HOUR
    checkout.payments.next_look_ups = [RIGHT, answer] * 2
    assert why in carry_out(checkout, order, PAID, "ch_1").detail
    checkout.payments.next_look_ups = [RIGHT, NotFound()] * 2
    assert carry_out(checkout, order, PAID, "ch_1").done == "settled"


def test_a_stray_charge_pays_at_once_where_the_current_attempt_was_never_requested(
    checkout: Checkout,
) -> None:
    first = _after(Declined("no_funds"))(checkout)
    checkout.orders.start_attempt(
        first.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
    )
    checkout.orders.record_capture(first, RIGHT, checkout.clock.now())
    checkout.payments.can_cancel, checkout.payments.cancelled = True, NotFound()
    order = checkout.now(first)
    checkout.orders.by_id[order.order_id] = _with(order, payment_reference="pi_2")
    assert "did not cancel" in carry_out(checkout, order, PAID, "ch_1").detail
    checkout.orders.by_id[order.order_id] = order
    assert carry_out(checkout, order, PAID, "ch_1").done == "settled"


def test_a_charge_that_the_service_confirms_pays_nothing_beside_a_second_one(
    checkout: Checkout,
) -> None:
    order = stray_beside_another_attempt(checkout, Unknown("timeout"))
    carry_out(checkout, order, REFUNDED, "ch_1")
    checkout.payments.next_look_ups = [WRONG, Captured("ch_3", 4200, "EUR")] * 2
    assert "ch_2: give --paid ch_2" in carry_out(checkout, order, PAID, "ch_3").detail


def test_a_refunded_charge_of_a_declined_order_never_pays_its_next_attempt(
    checkout: Checkout,
) -> None:
    order = _after(Declined("no_funds"))(checkout)
    checkout.payments.ledger.append((order.payment_key, RIGHT))
    assert carry_out(checkout, order, REFUNDED, "ch_1").done == "settled"
    refunded = checkout.now(order)
    assert (refunded.status, refunded.review_reason) == (S.DECLINED, None)
    assert refunded.refunded_charges == {"1:ch_1:4200:EUR"}
    assert "known to be refunded" in carry_out(checkout, order, REFUNDED, "ch_1").detail
    checkout.orders.start_attempt(
        order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=3, now=NOW
    )
    checkout.deliver(checkout.message(order, attempt=2))
    paid = checkout.now(order)
    assert (paid.status, paid.charge_id) == (S.PAID, "ch_2")


def test_an_order_whose_own_charge_was_refunded_is_declined(checkout: Checkout) -> None:
    order = in_review(checkout)
    checkout.payments.capture(order)
    checkout.clock.time += POLICY.lease_seconds * SECOND
    refused = carry_out(checkout, order, DECLINED)
    assert "refund it and give --refunded-elsewhere ch_1 first" in refused.detail
    assert carry_out(checkout, order, REFUNDED, "ch_1").done == "settled"
    refunded = checkout.now(order)
    assert (refunded.status, refunded.review_reason) == (S.NEEDS_REVIEW, "stray_refunded")
    assert is_in_review(checkout)
    assert carry_out(checkout, order, DECLINED).done == "settled"
    assert checkout.now(order).status is S.DECLINED


def test_a_refunded_charge_that_a_cancellation_names_is_no_reason_against_a_decline(
    checkout: Checkout,
) -> None:
    order = with_stray(checkout, in_review(checkout), RIGHT)
    carry_out(checkout, order, REFUNDED, "ch_1")
    checkout.payments.can_look_up = False
    checkout.payments.can_cancel, checkout.payments.cancelled = True, RIGHT
    assert carry_out(checkout, order, DECLINED).done == "settled"


def test_a_paid_order_keeps_its_own_charge(checkout: Checkout) -> None:
    order = _after(RIGHT)(checkout)
    checkout.payments.ledger.append((order.payment_key, RIGHT))
    assert "is PAID by ch_1" in carry_out(checkout, order, REFUNDED, "ch_1").detail


def test_a_second_charge_that_the_service_names_is_refunded_without_a_review(
    checkout: Checkout,
) -> None:
    order = _after(RIGHT)(checkout)
    checkout.payments.ledger.append((order.payment_key, WRONG))
    assert carry_out(checkout, order, REFUNDED, "ch_2").done == "settled"
    assert checkout.now(order).refunded_charges == {"1:ch_2:1:EUR"}
    assert checkout.now(order).status is S.PAID
    assert not is_in_review(checkout)


@pytest.mark.parametrize("state", [S.PAID, S.DECLINED])
def test_proof_of_a_refunded_charge_is_known_when_it_comes_again(
    state: OrderStatus, checkout: Checkout
) -> None:
    order = FROM[state](checkout)
    late = Captured("ch_9", 4200, "EUR")
    with_stray(checkout, order, late)
    carry_out(checkout, order, REFUNDED, "ch_9")
    if state is S.DECLINED:
        carry_out(checkout, order, DECLINED)
    before = checkout.now(order)
    assert before.status is state
    record = checkout.orders.record_capture(order, late, checkout.clock.now())
    assert record is CaptureRecord.KNOWN
    with_stray(checkout, order, late)
    assert checkout.now(order) == before
    assert not is_in_review(checkout)


def test_a_verdict_that_another_operators_refund_overtook_is_not_stored(
    checkout: Checkout,
) -> None:
    order = in_review(checkout)
    charge = checkout.payments.capture(order)
    carry_out(checkout, order, REFUNDED, charge.charge_id)
    overtaken = checkout.orders.settle_by_verdict(order, verdict_of(PAID, charge.charge_id), NOW)
    assert isinstance(overtaken, NotChanged)
    assert checkout.now(order).status is S.NEEDS_REVIEW


STUCK = [Processing(), ActionRequired("https://bank/")]
GONE = Unknown("http_404", without_word=True)
DOWN = Unknown("http_503", unavailable=True)
REVOKED = Unknown("http_401", without_word=True, refuses_us=True)


def always(checkout: Checkout, answer: Any, *, cancelled: Any = None) -> None:
    """Let the payment service say this of every attempt, however often it is asked."""
    checkout.payments.look_up = lambda _: answer  # type: ignore[method-assign,assignment]
    checkout.payments.can_cancel = cancelled is not None
    if cancelled is not None:
        checkout.payments.cancelled = cancelled


@pytest.mark.parametrize(
    ("answer", "hours", "done"),
    [
        (GONE, 0, "settled"),
        (DOWN, 47, "refused"),
        (DOWN, 49, "settled"),
        (REVOKED, 47, "refused"),
        (REVOKED, 49, "settled"),
        *((stuck, 47, "refused") for stuck in STUCK),
        *((stuck, 49, "settled") for stuck in STUCK),
        (NotFound(), 1000, "refused"),
        (Declined("no_funds"), 1000, "refused"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [PAID, REFUNDED])
def test_a_silent_service_does_not_have_the_last_word_about_a_charge(
    kind: VerdictKind, answer: Any, hours: int, done: str, checkout: Checkout
) -> None:
    order = in_review(checkout)
    checkout.clock.time += hours * HOUR
    always(checkout, answer)
    shown = settle(checkout, order, verdict_of(kind, "ch_9"))
    settled = carry_out(checkout, order, kind, "ch_9")
    assert settled.done == done
    assert shown.done == {"settled": "would settle", "refused": "refused"}[done]
    silent = "did not confirm it (attempt 1 "
    for said in (shown, settled):
        assert (silent in said.detail) == (done == "settled")


def test_by_word_alone_an_attempt_pays_though_the_service_says_nothing_of_it(
    checkout: Checkout,
) -> None:
    order = later_attempt_in_review(checkout, 3)
    checkout.clock.time += 25 * HOUR
    checkout.payments.next_look_ups = [NotFound(), GONE, NotFound()] * 2
    assert carry_out(checkout, order, PAID, "ch_9").done == "settled"


def test_a_charge_that_was_refunded_by_word_alone_pays_nothing_later(checkout: Checkout) -> None:
    order = in_review(checkout)
    always(checkout, GONE)
    carry_out(checkout, order, REFUNDED, "ch_1")
    refunded = checkout.now(order)
    assert (refunded.refunded_charges, refunded.review_reason) == (
        frozenset({"1:ch_1:4200:EUR"}),
        "stray_refunded",
    )
    assert checkout.orders.record_capture(order, RIGHT, NOW) is CaptureRecord.KNOWN
    assert "was refunded" in carry_out(checkout, order, PAID, "ch_1").detail
    checkout.clock.time += 49 * HOUR
    assert carry_out(checkout, order, DECLINED).done == "settled"


@pytest.mark.parametrize("state", [S.PENDING, S.DECLINED])
def test_by_word_alone_nothing_is_refunded_of_an_order_that_is_not_in_review(
    state: OrderStatus, checkout: Checkout
) -> None:
    order = FROM[state](checkout)
    always(checkout, GONE)
    assert "none of" in carry_out(checkout, order, REFUNDED, "ch_1").detail
    assert "the order is" in carry_out(checkout, order, PAID, "ch_1").detail


@pytest.mark.parametrize("can_cancel", [True, False])
@pytest.mark.parametrize("answer", [*STUCK, DOWN], ids=str)
@pytest.mark.parametrize("attempt", ["current", "earlier"])
def test_what_is_processed_without_end_is_declined_in_the_end(
    attempt: str, answer: Any, can_cancel: bool, checkout: Checkout
) -> None:
    order = in_review(checkout) if attempt == "current" else behind_an_open_attempt(checkout)
    checkout.payments.next_look_ups = []
    always(checkout, answer, cancelled=answer if can_cancel else None)
    checkout.clock.time += 47 * HOUR
    shown = settle(checkout, order, verdict_of(DECLINED))
    refused = carry_out(checkout, order, DECLINED)
    assert refused.done == "refused"
    does_not_say = "refused if the payment service does not do that" in shown.detail
    assert shown.done == "refused" or (can_cancel and does_not_say)
    checkout.clock.time += 2 * HOUR
    shown = settle(checkout, order, verdict_of(DECLINED))
    settled = carry_out(checkout, order, DECLINED)
    assert (shown.done, settled.done) == ("would settle", "settled")
    assert "is cancelled first" not in shown.detail
    assert "will be a stray charge" in settled.detail
    assert checkout.now(order).status is S.DECLINED


def test_what_was_captured_is_not_declined_however_long_it_was_waited_for(
    checkout: Checkout,
) -> None:
    order = in_review(checkout)
    always(checkout, Processing(), cancelled=RIGHT)
    checkout.clock.time += 1000 * HOUR
    assert "give --paid ch_1" in carry_out(checkout, order, DECLINED).detail


@pytest.mark.parametrize("attempts", [1, 2])
def test_what_was_declined_and_captured_all_the_same_is_paid_by_a_verdict(
    attempts: int, checkout: Checkout
) -> None:
    order = _after(Declined("no_funds"))(checkout)
    if attempts == 2:
        checkout.orders.start_attempt(
            order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=2, now=NOW
        )
        checkout.payments.next_answers = [Declined("no_funds")]
        checkout.deliver(checkout.message(order, attempt=2))
    checkout.payments.ledger.append((f"{order.order_id}:1", RIGHT))
    assert settle(checkout, order, verdict_of(PAID, "ch_1")).done == "would settle"
    assert carry_out(checkout, order, PAID, "ch_1").done == "settled"
    paid = checkout.now(order)
    assert (paid.status, paid.charge_id, paid.attempt) == (S.PAID, "ch_1", attempts)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (Captured("ch_2", 4200, "EUR"), "give --paid ch_2"),
        (Processing(), "attempt 2 is being processed; cancel it first"),
    ],
    ids=str,
)
def test_what_was_declined_is_not_paid_beside_another_attempt(
    second: Any, why: str, checkout: Checkout
) -> None:
    order = _after(Declined("no_funds"))(checkout)
    checkout.orders.start_attempt(
        order.order_id, "buyer", replaces=1, payment_method="p", max_attempts=2, now=NOW
    )
    checkout.payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order, attempt=2))
    checkout.payments.next_look_ups = [RIGHT, second] * 2
    assert why in carry_out(checkout, order, PAID, "ch_1").detail
    assert checkout.now(order).status is S.DECLINED


def test_an_order_on_its_way_needs_no_verdict_though_its_charge_is_confirmed(
    checkout: Checkout,
) -> None:
    order = FROM[S.UNKNOWN](checkout)
    charge = checkout.payments.capture(order)
    shown = settle(checkout, order, verdict_of(PAID, charge.charge_id))
    assert "the order is UNKNOWN" in shown.detail


def test_a_capture_of_another_amount_does_not_pay_what_was_declined(checkout: Checkout) -> None:
    order = _after(Declined("no_funds"))(checkout)
    checkout.payments.ledger.append((order.payment_key, WRONG))
    assert "not what was ordered" in carry_out(checkout, order, PAID, "ch_2").detail
    assert carry_out(checkout, order, REFUNDED, "ch_2").done == "settled"


ODD_IDS = [" ch_1", "ch_1 ", "ch\n1", "ch\u202e1", "ch_\ufffd"]


@pytest.mark.parametrize("kind", [PAID, REFUNDED])
@pytest.mark.parametrize("charge_id", ODD_IDS, ids=ascii)
def test_what_cannot_be_a_charges_id_is_refused_where_nobody_can_be_asked(
    charge_id: str, kind: VerdictKind, checkout: Checkout
) -> None:
    order = in_review(checkout)
    checkout.payments.can_look_up = False
    shown = settle(checkout, order, verdict_of(kind, charge_id))
    assert (shown.done, "cannot be a charge's id" in shown.detail) == ("refused", True)
    assert carry_out(checkout, order, kind, charge_id).done == "refused"
    assert carry_out(checkout, order, kind, charge_id.strip()[:2]).done == "settled"


@pytest.mark.parametrize("kind", [PAID, REFUNDED])
@pytest.mark.parametrize("charge_id", ODD_IDS, ids=ascii)
def test_a_stray_charge_of_any_id_has_an_exit(
    charge_id: str, kind: VerdictKind, checkout: Checkout
) -> None:
    order = with_stray(checkout, in_review(checkout), Captured(charge_id, 4200, "EUR"))
    checkout.payments.can_look_up = False
    assert carry_out(checkout, order, kind, charge_id).done == "settled"
    assert checkout.now(order).stray_charges == frozenset()


@pytest.mark.parametrize(
    ("answer", "last_known"),
    [
        (Unknown("timeout"), "attempt 1 cannot be asked: that"),
        (Processing(), "attempt 1 cannot be asked, and was being processed when"),
        (ActionRequired("https://bank/"), "attempt 1 cannot be asked, and waited for the buyer to"),
    ],
    ids=str,
)
def test_a_decline_of_what_was_claimed_elsewhere_says_what_nobody_confirms(
    answer: Any, last_known: str, checkout: Checkout
) -> None:
    checkout.payments.next_answers = [answer]
    order = checkout.place()
    checkout.deliver(checkout.message(order))
    checkout.payments.name = "another"
    checkout.clock.time += (POLICY.key_retention_seconds + 60) * SECOND
    checkout.reconciler(run_id="run", deadline=DEADLINE)
    assert checkout.now(order).review_reason == "other_service"
    shown = settle(checkout, order, verdict_of(DECLINED))
    assert shown.done == "would settle"
    assert last_known in shown.detail
    assert "by your word" in carry_out(checkout, order, DECLINED).detail
    assert checkout.now(order).status is S.DECLINED


def test_a_word_about_an_attempt_made_elsewhere_does_not_end_the_one_that_waits_here(
    checkout: Checkout,
) -> None:
    waits = ActionRequired("https://bank/")
    checkout.payments.next_answers = [Declined("no_funds"), waits]
    order = checkout.place()
    checkout.deliver(checkout.message(order))
    checkout.payments.name = "another"
    checkout.orders.start_attempt(
        order.order_id,
        order.principal,
        replaces=1,
        payment_method="pm_2",
        max_attempts=3,
        now=checkout.clock.now(),
    )
    checkout.deliver(checkout.message(order, attempt=2))
    checkout.payments.next_look_ups = [waits] * 10
    checkout.clock.time += (POLICY.action_seconds + 60) * SECOND
    checkout.reconciler(run_id="run", deadline=DEADLINE)
    assert checkout.now(order).review_reason == "action_not_taken"
    shown = settle(checkout, order, verdict_of(PAID, "ch_9"))
    assert (shown.done, shown.status) == ("refused", "NEEDS_REVIEW")
    assert "a request may still be on its way" in shown.detail


def test_a_decline_of_what_was_never_requested_waits_for_no_request(checkout: Checkout) -> None:
    """Out of a backup: the world may know more of it, and says that it does not."""
    order = checkout.place()
    checkout.policy = replace(POLICY, quarantine_before=NOW + 1)
    checkout.orders.by_id[order.order_id] = _with(order, status=S.NEEDS_REVIEW)
    # Twice of each attempt that the order may have had.
    checkout.payments.next_look_ups = [*[DOWN] * 2 * MOST_ATTEMPTS]
    assert carry_out(checkout, order, DECLINED).done == "refused"
    assert carry_out(checkout, order, DECLINED).done == "settled"


def test_out_of_a_backup_what_was_never_requested_by_this_table_is_cancelled_first(
    checkout: Checkout,
) -> None:
    order = checkout.place()
    checkout.policy = replace(POLICY, quarantine_before=NOW + 1)
    checkout.orders.by_id[order.order_id] = _with(order, status=S.NEEDS_REVIEW)
    checkout.payments.can_cancel, checkout.payments.cancelled = True, Cancelled()
    shown = settle(checkout, order, verdict_of(DECLINED))
    assert "attempt 1 is cancelled first" in shown.detail
    assert carry_out(checkout, order, DECLINED).done == "settled"
    assert order.payment_key in checkout.payments.cancels


def later_attempt_in_review(checkout: Checkout, attempt: int = 2) -> Order:
    earlier = tuple(EarlierAttempt(each, None, None, "no_funds") for each in range(1, attempt))
    order = _with(in_review(checkout), attempt=attempt, earlier_attempts=earlier)
    checkout.orders.by_id[order.order_id] = order
    return order


def test_a_second_attempt_that_was_never_known_is_declined_past_the_keys_retention(
    checkout: Checkout,
) -> None:
    order = later_attempt_in_review(checkout)
    checkout.payments.can_cancel, checkout.payments.cancelled = True, NotFound()
    checkout.clock.time += 25 * HOUR
    shown = settle(checkout, order, verdict_of(DECLINED))
    assert "attempt 2 is cancelled first" in shown.detail
    assert carry_out(checkout, order, DECLINED).done == "settled"


def test_a_charge_by_word_alone_is_of_the_attempt_that_is_not_confirmed(
    checkout: Checkout,
) -> None:
    order = later_attempt_in_review(checkout)
    checkout.payments.next_look_ups = [NotFound(), GONE] * 2
    settled = carry_out(checkout, order, REFUNDED, "ch_9")
    assert "did not confirm it (attempt 2 " in settled.detail
    assert checkout.now(order).refunded_charges == {"2:ch_9:4200:EUR"}


def test_a_charge_by_word_alone_is_of_the_last_attempt_if_several_are_not_confirmed(
    checkout: Checkout,
) -> None:
    order = later_attempt_in_review(checkout)
    checkout.payments.can_look_up = False
    carry_out(checkout, order, REFUNDED, "ch_9")
    assert checkout.now(order).refunded_charges == {"2:ch_9:4200:EUR"}


def test_a_word_that_nobody_confirms_names_the_attempt_that_it_is_about(checkout: Checkout) -> None:
    order = later_attempt_in_review(checkout)
    checkout.payments.can_look_up = False
    checkout.clock.time += 25 * HOUR
    shown = settle(checkout, order, verdict_of(DECLINED))
    assert "attempt 2 cannot be asked: that it is over" in shown.detail
    checkout.payments.can_look_up, checkout.clock.time = True, NOW + 49 * HOUR
    always(checkout, Processing())
    shown = settle(checkout, order, verdict_of(DECLINED))
    assert "that attempt 2 is over (it is being processed)" in shown.detail


# Held money


def unclear_hold(amount: int | None = None) -> tuple[HoldingCheckout, Order]:
    """Return an order in review, of whose capture nobody can say what came."""
    checkout = HoldingCheckout(can_look_up=False)
    order = checkout.asked(amount)
    held = claim(checkout.orders, order)
    checkout.orders.record_review(held, "hold_unclear", checkout.clock.now())
    return checkout, checkout.now(order)


@pytest.mark.parametrize(
    "captured", [Captured("hold_1", 5000, "EUR"), Captured("hold_1", 1, "USD")]
)
def test_a_stray_charge_under_the_id_of_its_hold_has_an_exit(captured: Captured) -> None:
    checkout = HoldingCheckout(charges_have_holds_id=True)
    order = checkout.asked()
    checkout.payments.captured[order.payment_key] = captured
    checkout.turn(order)
    assert checkout.now(order).review_reason == "capture_mismatch"
    checkout.clock.time += HOUR
    assert carry_out(checkout, order, REFUNDED, "hold_1").done == "settled"
    assert carry_out(checkout, order, DECLINED).status == S.DECLINED


@pytest.mark.parametrize(("asked", "part"), [(2000, 2000), (None, None)])
def test_by_word_alone_a_hold_pays_as_much_as_was_asked_for(
    asked: int | None, part: int | None
) -> None:
    checkout, order = unclear_hold(asked)
    checkout.orders._updates.announces = True
    assert carry_out(checkout, order, PAID, "hold_1").status == S.PAID
    paid = checkout.now(order)
    assert (paid.captured_amount, paid.refundable) == (part, part)
    [told] = map(Announcement.from_member, paid.owed)
    assert told.details.get("captured_amount") == part


@pytest.mark.parametrize("of", ["service", "stray charge"])
def test_a_part_of_a_hold_that_is_proved_pays_the_order(of: str) -> None:
    checkout, order = unclear_hold(2000)
    checkout.orders._updates.announces = True
    part = Captured("ch_1", 1999, "EUR")
    if of == "service":
        # Its capture was found only once the order was in review.
        checkout.payments.can_look_up = True
        checkout.payments.captured[order.payment_key] = part
    else:
        checkout.orders.record_stray(order, 1, part, "stray_charge", checkout.clock.now())
    assert carry_out(checkout, order, PAID, "ch_1").status == S.PAID
    paid = checkout.now(order)
    assert (paid.captured_amount, paid.refundable, paid.stray_charges) == (1999, 1999, frozenset())
    told = max(map(Announcement.from_member, paid.owed), key=lambda each: each.ordinal)
    assert told.details.get("captured_amount") == 1999


def test_a_charge_that_is_proved_pays_all_that_it_captured() -> None:
    checkout, order = unclear_hold(2000)
    stray = Captured("ch_9", 4200, "EUR")
    checkout.orders.record_stray(order, 1, stray, "stray_charge", checkout.clock.now())
    assert carry_out(checkout, order, PAID, "ch_9").status == S.PAID
    assert checkout.now(order).captured_amount is None


def test_of_a_charge_that_is_proved_with_two_amounts_the_larger_one_counts() -> None:
    """Less would be left to refund than the buyer has paid."""
    checkout, order = unclear_hold(2000)
    for amount in (1999, 2000):
        stray = Captured("ch_1", amount, "EUR")
        checkout.orders.record_stray(order, 1, stray, "stray_charge", checkout.clock.now())
    assert carry_out(checkout, order, PAID, "ch_1").status == S.PAID
    assert checkout.now(order).captured_amount == 2000


def test_an_order_that_was_declined_after_its_capture_was_asked_for_is_cancelled() -> None:
    checkout, order = unclear_hold()
    checkout.clock.time += HOUR
    assert carry_out(checkout, order, DECLINED).status == S.DECLINED
    told = CancelOrder(checkout.orders, checkout.clock)(order.order_id, by="ada")
    assert isinstance(told, OrderCancelled)


@pytest.mark.parametrize("kind", [PAID, REFUNDED])
def test_a_charge_whose_refund_is_under_way_gets_no_verdict(
    kind: VerdictKind, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = in_review(checkout)
    charge = checkout.payments.capture(order)
    member = charge.proof_for(1)
    strays = frozenset({member})
    refunding = replace(order, stray_charges=strays, refunding_strays=strays)
    monkeypatch.setattr(checkout.orders, "get", lambda _: refunding)
    refused = settle(checkout, order, verdict_of(kind, charge.charge_id))
    assert (refused.done, refused.status) == ("refused", "NEEDS_REVIEW")
    assert "a refund of ch_1 is under way" in refused.detail
    declined = settle(checkout, order, verdict_of(DECLINED))
    assert "under way" not in declined.detail
