"""Each refund that is asked for happens at most once, and never more than was captured."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.order_records import Changed, Verdict, VerdictKind
from checkout_runtime.application.place_refund import (
    NoSuchOrder,
    RefundMismatch,
    RefundRefused,
    RefundReplayed,
    WhyNotRefunded,
    refund_id_for,
)
from checkout_runtime.application.refund_records import OrderChanged
from checkout_runtime.domain.message import PaymentMessage
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.order import EarlierAttempt, Order, OrderStatus
from checkout_runtime.domain.outcomes import Captured, NotFound, Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending
from checkout_runtime.erasure import BuyerErasure, Erased
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.factories import HOUR, NO_KEYS, SECOND
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE
from tests.checkout_runtime.ledger_payments import LOST

DAY = 24 * HOUR
WORDLESS = Unknown("http_404", without_word=True)


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


@pytest.fixture
def order(checkout: RefundingCheckout) -> Order:
    """An order that is paid."""
    return checkout.paid()


def left(checkout: RefundingCheckout, order: Order) -> int:
    return checkout.now(order).left_to_refund


class TestAsking:
    def test_a_refund_is_taken_off_the_order_before_anybody_is_asked_for_it(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order, amount=1200)
        assert checkout.stored(refund) == refund
        assert refund.status is RefundStatus.REQUESTED
        assert left(checkout, order) == 3000
        assert checkout.payments.refund_requests == []

    def test_the_same_request_is_one_refund(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        first = checkout.asked(order, amount=1200)
        again = checkout.ask(order, amount=1200)
        assert again == RefundReplayed(first)
        assert left(checkout, order) == 3000

    def test_the_orders_own_charge_may_be_named(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        first = checkout.asked(order, amount=1200, charge_id=order.charge_id)
        assert first.stray is None
        assert checkout.ask(order, amount=1200, charge_id=order.charge_id) == RefundReplayed(first)
        assert checkout.ask(order, amount=1200) == RefundReplayed(first)

    def test_all_that_is_left_is_one_refund_too_however_often_it_is_asked_for(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        first = checkout.asked(order)
        assert (first.amount, left(checkout, order)) == (4200, 0)
        assert checkout.ask(order) == RefundReplayed(first)

    @pytest.mark.parametrize("wanted", [{"amount": 1300}, {}, {"amount": 1200, "charge_id": "ch"}])
    def test_other_content_under_the_key_is_refused(
        self, wanted: dict[str, Any], checkout: RefundingCheckout, order: Order
    ) -> None:
        first = checkout.asked(order, amount=1200)
        assert checkout.ask(order, **wanted) == RefundMismatch(first)
        assert left(checkout, order) == 3000

    def test_two_equal_partial_refunds_are_two(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refunds = [checkout.asked(order, key, amount=2100) for key in ("r1", "r2")]
        for refund in refunds:
            assert checkout.work_on(refund)
        assert len(checkout.payments.refunds) == 2
        assert left(checkout, order) == 0
        assert [each.refund_id for each in checkout.refunds.of(checkout.now(order))] == sorted(
            each.refund_id for each in refunds
        )

    def test_more_than_is_left_is_refused(self, checkout: RefundingCheckout, order: Order) -> None:
        checkout.asked(order, amount=4000)
        refused = checkout.ask(order, "r2", amount=201)
        assert isinstance(refused, RefundRefused)
        assert refused.why is WhyNotRefunded.MORE_THAN_LEFT

    def test_two_at_once_never_exceed_what_was_captured(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        first = checkout.asked(order, amount=4200)
        # Another request read the order before the first one was accepted.
        second = replace(first, refund_id="op_" + "b" * 52)
        assert checkout.refunds.accept(second) == OrderChanged()
        assert checkout.refunds.get(second.refund_id) is None
        assert left(checkout, order) == 0

    def test_a_refund_of_more_than_the_order_of_an_older_version_is_not_accepted(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        # Such an order has never counted down.
        refund = replace(checkout.asked(order, amount=1), refund_id="op_" + "b" * 52, amount=4201)
        fresh = checkout.paid("k2")
        assert checkout.refunds.accept(replace(refund, order_id=fresh.order_id)) == OrderChanged()

    def test_an_order_that_may_yet_be_paid_is_asked_about_later(
        self, checkout: RefundingCheckout
    ) -> None:
        order = checkout.place()
        checkout.payments.next_answers = [LOST]
        checkout.deliver(checkout.message(order))
        assert checkout.now(order).status is OrderStatus.UNKNOWN
        refused = checkout.ask(order)
        assert isinstance(refused, RefundRefused)
        assert refused.why is WhyNotRefunded.NOT_PAID_YET

    def test_an_order_that_is_not_there_is_not_refunded(self, checkout: RefundingCheckout) -> None:
        missing = replace(checkout.place(), order_id="ord_" + "a" * 52)
        assert checkout.ask(missing) == NoSuchOrder()

    def test_an_erased_buyer_can_still_be_refunded(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        assert BuyerErasure(checkout.orders._model, ORDER_TABLE).erase(order.order_id) == Erased()
        refund = checkout.asked(order)
        assert checkout.work_on(refund)
        assert checkout.stored(refund).status is RefundStatus.REFUNDED


class TestRequesting:
    def test_a_refund_is_requested_once_and_its_proof_is_kept(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order, amount=1200)
        assert checkout.work_on(refund)
        assert checkout.work_on(refund)
        stored = checkout.stored(refund)
        assert (stored.status, stored.reference) == (RefundStatus.REFUNDED, "re_1")
        assert checkout.payments.refund_requests == [f"{refund.refund_id}:1"]
        assert left(checkout, order) == 3000

    def test_after_a_lost_answer_it_is_looked_up_and_not_requested_again(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [checkout.payments.give_back_then_hang]
        assert not checkout.work_on(refund)
        assert checkout.stored(refund).status is RefundStatus.UNKNOWN
        assert checkout.work_on(refund)
        assert checkout.stored(refund).status is RefundStatus.REFUNDED
        assert len(checkout.payments.refund_requests) == 1

    def test_what_is_not_found_is_repeated_under_the_same_key(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [LOST]
        checkout.work_on(refund)
        assert checkout.work_on(refund)
        assert checkout.payments.refund_requests == [f"{refund.refund_id}:1"] * 2

    def test_past_the_keys_retention_nothing_is_requested_again(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [LOST]
        checkout.work_on(refund)
        checkout.clock.time += 25 * HOUR
        assert checkout.work_on(refund)
        stored = checkout.stored(refund)
        assert (stored.status, stored.review_reason) == (
            RefundStatus.NEEDS_REVIEW,
            "key_retention_over",
        )
        assert len(checkout.payments.refund_requests) == 1
        assert left(checkout, order) == 0

    def test_a_known_no_gives_the_amount_back_once(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order, amount=1200)
        checkout.payments.next_refunds = [NotRefunded("charge_disputed")]
        assert checkout.work_on(refund)
        stored = checkout.stored(refund)
        assert (stored.status, stored.code) == (RefundStatus.NOT_REFUNDED, "charge_disputed")
        assert left(checkout, order) == 4200
        # The answer of the write was lost, and it is repeated.
        held = replace(stored, status=RefundStatus.REFUNDING)
        no = NotRefunded("charge_disputed")
        assert checkout.refund_outcomes.record_not_refunded(held, no, checkout.clock.now())
        assert left(checkout, order) == 4200

    def test_who_lost_the_claim_gives_nothing_back(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)

        def overtaken(asked: Refund) -> NotRefunded:
            checkout.clock.time += 60 * SECOND
            assert isinstance(
                checkout.refunds.claim(
                    asked.refund_id,
                    claim_id="another",
                    now=checkout.clock.now(),
                    lease_expires_at=checkout.clock.now() + 40 * SECOND,
                ),
                Refund,
            )
            return NotRefunded("late")

        checkout.payments.next_refunds = [overtaken]
        assert not checkout.work_on(refund)
        assert checkout.stored(refund).status is RefundStatus.REFUNDING
        assert left(checkout, order) == 0

    def test_a_no_to_a_repeated_request_is_no_verdict_where_keys_are_not_honoured(
        self, order: Order, checkout: RefundingCheckout
    ) -> None:
        checkout.without_look_up(keys=False)
        checkout.policy = replace(NO_KEYS, key_retention_seconds=1)
        settle = checkout.settle_refund
        policy = replace(settle.policy, charge=NO_KEYS)
        refund = replace(checkout.asked(order), attempt_claims=2)
        answer = policy.after_answer(refund, NotRefunded("already_refunded"), looked_up=False)
        assert answer == Unknown("answer_to_a_repeated_request")

    def test_other_money_than_asked_for_is_an_operators(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order, amount=1200)
        checkout.payments.next_refunds = [Refunded("re_9", 1201, "EUR")]
        assert checkout.work_on(refund)
        stored = checkout.stored(refund)
        assert (stored.review_reason, stored.reference) == ("refund_mismatch", "re_9")

    def test_refused_without_a_word_it_waits_out_a_blip_and_then_needs_an_operator(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [WORDLESS] * 3
        assert not checkout.work_on(refund)
        checkout.clock.time += 5 * 60 * SECOND
        assert not checkout.work_on(refund)
        checkout.clock.time += 11 * 60 * SECOND
        assert checkout.work_on(refund)
        assert checkout.stored(refund).review_reason == "refused_without_word"

    def test_after_a_restore_from_a_backup_the_first_request_is_looked_up_too(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        # Before the restore the same request was made, and the table has forgotten that.
        checkout.payments.give_back(replace(checkout.asked(order), refund_id=id_of(order)))
        checkout.clock.time += 2 * DAY
        checkout.policy = replace(checkout.policy, quarantine_before=checkout.clock.now() - DAY)
        assert checkout.work_on(checkout.asked(order))
        assert checkout.payments.refund_requests == []
        assert len(checkout.payments.refunds) == 1

    def test_another_payment_services_charge_is_not_refunded_here(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.name = "another"
        assert checkout.work_on(refund)
        assert checkout.stored(refund).review_reason == "other_service"
        assert checkout.payments.refund_requests == []

    def test_a_message_that_names_no_refund_becomes_a_dead_letter(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = replace(checkout.asked(order), refund_id="op_" + "b" * 52)
        assert not checkout.work_on(refund)
        assert set(checkout.queue.delays.values()) == {0}


def id_of(order: Order) -> str:
    return refund_id_for(order.order_id, "r1")


class TestProofAfterANo:
    def test_it_is_taken_off_once_more(self, checkout: RefundingCheckout, order: Order) -> None:
        refund = not_refunded(checkout, order, 1200)
        proof = Refunded("re_late", 1200, "EUR")
        assert checkout.refund_outcomes.record_refunded(refund, proof, checkout.clock.now())
        assert checkout.stored(refund).status is RefundStatus.REFUNDED
        assert left(checkout, order) == 3000

    def test_where_too_little_is_left_an_operator_is_called(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = not_refunded(checkout, order, 1200)
        checkout.asked(order, "r2")
        proof = Refunded("re_late", 1200, "EUR")
        assert not checkout.refund_outcomes.record_refunded(refund, proof, checkout.clock.now())
        stored = checkout.stored(refund)
        assert (stored.status, stored.reference) == (RefundStatus.NEEDS_REVIEW, "re_late")
        assert checkout.unsettled_refunds.count_in_review(0) == 1

    def test_while_an_operator_is_called_its_amount_is_taken_off(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund, other, proof = self.in_review(checkout, order)
        # The same proof comes again: the operator is called still.
        assert not checkout.refund_outcomes.record_refunded(refund, proof, checkout.clock.now())
        assert checkout.stored(refund).status is RefundStatus.NEEDS_REVIEW
        assert left(checkout, order) == 0
        checkout.payments.next_refunds = [NotRefunded("more_than_left")]
        checkout.work_on(other)
        assert left(checkout, order) == 3000

    @pytest.mark.parametrize(("refunded", "after"), [(True, 3000), (False, 4200)])
    def test_the_operators_verdict_counts_it_once(
        self, refunded: bool, after: int, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund, other, _ = self.in_review(checkout, order)
        self.judge(checkout, refund, refunded=refunded)
        checkout.payments.next_refunds = [NotRefunded("more_than_left")]
        checkout.work_on(other)
        assert left(checkout, order) == after

    def test_of_other_money_than_asked_for_it_is_taken_off_too(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = not_refunded(checkout, order, 1200)
        answer = Refunded("re_late", 1300, "EUR")
        decision = checkout.settle_refund.policy.after_answer(refund, answer, looked_up=True)
        assert checkout.settle_refund.store(refund, decision, deadline=checkout.clock.now())
        assert checkout.stored(refund).review_reason == "refund_mismatch"
        assert left(checkout, order) == 3000
        self.judge(checkout, refund, refunded=False)
        assert left(checkout, order) == 4200

    def test_a_look_up_from_before_a_known_no_calls_no_operator(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [RefundPending("re_1")]
        checkout.work_on(refund)
        seen, outcomes, now = checkout.stored(refund), checkout.refund_outcomes, 21 * DAY
        assert outcomes.record_not_refunded(seen, NotRefunded("expired_card"), now)
        assert not outcomes.record_review(seen, "processing_too_long", now)
        assert checkout.stored(refund).status is RefundStatus.NOT_REFUNDED

    @staticmethod
    def in_review(checkout: RefundingCheckout, order: Order) -> tuple[Refund, Refund, Refunded]:
        """A refund that went back after all, one of everything that was accepted before, proof."""
        refund, proof = not_refunded(checkout, order, 1200), Refunded("re_late", 1200, "EUR")
        other = checkout.asked(order, "r2")
        assert not checkout.refund_outcomes.record_refunded(refund, proof, checkout.clock.now())
        return refund, other, proof

    @staticmethod
    def judge(checkout: RefundingCheckout, refund: Refund, *, refunded: bool) -> None:
        """Let an operator say whether a refund went back."""
        stored, now = checkout.stored(refund), checkout.clock.now()
        settle = checkout.refund_outcomes.settle_by_verdict
        assert settle(stored, refunded=refunded, by="ann", why="asked the bank", now=now)


def not_refunded(checkout: RefundingCheckout, order: Order, amount: int) -> Refund:
    refund = checkout.asked(order, amount=amount)
    checkout.payments.next_refunds = [NotRefunded("no")]
    checkout.work_on(refund)
    return checkout.stored(refund)


class TestPending:
    def test_it_is_only_looked_up_and_succeeds(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [RefundPending("re_1")]
        assert checkout.work_on(refund)
        assert checkout.stored(refund).status is RefundStatus.PROCESSING
        assert checkout.work_on(refund)
        checkout.clock.time += HOUR
        checkout.payments.next_refund_look_ups = [
            RefundPending("re_1"),
            Refunded("re_1", 4200, "EUR"),
        ]
        assert checkout.reconcile_refunds() == 1
        checkout.clock.time += HOUR
        assert checkout.reconcile_refunds() == 1
        assert checkout.stored(refund).status is RefundStatus.REFUNDED
        assert len(checkout.payments.refund_requests) == 1

    def test_it_may_fail_days_later_and_gives_the_amount_back(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [RefundPending("re_1")]
        checkout.work_on(refund)
        checkout.clock.time += 3 * DAY
        checkout.payments.next_refund_look_ups = [NotRefunded("expired_card")]
        checkout.reconcile_refunds()
        assert checkout.stored(refund).code == "expired_card"
        assert left(checkout, order) == 4200

    def test_silence_about_it_is_no_verdict_until_it_lasts_too_long(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [RefundPending("re_1")]
        checkout.work_on(refund)
        checkout.clock.time += DAY
        checkout.payments.next_refund_look_ups = [NotFound(), LOST]
        checkout.reconcile_refunds()
        assert checkout.stored(refund).status is RefundStatus.PROCESSING
        checkout.clock.time += 21 * DAY
        checkout.reconcile_refunds()
        assert checkout.stored(refund).review_reason == "processing_too_long"


class TestStrays:
    def test_a_stray_is_refunded_by_its_own_charge_and_counts_against_nothing(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        order = checkout.with_stray(order)
        refund = checkout.asked(order, charge_id="ch_stray")
        assert (refund.charge_id, refund.amount) == ("ch_stray", 4200)
        assert left(checkout, order) == 4200
        assert checkout.work_on(refund)
        after = checkout.now(order)
        assert (after.status, after.stray_charges) == (OrderStatus.PAID, frozenset())
        assert after.is_refunded("ch_stray")
        assert checkout.orders.count_in_review(0) == 0
        assert left(checkout, order) == 4200

    def test_one_whose_currency_an_older_version_kept_as_it_was_spelled_is_refunded_too(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        spelled = Captured("ch_stray", 4200, "eur")
        checkout.orders.record_stray(order, 1, spelled, "stray_charge", checkout.clock.now())
        checkout.payments.next_refunds = [Refunded("re_1", 4200, "EUR")]
        refund = checkout.asked(order, charge_id="ch_stray")
        assert checkout.work_on(refund)
        assert checkout.stored(refund).status is RefundStatus.REFUNDED
        assert checkout.now(order).stray_charges == frozenset()

    def test_only_the_last_one_closes_the_review(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        order = checkout.with_stray(checkout.with_stray(order), "ch_other")
        checkout.work_on(checkout.asked(order, "r1", charge_id="ch_stray"))
        assert checkout.orders.count_in_review(0) == 1
        checkout.work_on(checkout.asked(order, "r2", charge_id="ch_other"))
        assert checkout.orders.count_in_review(0) == 0

    def test_a_declined_order_is_declined_again(self, checkout: RefundingCheckout) -> None:
        order = checkout.place()
        claimed = checkout.orders.claim(
            order.order_id,
            1,
            claim_id="c",
            now=checkout.clock.now(),
            lease_expires_at=checkout.clock.now() + 40 * SECOND,
            service=checkout.payments.name,
        ).order
        assert claimed is not None
        checkout.orders.record_decline(claimed, "no_funds", checkout.clock.now())
        order = checkout.with_stray(checkout.now(order))
        assert order.status is OrderStatus.NEEDS_REVIEW
        checkout.work_on(checkout.asked(order, charge_id="ch_stray"))
        after = checkout.now(order)
        assert (after.status, after.decline_code) == (OrderStatus.DECLINED, "no_funds")
        assert checkout.orders.count_in_review(0) == 0

    def test_one_of_an_attempt_that_something_may_come_of_awaits_a_verdict(
        self, checkout: RefundingCheckout
    ) -> None:
        order = changed_attempt(checkout)
        checkout.work_on(checkout.asked(order, charge_id="ch_stray"))
        after = checkout.now(order)
        assert (after.status, after.review_reason) == (OrderStatus.NEEDS_REVIEW, "stray_refunded")
        assert checkout.orders.count_in_review(0) == 1

    def test_it_is_refunded_once_at_a_time_and_as_a_whole(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        order = checkout.with_stray(order)
        in_part = checkout.ask(order, charge_id="ch_stray", amount=1)
        assert isinstance(in_part, RefundRefused)
        assert in_part.why is WhyNotRefunded.NOT_IN_PART
        first = checkout.asked(order, "r1", charge_id="ch_stray")
        second = checkout.ask(order, "r2", charge_id="ch_stray")
        assert isinstance(second, RefundRefused)
        assert second.why is WhyNotRefunded.NO_SUCH_STRAY
        other = replace(first, refund_id="op_" + "b" * 52)
        assert checkout.refunds.accept(other) == OrderChanged()

    def test_a_known_no_leaves_it_a_stray_that_can_be_refunded_again(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        order = checkout.with_stray(order)
        checkout.payments.next_refunds = [NotRefunded("no")]
        checkout.work_on(checkout.asked(order, "r1", charge_id="ch_stray"))
        assert checkout.now(order).stray_charges == order.stray_charges
        assert checkout.work_on(checkout.asked(order, "r2", charge_id="ch_stray"))
        assert checkout.now(order).stray_charges == frozenset()

    def test_one_that_had_been_refunded_before_is_gone_all_the_same(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        order = checkout.with_stray(order)
        already = NotRefunded("charge_already_refunded", already_refunded=True)
        checkout.payments.next_refunds = [already]
        refund = checkout.asked(order, charge_id="ch_stray")
        assert checkout.work_on(refund)
        assert checkout.stored(refund).status is RefundStatus.NOT_REFUNDED
        assert checkout.now(order).is_refunded("ch_stray")


class TestStraysThatPay:
    """An operator says that nothing went back of a stray charge, and then that it pays."""

    PROOF = Refunded("re_late", 4200, "EUR")

    @staticmethod
    def not_refunded(checkout: RefundingCheckout) -> Refund:
        """A refund of the stray charge of an order that is in review."""
        order = checkout.with_stray(checkout.place())
        refund = checkout.asked(order, charge_id="ch_stray")
        checkout.payments.next_refunds = [NotRefunded("no")]
        assert checkout.work_on(refund)
        return checkout.stored(refund)

    @staticmethod
    def pay(checkout: RefundingCheckout, refund: Refund) -> Order:
        order = checkout.orders.get(refund.order_id)
        assert order is not None
        paid = Verdict("ann", "the buyer keeps the goods", VerdictKind.PAID, "ch_stray")
        now = checkout.clock.now()
        result = checkout.orders.settle_by_verdict(order, paid, now, proofs=frozenset())
        assert isinstance(result, Changed)
        assert left(checkout, order) == 4200
        return result.order

    def test_what_went_back_all_the_same_is_not_left_to_refund(
        self, checkout: RefundingCheckout
    ) -> None:
        refund = self.not_refunded(checkout)
        order = self.pay(checkout, refund)
        now = checkout.clock.now()
        assert checkout.refund_outcomes.record_refunded(refund, self.PROOF, now)
        assert checkout.stored(refund).status is RefundStatus.REFUNDED
        assert left(checkout, order) == 0
        again = checkout.ask(order, "r2", amount=1)
        assert isinstance(again, RefundRefused)
        assert again.why is WhyNotRefunded.MORE_THAN_LEFT

    def test_what_is_returned_later_is_left_again(self, checkout: RefundingCheckout) -> None:
        refund = self.not_refunded(checkout)
        order = self.pay(checkout, refund)
        now = checkout.clock.now()
        checkout.refund_outcomes.record_refunded(refund, self.PROOF, now)
        refunded, returned = checkout.stored(refund), NotRefunded("returned_by_the_bank")
        assert checkout.refund_outcomes.record_returned(refunded, returned, now)
        assert (left(checkout, order), checkout.now(order).stray_charges) == (4200, frozenset())

    def test_a_hold_of_that_id_that_paid_nothing_is_a_stray_charge_still(
        self, checkout: RefundingCheckout
    ) -> None:
        refund = self.not_refunded(checkout)
        order = checkout.orders.by_id[refund.order_id]
        checkout.orders.by_id[order.order_id] = replace(order, charge_id="ch_stray")
        assert checkout.refund_outcomes.record_refunded(refund, self.PROOF, checkout.clock.now())
        assert checkout.now(order).is_refunded("ch_stray")

    def test_where_too_little_is_left_an_operator_is_called(
        self, checkout: RefundingCheckout
    ) -> None:
        refund = self.not_refunded(checkout)
        order = self.pay(checkout, refund)
        checkout.asked(order, "r2", amount=1)
        now = checkout.clock.now()
        assert not checkout.refund_outcomes.record_refunded(refund, self.PROOF, now)
        assert checkout.stored(refund).review_reason == "refunded_after_all"
        assert left(checkout, order) == 0
        TestProofAfterANo.judge(checkout, refund, refunded=False)
        assert left(checkout, order) == 4199

    def test_other_money_that_went_back_of_it_keeps_a_verdict_from_paying_by_it(
        self, checkout: RefundingCheckout
    ) -> None:
        refund = self.not_refunded(checkout)
        reason, now = "refund_mismatch", checkout.clock.now()
        assert checkout.refund_outcomes.record_review(refund, reason, now)
        assert checkout.orders.by_id[refund.order_id].is_being_refunded("ch_stray")

    def test_other_money_that_went_back_of_one_that_is_gone_needs_an_operator_too(
        self, checkout: RefundingCheckout
    ) -> None:
        refund = self.not_refunded(checkout)
        checkout.work_on(
            checkout.asked(checkout.orders.by_id[refund.order_id], "r2", charge_id="ch_stray")
        )
        reason, now = "refund_mismatch", checkout.clock.now()
        assert checkout.refund_outcomes.record_review(refund, reason, now)
        assert checkout.stored(refund).review_reason == reason

    def test_proof_that_meets_the_verdict_is_stored_later(
        self, checkout: RefundingCheckout, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refund = self.not_refunded(checkout)
        read = checkout.orders.get(refund.order_id)
        order = self.pay(checkout, refund)
        outcomes, now = checkout.refund_outcomes, checkout.clock.now()
        # The first look at the order is of before the verdict, those in the transaction are not.
        seen = iter([read, read])
        monkeypatch.setattr(
            outcomes._updates.orders,
            "get",
            lambda order_id: next(seen, None) or checkout.orders.get(order_id),
        )
        with pytest.raises(TimeoutError):
            outcomes.record_refunded(refund, self.PROOF, now)
        assert checkout.stored(refund).status is RefundStatus.NOT_REFUNDED
        assert outcomes.record_refunded(refund, self.PROOF, now)
        assert left(checkout, order) == 0


def changed_attempt(checkout: RefundingCheckout) -> Order:
    """An order whose second attempt is unclear, with a stray charge of the first."""
    order = checkout.place()
    checkout.orders.by_id[order.order_id] = replace(
        order,
        attempt=2,
        status=OrderStatus.UNKNOWN,
        attempt_claims=1,
        first_claimed_at=1,
        earlier_attempts=(EarlierAttempt(1, None, None, None),),
    )
    return checkout.with_stray(replace(checkout.now(order), attempt=1))


class TestReconciling:
    def test_a_refund_whose_message_was_lost_is_sent_again_under_a_body_of_its_own(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        assert checkout.reconcile_refunds() == 0
        checkout.clock.time += HOUR
        assert checkout.reconcile_refunds() == 1
        again = OperationMessage(order.order_id, refund.refund_id, 1)
        assert checkout.queue.sent[-1] == again
        assert checkout.work_on(refund, resend=1)
        assert checkout.unsettled_refunds.count(0) == 0

    def test_an_unclear_refund_is_looked_up_and_never_requested(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [checkout.payments.give_back_then_hang]
        checkout.work_on(refund)
        checkout.clock.time += HOUR
        assert checkout.reconcile_refunds() == 1
        assert checkout.stored(refund).status is RefundStatus.REFUNDED
        assert len(checkout.payments.refund_requests) == 1

    def test_what_it_does_not_find_is_left_to_the_queue(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [LOST]
        checkout.work_on(refund)
        checkout.clock.time += HOUR
        checkout.reconcile_refunds()
        assert len(checkout.payments.refund_requests) == 1
        assert checkout.queue.sent[-1] == OperationMessage(order.order_id, refund.refund_id, 1)
        assert checkout.stored(refund).attempt_claims == 1

    def test_without_keys_and_look_up_an_operator_is_called(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        checkout.without_look_up(keys=False)
        checkout.policy = NO_KEYS
        refund = checkout.asked(order)
        checkout.payments.next_refunds = [LOST]
        checkout.work_on(refund)
        checkout.clock.time += HOUR
        checkout.reconcile_refunds()
        assert checkout.stored(refund).review_reason == "key_retention_over"
        assert checkout.unsettled_refunds.count_in_review(0) == 1
        assert left(checkout, order) == 0

    def test_each_run_reports_levels(
        self, checkout: RefundingCheckout, order: Order, caplog: pytest.LogCaptureFixture
    ) -> None:
        checkout.asked(order, "r1", amount=1)
        checkout.payments.next_refunds = [Refunded("re_9", 9, "EUR")]
        checkout.work_on(checkout.asked(order, "r2", amount=2))
        checkout.clock.time += HOUR
        with caplog.at_level(logging.INFO):
            checkout.reconcile_refunds()
        [gauge] = [r for r in caplog.records if getattr(r, "event", "") == "refund_gauge"]
        levels = ("refunds_unsettled", "oldest_refund_seconds", "refunds_needing_review")
        assert [getattr(gauge, name) for name in levels] == [1, HOUR // SECOND, 1]

    def test_a_refund_is_no_order_to_the_reconciler_of_orders(
        self, checkout: RefundingCheckout, order: Order
    ) -> None:
        checkout.asked(order)
        checkout.clock.time += HOUR
        assert checkout.run_reconciler().orders_seen == 0


def test_a_refunds_message_is_in_its_orders_group_and_read_by_its_own_words() -> None:
    order_id, refund_id = "ord_" + "a" * 52, "op_" + "b" * 52
    message = OperationMessage(order_id, refund_id, 2)
    assert message.order_id == order_id
    assert OperationMessage.from_body(message.to_body()) == message
    assert OperationMessage.from_body(PaymentMessage(order_id, 1).to_body()) is None


def test_a_worker_without_refunds_returns_their_messages(checkout: RefundingCheckout) -> None:
    order = checkout.paid()
    refund = checkout.asked(order)
    processor = replace(checkout.processor, process_refund=None)
    body = OperationMessage(order.order_id, refund.refund_id).to_body()
    message = replace(checkout.message(order), body=body)
    again = processor([message], batch_id="b", deadline=checkout.clock.now() + HOUR)
    assert again == [message]
    assert checkout.stored(refund).status is RefundStatus.REQUESTED
