"""A run of the reconciler over refunds: what it asks, stores, sends again and reports."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_runtime.adapters.dynamodb_unsettled_refunds import DynamoDbUnsettledRefunds
from checkout_runtime.application.circuit_breaker import FAILURES_TO_OPEN, FIRST_PAUSE_SECONDS
from checkout_runtime.application.reconcile_refunds import _PAGE
from checkout_runtime.application.refund_records import RefundPage
from checkout_runtime.domain.operation_message import OperationMessage
from checkout_runtime.domain.outcomes import Unknown
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.application.settling_refunds import told
from tests.checkout_runtime.factories import HOUR, NO_KEYS, POLICY, SECOND
from tests.checkout_runtime.ledger_payments import LOST

TURN = POLICY.turn_seconds * SECOND


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


@pytest.fixture
def unclear(checkout: RefundingCheckout) -> Refund:
    """A refund whose answer was lost, and which is due."""
    refund = checkout.asked(checkout.paid())
    checkout.payments.next_refunds = [LOST]
    checkout.work_on(refund)
    checkout.clock.time += HOUR
    return refund


@pytest.fixture
def pending(checkout: RefundingCheckout) -> Refund:
    """A refund that the payment service decides in days, and which is to be looked up."""
    refund = checkout.asked(checkout.paid())
    checkout.payments.next_refunds = [RefundPending("re_1")]
    checkout.work_on(refund)
    checkout.clock.time += HOUR
    return refund


def let_look_ups_fail(checkout: RefundingCheckout) -> None:
    """The payment service's look-ups are down."""
    for _ in range(FAILURES_TO_OPEN):
        checkout.look_up_breaker.record(available=False, now=checkout.clock.now())


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each["event"] for each in told(caplog)]


