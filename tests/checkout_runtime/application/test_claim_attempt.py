"""An attempt is opened before it is claimed, and only what the table names is ever charged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from checkout_runtime.application.circuit_breaker import FAILURES_TO_OPEN
from checkout_runtime.application.order_records import Changed, Verdict, VerdictKind
from checkout_runtime.application.release_order import ReleaseOrder
from checkout_runtime.application.settle_by_verdict import SettleByVerdict, Settled
from checkout_runtime.application.start_payment_attempt import StartPaymentAttempt
from checkout_runtime.domain.order import Order, OrderStatus
from checkout_runtime.domain.outcomes import Declined, NotCharged, NotFound, Opened, Unknown
from checkout_runtime.domain.record import replace
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import BUYER, HOUR, POLICY, SECOND, SERVICE, new_order
from tests.checkout_runtime.ledger_payments import LOST, LedgerPayments

LEASE = POLICY.lease_seconds * SECOND


@dataclass
class OpeningPayments(LedgerPayments):
    """A payment service that opens an attempt afresh for each request to open one."""

    opened: list[str] = field(default_factory=list)
    abandoned: list[str] = field(default_factory=list)
    next_openings: list[NotCharged | Unknown] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    """What others do between the opening and the claim of the one who opened."""
    charged: list[str | None] = field(default_factory=list)

    def open(self, order: Order) -> Opened | NotCharged | Unknown:
        answer: Opened | NotCharged | Unknown
        if self.next_openings:
            answer = self.next_openings.pop(0)
        else:
            answer = Opened(f"pi_{len(self.opened) + 1}")
            self.opened.append(answer.reference)
        if self.meanwhile:
            self.meanwhile.pop()()
        return answer

    def abandon(self, reference: str) -> None:
        self.abandoned.append(reference)

    def charge(self, order: Order):  # type: ignore[no-untyped-def]
        self.charged.append(order.payment_reference)
        return super().charge(order)


@pytest.fixture
def payments() -> OpeningPayments:
    return OpeningPayments()


@pytest.fixture
def checkout(payments: OpeningPayments) -> Checkout:
    return Checkout(payments=payments, intents=payments)


def test_an_attempt_is_opened_claimed_under_its_reference_and_charged(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    assert checkout.deliver(checkout.message(order)) == []
    paid = checkout.now(order)
    assert (paid.status, paid.payment_reference) == (OrderStatus.PAID, "pi_1")
    assert payments.charged == ["pi_1"]
    assert payments.abandoned == []


@pytest.mark.parametrize("later", [False, True])
def test_what_is_never_opened_holds_its_buyer_until_the_refusal_is_no_blip(
    later: bool, checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    refused = Unknown("http_409" if later else "http_404", without_word=not later, later=later)
    payments.next_openings = [refused] * 2
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order).status is OrderStatus.UNKNOWN
    assert checkout.now(order).attempt_claims == 0
    payments.next_openings = [refused]
    checkout.clock.time += (15 * 60 if later else POLICY.lease_seconds) * SECOND - 1
    assert checkout.deliver(checkout.message(order)) != []
    payments.next_openings = [refused]
    checkout.clock.time += 1
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).decline_code == "refused_without_word"
    assert payments.charged == []


def test_a_retry_opens_nothing_and_looks_up_what_was_opened(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_answers = [LOST]
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.deliver(checkout.message(order, receives=2)) == []
    assert payments.opened == ["pi_1"]
    assert payments.look_ups == ["pi_1"]
    assert payments.charged == ["pi_1", "pi_1"]


def test_a_worker_that_slept_through_its_claim_opens_nothing_anew(
    checkout: Checkout, payments: OpeningPayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = checkout.place()
    payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    claim = checkout.orders.claim

    def sleep_after_the_claim(*args, **kwargs):  # type: ignore[no-untyped-def]
        result = claim(*args, **kwargs)
        checkout.clock.time += LEASE
        return result

    monkeypatch.setattr(checkout.orders, "claim", sleep_after_the_claim)
    assert checkout.deliver(checkout.message(order)) != []
    assert (payments.opened, payments.charged) == (["pi_1"], ["pi_1"])


def test_of_two_workers_that_open_the_same_attempt_one_is_charged_and_the_other_gives_up(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.meanwhile = [lambda: checkout.deliver(checkout.message(order))]
    checkout.deliver(checkout.message(order))
    assert payments.opened == ["pi_1", "pi_2"]
    assert payments.charged == ["pi_2"]
    assert payments.abandoned == ["pi_1"]
    assert checkout.now(order).payment_reference == "pi_2"


def test_who_opened_while_another_worker_opened_and_died_goes_on_with_what_is_stored(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()

    def another_dies_after_its_claim() -> None:
        now = checkout.clock.now()
        checkout.orders.claim(
            order.order_id,
            1,
            claim_id="dead",
            now=now,
            lease_expires_at=now + LEASE,
            service=SERVICE,
            opened_as="pi_dead",
        )
        checkout.clock.time += LEASE

    payments.meanwhile = [another_dies_after_its_claim]
    assert checkout.deliver(checkout.message(order)) == []
    assert payments.abandoned == ["pi_1"]
    assert payments.look_ups == ["pi_dead"]
    assert payments.charged == ["pi_dead"]


def test_a_claim_whose_answer_was_lost_gives_nothing_up(
    checkout: Checkout, payments: OpeningPayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = checkout.place()
    real = checkout.orders.claim

    def lose_the_answer(*args, **kwargs):  # type: ignore[no-untyped-def]
        result = real(*args, **kwargs)
        if kwargs["opened_as"] is not None:
            raise ConnectionError("no answer")
        return result

    with monkeypatch.context() as patched:
        patched.setattr(checkout.orders, "claim", lose_the_answer)
        assert checkout.deliver(checkout.message(order)) != []
    assert payments.abandoned == []
    checkout.clock.time += LEASE
    assert checkout.deliver(checkout.message(order)) == []
    assert payments.charged == ["pi_1"]


def test_what_cannot_be_opened_is_declined_without_a_charge(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_openings = [NotCharged("no_such_payment_method")]
    assert checkout.deliver(checkout.message(order)) == []
    declined = checkout.now(order)
    assert (declined.status, declined.decline_code) == (
        OrderStatus.DECLINED,
        "no_such_payment_method",
    )
    assert payments.charged == []


def test_an_opening_that_is_not_answered_leaves_the_order_as_it_is_and_its_message_queued(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_openings = [LOST]
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order) == order
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.PAID


def test_openings_that_are_not_answered_open_the_circuit_breaker(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_openings = [LOST] * 100
    for _ in range(20):
        checkout.deliver(checkout.message(order))
    assert len(payments.next_openings) > 80
    assert checkout.breaker.is_open(checkout.clock.now())


def test_nothing_is_opened_under_a_live_lease(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    now = checkout.clock.now()
    checkout.orders.claim(
        order.order_id,
        1,
        claim_id="x",
        now=now,
        service=SERVICE,
        lease_expires_at=now + LEASE,
        to_look_up=True,
    )
    assert checkout.deliver(checkout.message(order)) != []
    assert payments.opened == []


def test_a_lease_that_a_wrong_clock_wrote_does_not_keep_the_attempt_closed(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    ahead = checkout.clock.now() + 1000 * HOUR
    checkout.orders.claim(
        order.order_id,
        1,
        claim_id="x",
        now=ahead,
        service=SERVICE,
        lease_expires_at=ahead + LEASE,
        to_look_up=True,
    )
    assert checkout.deliver(checkout.message(order)) == []
    assert payments.charged == ["pi_1"]


@pytest.mark.parametrize("settled", [OrderStatus.PAID, OrderStatus.DECLINED])
def test_nothing_is_opened_for_an_attempt_that_is_settled(
    settled: OrderStatus, checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_answers = [Declined("no_funds")] if settled is OrderStatus.DECLINED else []
    checkout.deliver(checkout.message(order))
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is settled
    assert payments.opened == ["pi_1"]


def test_nothing_is_opened_for_an_order_that_is_not_there(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    message = checkout.message(order)
    del checkout.orders.by_id[order.order_id]
    assert checkout.deliver(message) != []
    assert payments.opened == []


def test_an_order_restored_from_a_backup_is_not_opened_again(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    """What was opened and charged between the backup and its restoration is not in the table."""
    order = checkout.place()
    checkout.policy = replace(POLICY, quarantine_before=checkout.clock.now() + 1)
    assert checkout.deliver(checkout.message(order)) == []
    review = checkout.now(order)
    assert (review.status, review.review_reason) == (
        OrderStatus.NEEDS_REVIEW,
        "restored_from_backup",
    )
    assert payments.opened == []


@pytest.mark.parametrize("hours", [0, 30])
def test_a_person_who_releases_an_order_from_a_backup_lets_it_be_opened(
    hours: int, checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    checkout.policy = replace(POLICY, quarantine_before=checkout.clock.now() + 1)
    checkout.deliver(checkout.message(order))
    checkout.clock.time += hours * HOUR + LEASE
    release = ReleaseOrder(checkout.orders, payments, checkout.clock, checkout.policy)
    assert isinstance(release(checkout.now(order)), Order)
    payments.next_answers = [LOST]
    assert checkout.deliver(checkout.message(order)) != []
    # Retention counts from the request that was made, not from the claim that made none.
    assert checkout.deliver(checkout.message(order, receives=2)) == []
    assert checkout.now(order).status is OrderStatus.PAID
    assert payments.charged == ["pi_1", "pi_1"]


@pytest.mark.parametrize("reason", ["restored_from_backup", "claimed_unopened"])
def test_what_was_never_opened_is_declined_without_a_cancellation(
    reason: str, checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    checkout.policy = replace(POLICY, quarantine_before=checkout.clock.now() + 1)
    checkout.deliver(checkout.message(order))
    checkout.clock.time += LEASE
    stored = replace(checkout.now(order), review_reason=reason, attempt_claims=1)
    checkout.orders.by_id[order.order_id] = replace(stored, first_claimed_at=stored.accepted_at)
    payments.can_cancel, payments.cancelled = True, Unknown("not_opened")
    shown, done = decline_by_verdict(checkout, order)
    # What a version before claimed may have been requested elsewhere.
    expected = {
        "restored_from_backup": ("would settle", "settled"),
        "claimed_unopened": ("refused", "refused"),
    }
    assert (shown.done, done.done) == expected[reason]
    assert payments.cancels == []


def test_what_was_opened_is_cancelled_before_it_is_declined(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    in_review = replace(checkout.now(order), status=OrderStatus.NEEDS_REVIEW)
    checkout.orders.by_id[order.order_id] = in_review
    checkout.clock.time += LEASE
    payments.can_cancel = True
    _, done = decline_by_verdict(checkout, order)
    assert (done.done, payments.cancels) == ("settled", ["pi_1"])


def decline_by_verdict(checkout: Checkout, order: Order) -> tuple[Settled, Settled]:
    """What an operator is shown of a decline, and what comes of it."""
    settle = SettleByVerdict(
        checkout.orders, checkout.payments, checkout.clock, checkout.policy, opens_attempts=True
    )
    verdict = Verdict("ops", "asked", VerdictKind.DECLINED)
    shown = settle(order.order_id, verdict, seen=None, dry_run=True)
    return shown, settle(order.order_id, verdict, seen=shown.seen, dry_run=False)


def test_an_attempt_that_another_payment_service_may_have_charged_is_not_opened(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = requested_without_an_opening(checkout, payments)
    payments.name = "another"
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).review_reason == "other_service"
    assert payments.opened == []
    checkout.clock.time += LEASE
    assert [each.done for each in decline_by_verdict(checkout, order)] == ["refused"] * 2


def test_an_attempt_that_was_claimed_for_a_service_without_a_name_is_not_opened(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    """An older version stored no name: it may have been another payment service."""
    order = requested_without_an_opening(checkout, payments)
    unnamed = replace(checkout.now(order), payment_service=None)
    checkout.orders.by_id[order.order_id] = unnamed
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).review_reason == "claimed_unopened"
    assert payments.opened == []


def test_an_attempt_whose_worker_died_before_it_said_that_it_cannot_be_opened_is_opened_again(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    """Nothing is charged here but what was opened, and nothing was."""
    order = requested_without_an_opening(checkout, payments)
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.PAID
    assert payments.opened == ["pi_1"]


def second_attempt_that_waits(
    checkout: Checkout, payments: OpeningPayments, said: Unknown | NotFound
) -> Order:
    """An order whose second attempt is not requested, by what is said of the first."""
    order = checkout.place()
    payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order))
    start = StartPaymentAttempt(checkout.orders, checkout.clock, 3)
    start(BUYER, order.order_id, replaces=1, payment_method="pm_2")
    payments.next_look_ups = [said]
    checkout.deliver(checkout.message(order, attempt=2))
    return checkout.now(order)


def test_who_opened_an_attempt_is_remembered_where_nothing_was_requested(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    """Another payment service does not know what it opened."""
    waiting = second_attempt_that_waits(checkout, payments, LOST)
    assert (waiting.payment_reference, waiting.attempt_claims) == ("pi_2", 0)
    checkout.intents, payments.name = None, "another"
    assert checkout.deliver(checkout.message(waiting, attempt=2)) == []
    assert checkout.now(waiting).review_reason == "other_service"
    assert checkout.now(waiting).payment_service == SERVICE


def test_where_nothing_was_opened_or_requested_another_service_may_be_asked(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    checkout.intents = None
    waiting = second_attempt_that_waits(checkout, payments, LOST)
    assert (waiting.payment_service, waiting.attempt_claims) == (None, 0)
    assert waiting.earlier_attempts[0].service == SERVICE


def test_the_next_attempt_waits_while_the_one_before_is_neither_found_nor_cancelled(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    """It was opened: a worker that slept may confirm it yet."""
    payments.can_cancel, payments.cancelled = True, NotFound()
    waiting = second_attempt_that_waits(checkout, payments, NotFound())
    assert waiting.status is OrderStatus.UNKNOWN
    assert payments.charged == ["pi_1"]


def requested_without_an_opening(checkout: Checkout, payments: OpeningPayments) -> Order:
    """An order whose claim stored no reference."""
    checkout.intents = None
    order = checkout.place()
    payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    checkout.intents = payments
    return order


def test_an_attempt_that_was_opened_elsewhere_is_not_charged_by_key(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_answers = [LOST]
    checkout.deliver(checkout.message(order))
    checkout.intents = None
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).review_reason == "opened_at_another_service"
    assert payments.charged == ["pi_1"]


def test_the_next_attempt_is_opened_anew(checkout: Checkout, payments: OpeningPayments) -> None:
    order = checkout.place()
    payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order))
    checkout.orders.start_attempt(
        order.order_id,
        order.principal,
        replaces=1,
        payment_method="pm_2",
        max_attempts=3,
        now=checkout.clock.now(),
    )
    assert checkout.deliver(checkout.message(order, attempt=2)) == []
    assert payments.charged == ["pi_1", "pi_2"]
    assert checkout.now(order).status is OrderStatus.PAID


def test_what_another_worker_opened_meanwhile_is_charged_though_this_one_was_refused(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()

    def another_dies_after_its_claim() -> None:
        claim_for(checkout, order, opened_as="pi_dead")
        checkout.clock.time += LEASE

    payments.next_openings = [NotCharged("no_such_card")]
    payments.meanwhile = [another_dies_after_its_claim]
    assert checkout.deliver(checkout.message(order)) == []
    assert checkout.now(order).status is OrderStatus.PAID
    assert payments.charged == ["pi_dead"]


def test_a_refused_opening_declines_nothing_under_the_claim_of_another_worker(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_openings = [NotCharged("no_such_card")]
    payments.meanwhile = [lambda: claim_for(checkout, order)]
    assert checkout.deliver(checkout.message(order)) != []
    assert checkout.now(order).status is OrderStatus.CHARGING


def test_nothing_is_opened_for_a_message_of_an_earlier_attempt(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_openings = [NotCharged("no_such_card")]
    checkout.deliver(checkout.message(order))
    start_second(checkout, order)
    assert checkout.deliver(checkout.message(order, attempt=1)) == []
    assert payments.opened == []
    assert checkout.now(order).status is OrderStatus.PENDING


def test_nothing_is_opened_again_for_an_attempt_that_could_not_be_opened(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.next_openings = [NotCharged("no_such_card")]
    checkout.deliver(checkout.message(order))
    assert checkout.deliver(checkout.message(order)) == []
    assert payments.opened == []


def test_a_message_that_names_no_order_is_visible_again_at_once(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    message = checkout.message(new_order("nowhere"))
    assert checkout.deliver(message) == [message.message_id]
    assert checkout.queue.delays == {message.receipt_handle: 0}
    assert payments.opened == []


def test_nothing_is_opened_for_an_order_in_review(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    now = checkout.clock.now()
    claimed = checkout.orders.claim(
        order.order_id,
        1,
        claim_id="r",
        now=now,
        service=SERVICE,
        lease_expires_at=now + LEASE,
        to_look_up=True,
    )
    assert isinstance(claimed, Changed)
    checkout.orders.record_review(claimed.order, "never_tried", now)
    assert checkout.deliver(checkout.message(order)) == []
    assert payments.opened == []


def test_nothing_is_opened_under_the_longest_lease_that_a_clock_can_write(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    now = checkout.clock.now()
    checkout.orders.claim(
        order.order_id,
        1,
        claim_id="ahead",
        now=now,
        service=SERVICE,
        lease_expires_at=now + 2 * LEASE,
    )
    assert checkout.deliver(checkout.message(order)) != []
    assert payments.opened == []


def test_openings_that_are_answered_without_a_word_leave_the_circuit_breaker_closed(
    checkout: Checkout, payments: OpeningPayments, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    payments.next_openings = [Unknown("a riddle")] * FAILURES_TO_OPEN
    for number in range(FAILURES_TO_OPEN):
        checkout.deliver(checkout.message(checkout.place(str(number))))
    assert not checkout.breaker.is_open(checkout.clock.now())
    reasons = [vars(r)["reason"] for r in caplog.records if r.message == "message_handed_back"]
    assert reasons == ["not_opened:a riddle"] * FAILURES_TO_OPEN


def test_openings_that_work_do_not_hide_that_charging_is_down(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    payments.next_answers = [LOST] * FAILURES_TO_OPEN
    for number in range(FAILURES_TO_OPEN):
        checkout.deliver(checkout.message(checkout.place(str(number))))
    assert len(payments.opened) == FAILURES_TO_OPEN
    assert checkout.breaker.is_open(checkout.clock.now())


def test_openings_that_are_not_answered_count_as_an_outage(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    payments.next_openings = [LOST] * FAILURES_TO_OPEN
    for number in range(FAILURES_TO_OPEN):
        checkout.deliver(checkout.message(checkout.place(str(number))))
    assert checkout.breaker.is_open(checkout.clock.now())


def test_what_was_opened_for_an_order_that_is_gone_is_abandoned(
    checkout: Checkout, payments: OpeningPayments
) -> None:
    order = checkout.place()
    payments.meanwhile = [lambda: checkout.orders.by_id.pop(order.order_id)]
    checkout.deliver(checkout.message(order))
    assert payments.abandoned == ["pi_1"]
    assert payments.charged == []


def claim_for(checkout: Checkout, order: Order, opened_as: str | None = None) -> None:
    """Let another worker take the claim."""
    now = checkout.clock.now()
    checkout.orders.claim(
        order.order_id,
        1,
        claim_id="another",
        now=now,
        service=SERVICE,
        lease_expires_at=now + LEASE,
        opened_as=opened_as,
    )


def start_second(checkout: Checkout, order: Order) -> None:
    """Let the buyer pay by another method."""
    checkout.orders.start_attempt(
        order.order_id,
        BUYER,
        replaces=1,
        payment_method="pm_2",
        max_attempts=3,
        now=checkout.clock.now(),
    )
