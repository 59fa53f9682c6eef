"""Each decision about a refund is stored, and told as what it is."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.application.order_records import Refusal
from checkout_runtime.domain.charging import ChargePolicy
from checkout_runtime.domain.decisions import NeedsReview, StillProcessing
from checkout_runtime.domain.outcomes import NotFound
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    RefundDecision,
    Refunded,
    RefundMismatched,
)
from tests.checkout_runtime.application.settling_refunds import (
    BLIP,
    DAY,
    NO,
    PENDING,
    PROOF,
    WORDLESS,
    Settling,
    claimed,
    told,
)
from tests.checkout_runtime.factories import (
    DEADLINE,
    HOUR,
    NO_KEYS,
    NOW,
    POLICY,
    SECOND,
)
from tests.checkout_runtime.ledger_payments import LOST


@pytest.fixture
def settling() -> Settling:
    return Settling()


@pytest.mark.parametrize("can_look_up", [True, False])
def test_what_only_an_operator_will_learn_about_raises_the_alarm_at_once(
    settling: Settling, caplog: pytest.LogCaptureFixture, *, can_look_up: bool
) -> None:
    caplog.set_level(logging.INFO)
    settling.service.can_look_up_refunds = can_look_up
    assert settling.settle.store(claimed(), PENDING, deadline=DEADLINE)
    due = NOW + 5 * 60 * SECOND
    assert settling.stored.only == ("processing", (due, NOW), {"reference": "re_1"})
    alarms = [each for each in told(caplog) if each["event"] == "answer_without_word"]
    assert [each["reason"] for each in alarms] == ["processing_without_look_up"] * (not can_look_up)


@pytest.mark.parametrize(
    ("decision", "call", "event"),
    [
        (PENDING, "processing", ("INFO", "refund_processing", None)),
        (NO, "not_refunded", ("WARNING", "refund_failed", None)),
        (
            RefundMismatched(PROOF),
            "review",
            ("ERROR", "refund_needs_review", "refund_mismatch"),
        ),
        (NeedsReview("by_hand"), "review", ("ERROR", "refund_needs_review", "by_hand")),
    ],
)
@pytest.mark.parametrize("succeeds", [True, False])
def test_what_needs_the_claim_is_told_as_what_it_is_or_as_a_lost_claim(
    decision: RefundDecision,
    call: str,
    event: tuple[str, str, str | None],
    settling: Settling,
    caplog: pytest.LogCaptureFixture,
    *,
    succeeds: bool,
) -> None:
    caplog.set_level(logging.INFO)
    settling.stored.succeeds = succeeds
    assert settling.settle.store(claimed(), decision, deadline=DEADLINE) is succeeds
    name, _, named = settling.stored.only
    assert name == call
    assert named.get("uncounted", False) is False
    [record] = told(caplog)
    if succeeds:
        assert (record["levelname"], record["event"], record.get("reason")) == event
        assert record.get("code") == ("no" if decision is NO else None)
    else:
        assert (record["levelname"], record["event"]) == ("WARNING", "claim_lost")
        assert record["would_be"] == event[1]


def test_a_known_no_of_a_service_that_cannot_be_asked_is_no_alarm(
    settling: Settling, caplog: pytest.LogCaptureFixture
) -> None:
    settling.service.can_look_up_refunds = False
    assert settling.settle.store(claimed(), NO, deadline=DEADLINE)
    assert [each["event"] for each in told(caplog)] == ["refund_failed"]


def test_proof_that_the_order_has_no_money_for_is_an_operators(
    settling: Settling, caplog: pytest.LogCaptureFixture
) -> None:
    settling.stored.succeeds = False
    assert settling.settle.store(claimed(), PROOF, deadline=DEADLINE)
    [record] = told(caplog)
    assert (record["levelname"], record["event"]) == ("ERROR", "refund_needs_review")
    assert (record["reason"], record["reference"]) == ("refunded_after_all", "re_1")


def test_proof_is_stored_though_the_table_fails_at_first(
    settling: Settling, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = [ConnectionError(), ConnectionError()]
    stored: list[int] = []

    def record_refunded(_: Refund, __: Refunded, now: int) -> bool:
        stored.append(now)
        if failures:
            raise failures.pop()
        return True

    monkeypatch.setattr(settling.stored, "record_refunded", record_refunded, raising=False)
    assert settling.settle.store(claimed(), PROOF, deadline=NOW + HOUR)
    assert stored == [NOW] * 3  # A repeated write knows its own result.
    assert [each["event"] for each in told(caplog)] == ["proof_not_stored_yet"] * 2


def test_silence_about_what_is_decided_in_days_is_told_after_a_day(
    settling: Settling, caplog: pytest.LogCaptureFixture
) -> None:
    refund = claimed(status=RefundStatus.PROCESSING, processing_since=NOW - HOUR)
    silence = StillProcessing("timeout")
    assert settling.settle.store(refund, silence, deadline=DEADLINE)
    now, due = NOW, NOW + HOUR
    unanswered = Refusal("timeout", NOW)
    assert settling.stored.only == ("processing", (due, now), {"unanswered": unanswered})
    assert told(caplog) == []
    settling.settle.store(replace(refund, refused_since=NOW - DAY), silence, deadline=DEADLINE)
    [alarm] = told(caplog)
    assert alarm["reason"] == "processing_unanswered:timeout"


def test_since_when_the_service_refuses_is_kept(settling: Settling) -> None:
    settling.settle.store(claimed(refused_since=BLIP), WORDLESS, deadline=DEADLINE)
    assert settling.stored.only[2]["refusal"] == Refusal("http_404", BLIP)


class TestProofThatMeetsANo:
    """A worker slept with proof, and meanwhile another one learned that nothing went back."""

    STORED = claimed(2, status=RefundStatus.NOT_REFUNDED, code="no", settled_at=NOW + HOUR)

    @pytest.fixture
    def meeting(self, settling: Settling, monkeypatch: pytest.MonkeyPatch) -> Settling:
        def record_refunded(refund: Refund, refunded: Refunded, now: int) -> bool | Refund:
            if refund.settled_at != self.STORED.settled_at:
                return self.STORED
            settling.stored.calls.append(("refunded", (refunded, now), {}))
            return True

        monkeypatch.setattr(settling.stored, "record_refunded", record_refunded, raising=False)
        return settling

    @pytest.mark.parametrize("policy", [POLICY, NO_KEYS])
    def test_it_is_not_believed_where_the_service_says_no_again(
        self, policy: ChargePolicy, meeting: Settling, caplog: pytest.LogCaptureFixture
    ) -> None:
        meeting.policy = policy
        meeting.says(found=NO)
        assert meeting.settle.store(claimed(), PROOF, deadline=DEADLINE)
        assert meeting.stored.calls == []
        [record] = told(caplog)
        assert (record["levelname"], record["event"]) == ("ERROR", "refund_returned")
        assert record["code"] == "no"

    @pytest.mark.parametrize("can_look_up", [True, False])
    def test_it_counts_where_the_service_confirms_it_or_cannot_be_asked(
        self, meeting: Settling, *, can_look_up: bool
    ) -> None:
        meeting.service.can_look_up_refunds = can_look_up
        meeting.says(found=replace(PROOF, reference="re_2") if can_look_up else NO)
        assert meeting.settle.store(claimed(), PROOF, deadline=DEADLINE)
        event, (proof, _), _ = meeting.stored.only
        assert (event, proof.reference) == ("refunded", "re_2" if can_look_up else "re_1")

    def test_other_money_than_was_asked_for_is_an_operators(self, meeting: Settling) -> None:
        meeting.says(found=replace(PROOF, amount=1300))
        assert meeting.settle.store(claimed(), PROOF, deadline=DEADLINE)
        assert meeting.stored.only[1][0] == "refund_mismatch"

    @pytest.mark.parametrize("found", [LOST, PENDING, NotFound()])
    @pytest.mark.parametrize("succeeds", [True, False])
    def test_an_operator_is_called_where_the_service_says_neither(
        self,
        found: Any,
        meeting: Settling,
        caplog: pytest.LogCaptureFixture,
        *,
        succeeds: bool,
    ) -> None:
        """Nobody else asks about a refund that is known as not refunded."""
        meeting.stored.succeeds = succeeds
        meeting.says(found=found)
        assert meeting.settle.store(claimed(), PROOF, deadline=DEADLINE)
        review = ("review", ("refunded_after_all", NOW), {"reference": "re_1"})
        assert meeting.stored.only == review
        event = ("ERROR", "refund_needs_review") if succeeds else ("WARNING", "claim_lost")
        record = told(caplog)[-1]
        assert (record["levelname"], record["event"]) == event
        assert (record["reason"], record["reference"]) == ("refunded_after_all", "re_1")
