"""What is asked, requested and stored about one claimed refund."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from checkout_runtime.domain.decisions import NeedsReview, StillProcessing
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import (
    NotRefunded,
    RefundDecision,
    Refunded,
    RefundLookUp,
    RefundMismatched,
    RefundPending,
)
from tests.checkout_runtime.application.settling_refunds import (
    BLIP,
    DAY,
    NO,
    NOT_US,
    PENDING,
    PROOF,
    WORDLESS,
    Settling,
    claimed,
    told,
)
from tests.checkout_runtime.factories import (
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


@pytest.fixture
def blind(settling: Settling) -> Settling:
    """Of a payment service that cannot be asked."""
    settling.service.can_look_up_refunds = False
    return settling


class TestRequests:
    def test_a_first_claim_requests_and_looks_nothing_up(
        self, settling: Settling, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)

        def slowly(_: Refund) -> Refunded:
            settling.clock.time += 700
            return PROOF

        settling.says(slowly, found=NO)
        assert settling.turn(claimed())
        assert settling.stored.only == ("refunded", (PROOF, NOW + 700), {})
        answered, done = told(caplog)
        assert (answered["event"], answered["answer"]) == ("refund_answered", "Refunded")
        assert (answered["refund_ms"], answered["reference"]) == (700, "re_1")
        assert (answered["refund_id"], answered["order_id"]) == ("op_a", "ord_a")
        assert (done["event"], done["reference"]) == ("order_refunded", "re_1")
        assert (done["levelname"], done["refund_id"]) == ("INFO", "op_a")

    @pytest.mark.parametrize("answer", [LOST, Unknown("http_409", later=True)])
    def test_a_request_without_an_answer_counts_as_one_that_may_have_refunded(
        self, answer: Unknown, settling: Settling, caplog: pytest.LogCaptureFixture
    ) -> None:
        settling.says(answer)
        refund = claimed(refused_since=BLIP if answer is LOST else None)
        assert not settling.turn(refund)
        name, _, named = settling.stored.only
        assert (name, named["uncounted"]) == ("unknown", False)
        [unknown] = told(caplog)
        assert (unknown["event"], unknown["reason"]) == ("refund_unknown", answer.reason)

    def test_a_claim_that_may_not_request_is_not_taken_off(self, settling: Settling) -> None:
        assert not settling.turn(claimed(2), may_request=False)
        assert settling.stored.only == ("unknown", (NOW,), {"refusal": None, "uncounted": False})
        assert settling.service.refund_requests == []

    @pytest.mark.parametrize("found", [PROOF, PENDING, NO])
    def test_what_a_look_up_says_before_a_repeat_is_stored_whatever_the_keys_are_worth(
        self, found: RefundLookUp, settling: Settling
    ) -> None:
        settling.policy = NO_KEYS
        settling.says(found=found)
        assert settling.turn(claimed(2))
        names = {Refunded: "refunded", RefundPending: "processing", NotRefunded: "not_refunded"}
        assert settling.stored.only[0] == names[type(found)]
        assert settling.service.refund_requests == []

    def test_what_cannot_be_asked_is_repeated_under_its_key(self, blind: Settling) -> None:
        blind.says(PROOF, found=NO)
        assert blind.turn(claimed(2))
        assert blind.stored.only[0] == "refunded"

    @pytest.mark.parametrize("may_request", [True, False])
    def test_nothing_is_repeated_where_no_key_is_honoured(
        self, blind: Settling, *, may_request: bool
    ) -> None:
        blind.policy = NO_KEYS
        assert blind.turn(claimed(2), may_request=may_request)
        name, (reason, _), named = blind.stored.only
        assert (name, reason) == ("review", "keys_not_honoured")
        # Only a claim that might have requested was counted.
        assert named["uncounted"] is may_request

    @pytest.mark.parametrize(
        ("change", "reason"),
        [({"name": "another"}, "other_service"), ({"can_refund": False}, "cannot_refund")],
    )
    def test_a_service_that_cannot_refund_it_is_not_asked(
        self, change: dict[str, Any], reason: str, settling: Settling
    ) -> None:
        for name, value in change.items():
            setattr(settling.service, name, value)
        settling.says(PROOF, found=PROOF)
        assert settling.turn(claimed(2))
        assert settling.stored.only == (
            "review",
            (reason, NOW),
            {"uncounted": True},
        )

    @pytest.mark.parametrize(("left", "requested"), [(15 * SECOND, True), (15 * SECOND - 1, False)])
    def test_nothing_is_requested_that_could_not_be_stored_in_time(
        self, left: int, requested: bool, settling: Settling, caplog: pytest.LogCaptureFixture
    ) -> None:
        settling.says(LOST)
        assert not settling.turn(claimed(), deadline=NOW + left)
        assert bool(settling.service.refund_requests) is requested
        assert settling.stored.only[2]["uncounted"] is not requested
        reason = "timeout" if requested else "no_time_left"
        assert told(caplog)[-1]["reason"] == reason

    def test_a_worker_that_slept_beyond_its_lease_sends_nothing(
        self, settling: Settling, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        times = iter([NOW, NOW + 31 * SECOND])
        monkeypatch.setattr(settling.clock, "now", lambda: next(times, NOW + 31 * SECOND))
        assert not settling.turn(claimed())
        assert settling.service.refund_requests == []
        assert settling.stored.only[2]["uncounted"] is True
        assert told(caplog)[-1]["reason"] == "lease_too_short"


class TestRefusalsWithoutAWord:
    @pytest.mark.parametrize("found", [NotFound(), WORDLESS])
    def test_once_they_outlast_a_blip_an_operator_is_called(
        self, found: RefundLookUp, settling: Settling
    ) -> None:
        settling.says(WORDLESS, found=found)
        assert settling.turn(claimed(2, refused_since=BLIP))
        name, (reason, _), named = settling.stored.only
        assert (name, reason) == ("review", "refused_without_word")
        assert named["uncounted"] is False

    @pytest.mark.parametrize(
        ("answer", "since"), [(WORDLESS, BLIP + 1), (NOT_US, BLIP), (LOST, BLIP)]
    )
    def test_until_then_and_after_any_other_answer_it_is_unknown(
        self, answer: Unknown, since: int, settling: Settling
    ) -> None:
        settling.says(answer, found=NotFound())
        assert not settling.turn(claimed(2, refused_since=since))
        assert settling.stored.only[0] == "unknown"

    def test_a_service_that_cannot_be_asked_is_waited_for_no_longer(self, blind: Settling) -> None:
        blind.says(WORDLESS)
        assert blind.turn(claimed(2, refused_since=BLIP))
        assert blind.stored.only[1][0] == "refused_without_word"

    def test_not_while_a_look_up_may_yet_say_what_became_of_it(self, settling: Settling) -> None:
        settling.says(found=NOT_US)
        settling.service.next_refunds = [WORDLESS]
        assert not settling.turn(claimed(2, refused_since=BLIP))
        assert settling.stored.only[0] == "unknown"

    @pytest.mark.parametrize(("age", "stored"), [(HOUR, "unknown"), (DAY, "review")])
    def test_a_refund_that_may_not_be_repeated_any_more_ends_with_them(
        self, age: int, stored: str, settling: Settling
    ) -> None:
        settling.says(found=NotFound())
        refund = claimed(2, refused_since=BLIP, first_claimed_at=NOW - age)
        assert settling.turn(refund, may_request=False) is (stored == "review")
        name, args, _ = settling.stored.only
        assert name == stored
        assert stored == "unknown" or args[0] == "refused_without_word"


class TestPeeks:
    REFUND = claimed(2, status=RefundStatus.PROCESSING, processing_since=NOW)
    PATIENCE = POLICY.processing_seconds * SECOND

    @pytest.mark.parametrize(
        ("found", "age", "news"),
        [
            (PROOF, PATIENCE, PROOF),
            (replace(PROOF, amount=1), 0, RefundMismatched(replace(PROOF, amount=1))),
            (NO, PATIENCE, NO),
            (PENDING, PATIENCE - 1, PENDING),
            (PENDING, PATIENCE, NeedsReview("processing_too_long")),
            (NotFound(), 0, StillProcessing("not_found")),
            (LOST, 0, StillProcessing("timeout")),
        ],
    )
    def test_what_a_look_up_says_of_a_refund_that_is_decided_in_days(
        self, found: RefundLookUp, age: int, news: RefundDecision, settling: Settling
    ) -> None:
        settling.policy = NO_KEYS
        settling.clock.time += age
        settling.says(found=found)
        assert settling.settle.peek(self.REFUND) == news