def test_the_service_is_made_ready_before_anything_is_claimed(
    checkout: RefundingCheckout, unclear: Refund, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_secret() -> None:
        raise ConnectionError("no secret")

    monkeypatch.setattr(checkout.payments, "prepare", no_secret)
    before = checkout.stored(unclear)
    with pytest.raises(ConnectionError):
        checkout.reconcile_refunds()
    assert checkout.stored(unclear) == before


def test_a_run_ends_while_there_is_time_for_one_more_turn(
    checkout: RefundingCheckout, unclear: Refund
) -> None:
    assert checkout.reconcile_refunds(in_time=TURN - 1) == 0
    assert checkout.reconcile_refunds(in_time=TURN) == 1


def test_refunds_that_wait_behind_a_slow_one_are_left_to_the_next_run(
    checkout: RefundingCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("r1", "r2"):
        checkout.asked(checkout.paid(key), key)
    checkout.clock.time += HOUR
    send = checkout.queue.send

    def slowly(messages: list[Any]) -> list[Any]:
        checkout.clock.time += HOUR
        return send(messages)

    monkeypatch.setattr(checkout.queue, "send", slowly)
    assert checkout.reconcile_refunds() == 1


def test_every_page_of_every_lane_is_read(
    checkout: RefundingCheckout, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int, int, Any]] = []
    refunds = DynamoDbUnsettledRefunds

    def due(_: Any, lane: int, now: int, *, patience_ms: int, limit: int, after: Any) -> RefundPage:
        asked.append((lane, patience_ms, limit, after))
        assert len(asked) < 9, "the run does not end"
        return RefundPage([], "more" if after is None else None)  # type: ignore[arg-type]

    monkeypatch.setattr(refunds, "due", due)
    assert checkout.reconcile_refunds() == 0
    patience = 360 * SECOND
    assert asked == [(lane, patience, _PAGE, key) for lane in (0, 1) for key in (None, "more")]


def test_one_refunds_trouble_does_not_stop_the_others(
    checkout: RefundingCheckout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (checkout.asked(checkout.paid(key), key) for key in ("r1", "r2"))
    checkout.clock.time += HOUR
    begin = checkout.unsettled_refunds.begin_resend

    def fails(refund: Refund, now: int) -> Refund | None:
        if refund.refund_id == first.refund_id:
            raise ConnectionError
        return begin(refund, now)

    monkeypatch.setattr(checkout.unsettled_refunds, "begin_resend", fails)
    assert checkout.reconcile_refunds() == 1
    assert checkout.stored(second).resend == 1
    [failed] = [each for each in told(caplog) if each["event"] == "reconcile_failed"]
    assert failed["refund_id"] == first.refund_id


def test_a_lost_message_waits_while_look_ups_are_down(
    checkout: RefundingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    refund = checkout.asked(checkout.paid())
    checkout.clock.time += HOUR
    let_look_ups_fail(checkout)
    assert checkout.reconcile_refunds() == 0
    assert checkout.stored(refund).resend == 0
    checkout.clock.time += FIRST_PAUSE_SECONDS * SECOND
    assert checkout.reconcile_refunds() == 1
    [resent] = [each for each in told(caplog) if each["event"] == "refund_resent"]
    assert (resent["resend"], resent["refund_id"]) == (1, refund.refund_id)


@pytest.mark.parametrize("due", ["unclear", "pending"])
def test_a_service_that_is_down_is_asked_about_no_refund(
    due: str, checkout: RefundingCheckout, request: pytest.FixtureRequest
) -> None:
    before = checkout.stored(request.getfixturevalue(due))
    let_look_ups_fail(checkout)
    checkout.payments.next_refund_look_ups = [Refunded("re_1", 4200, "EUR")]
    assert checkout.reconcile_refunds() == 0
    assert checkout.stored(before) == before


def test_a_look_up_takes_the_claim_and_counts_as_no_request(
    checkout: RefundingCheckout, unclear: Refund, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    claim = checkout.refunds.claim

    def claiming(refund_id: str, **named: Any) -> Any:
        asked.append(named)
        return claim(refund_id, **named)

    monkeypatch.setattr(checkout.refunds, "claim", claiming)
    checkout.deliveries = 6
    assert checkout.reconcile_refunds() == 1
    now = checkout.clock.now()
    [named] = asked
    assert named == {
        "claim_id": f"run-7/{unclear.refund_id}",
        "now": now,
        "lease_expires_at": now + POLICY.lease_seconds * SECOND,
        "to_look_up": True,
    }
    stored = checkout.stored(unclear)
    assert (stored.attempt_claims, stored.status, stored.resend) == (1, RefundStatus.UNKNOWN, 1)


def test_a_no_that_is_looked_up_ends_it_though_only_one_request_was_ever_made(
    checkout: RefundingCheckout, unclear: Refund
) -> None:
    checkout.payments.next_refund_look_ups = [NotRefunded("no")]
    assert checkout.reconcile_refunds() == 1
    assert checkout.stored(unclear).status is RefundStatus.NOT_REFUNDED
    assert checkout.stored(unclear).resend == 0


@pytest.mark.parametrize("can_look_up", [True, False])
def test_a_refund_that_another_worker_has_by_now_is_left_to_it(
    checkout: RefundingCheckout,
    unclear: Refund,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    can_look_up: bool,
) -> None:
    if not can_look_up:
        checkout.payments.can_look_up_refunds = False
        checkout.policy = NO_KEYS
    page = checkout.unsettled_refunds.due

    def then_claimed(lane: int, now: int, **named: Any) -> RefundPage:
        found = page(lane, now, **named)
        for each in found.refunds:
            checkout.refunds.claim(
                each.refund_id, claim_id="worker", now=now, lease_expires_at=now + 40 * SECOND
            )
        return found

    monkeypatch.setattr(checkout.unsettled_refunds, "due", then_claimed)
    checkout.payments.next_refund_look_ups = [Refunded("re_1", 4200, "EUR")]
    assert checkout.reconcile_refunds() == 1
    assert "reconcile_failed" not in events(caplog)
    stored = checkout.stored(unclear)
    assert (stored.status, stored.claim_id) == (RefundStatus.REFUNDING, "worker")
    assert stored.resend == 0
    assert checkout.payments.next_refund_look_ups


def test_a_message_that_the_queue_does_not_take_is_told(
    checkout: RefundingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    order = checkout.paid()
    refund = checkout.asked(order)
    checkout.clock.time += HOUR
    checkout.queue.refused.add(order.order_id)
    checkout.reconcile_refunds()
    assert "refund_not_resent" in events(caplog)
    assert checkout.stored(refund).resend == 1


def test_a_refund_that_moved_on_is_not_sent_again(
    checkout: RefundingCheckout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checkout.asked(checkout.paid())
    checkout.clock.time += HOUR
    monkeypatch.setattr(checkout.unsettled_refunds, "begin_resend", lambda *_: None)
    before = list(checkout.queue.sent)
    assert checkout.reconcile_refunds() == 1
    assert checkout.queue.sent == before
    assert "reconcile_failed" not in events(caplog)


def test_one_that_was_sent_again_a_moment_ago_is_left_alone(checkout: RefundingCheckout) -> None:
    checkout.asked(checkout.paid())
    checkout.clock.time += HOUR
    assert [checkout.reconcile_refunds() for _ in range(2)] == [1, 0]


def test_what_was_claimed_and_not_requested_is_not_asked_about(
    checkout: RefundingCheckout,
) -> None:
    refund = checkout.asked(checkout.paid())
    now = checkout.clock.now()
    held = checkout.refunds.claim(
        refund.refund_id, claim_id="c", now=now, lease_expires_at=now + 40 * SECOND
    )
    assert isinstance(held, Refund)
    checkout.refund_outcomes.record_unknown(held, now, uncounted=True)
    checkout.clock.time += HOUR
    checkout.payments.next_refund_look_ups = [NotRefunded("no")]
    assert checkout.reconcile_refunds() == 1
    assert checkout.payments.next_refund_look_ups
    assert checkout.stored(refund).resend == 1


def test_an_operator_is_called_while_the_payment_service_is_down(
    checkout: RefundingCheckout, unclear: Refund
) -> None:
    checkout.payments.can_look_up_refunds = False
    checkout.policy = NO_KEYS
    let_look_ups_fail(checkout)
    assert checkout.reconcile_refunds() == 1
    assert checkout.stored(unclear).review_reason == "key_retention_over"


@pytest.mark.parametrize("can_look_up", [True, False])
def test_one_that_is_decided_in_days_needs_no_claim_to_be_an_operators(
    checkout: RefundingCheckout, pending: Refund, *, can_look_up: bool
) -> None:
    checkout.payments.can_look_up_refunds = can_look_up
    checkout.clock.time += POLICY.processing_seconds * SECOND
    checkout.payments.next_refund_look_ups = [Unknown("timeout")]
    epoch = checkout.stored(pending).claim_epoch
    assert checkout.reconcile_refunds() == 1
    stored = checkout.stored(pending)
    assert (stored.review_reason, stored.claim_epoch) == ("processing_too_long", epoch)


def test_the_message_is_the_orders_with_the_next_ordinal(checkout: RefundingCheckout) -> None:
    refund = checkout.asked(checkout.paid())
    checkout.clock.time += HOUR
    checkout.reconcile_refunds()
    assert checkout.queue.sent[-1] == OperationMessage(refund.order_id, refund.refund_id, 1)
