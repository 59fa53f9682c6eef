"""How often a request is sent, and what is put right before it is sent again."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from checkout_runtime.adapters.aws import AwsNoAnswerError, AwsRefusedError
from checkout_runtime.adapters.conflicts import _CONFLICTS
from checkout_runtime.adapters.lean_aws import tries
from checkout_runtime.adapters.lean_aws.answers import THROTTLES
from checkout_runtime.adapters.lean_aws.tries import LONGEST_PAUSE_SECONDS, Tries
from tests.checkout_runtime.adapters.lean_aws.conftest import NOW, Lean
from tests.checkout_runtime.adapters.lean_aws.scripted_server import answer, raw, refusal

MINUTES = 60


def dated(at: float) -> list[str]:
    return [f"Date: {formatdate(at, usegmt=True)}"]


def times_signed(lean: Lean) -> list[str]:
    return [sent.headers["x-amz-date"] for sent in lean.server.requests]


@pytest.mark.parametrize("code", sorted(THROTTLES))
def test_a_throttled_request_is_repeated_until_it_is_served(lean: Lean, code: str) -> None:
    lean.server.script(*[refusal(code)] * 5, answer({"a": 1}))
    assert lean.put() == {"a": 1}
    assert lean.pauses == [0.025, 0.05, 0.1, 0.2, 0.4]


def test_every_throttle_that_botocore_knows_of_the_four_services_is_one() -> None:
    theirs = set(vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"])
    repeated_by_the_caller, may_have_been_done = _CONFLICTS, {"PriorRequestNotComplete"}
    assert theirs - repeated_by_the_caller - may_have_been_done - {"EC2ThrottledException"} <= (
        THROTTLES
    )


def test_a_call_may_have_less_time_than_others() -> None:
    lost: list[float] = []

    def loses_its_answer() -> dict[str, Any]:
        lost.append(hurried.deadline())
        raise AwsNoAnswerError("TimeoutError")

    began = time.monotonic()
    hurried = Tries(seconds=0.01, pause=lambda _: None, random_part=lambda: 0.9)
    with pytest.raises(AwsNoAnswerError):
        hurried.result(loses_its_answer)
    assert len(lost) == 1
    assert began < lost[0] <= time.monotonic() + 0.01


def test_throttling_that_lasts_ends_at_the_deadline(
    lean: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: NOW + passed[0])
    monkeypatch.setattr(lean, "pauses", _Passing(passed))
    lean.start_again()
    lean.server.script(*[refusal("ThrottlingException")] * 100)
    with pytest.raises(AwsRefusedError, match="ThrottlingException") as caught:
        lean.put()
    assert caught.value.retries == len(lean.server.requests) - 1
    longest = LONGEST_PAUSE_SECONDS / 2  # of the tests' chance
    assert tries.CALL_SECONDS - longest <= passed[0] < tries.CALL_SECONDS
    assert lean.pauses[-1] == longest


class _Passing(list[float]):
    def __init__(self, passed: list[float]) -> None:
        super().__init__()
        self._passed = passed

    def append(self, seconds: float) -> None:
        super().append(seconds)
        self._passed[0] += seconds


def test_throttling_after_a_lost_answer_leaves_the_outcome_unknown(
    lean: Lean, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "CALL_SECONDS", 0.04)
    monkeypatch.setattr(tries, "FIRST_PAUSE_SECONDS", 0.02)
    lean.start_again()
    lean.aws.tries = lambda: Tries(random_part=lambda: 0.9)
    lean.server.script(raw(b""), *[refusal("ThrottlingException")] * 9)
    with pytest.raises(AwsNoAnswerError, match="ThrottlingException"):
        lean.put()


def test_chance_is_the_operating_systems() -> None:
    """Environments that start from one snapshot would draw the same pauses from a generator."""
    assert type(Tries()._random_part.__self__).__name__ == "SystemRandom"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "code", ["ConditionalCheckFailedException", "TransactionConflictException", "AccessDenied"]
)
def test_any_other_refusal_is_the_answer(lean: Lean, code: str) -> None:
    lean.server.script(refusal(code, message="no"))
    with pytest.raises(AwsRefusedError, match=f"{code}: no") as caught:
        lean.put()
    assert (caught.value.retries, lean.pauses) == (0, [])


@pytest.mark.parametrize("code", ["RequestTimeoutException", "PriorRequestNotComplete"])
def test_a_request_that_timed_out_at_aws_may_have_been_carried_out(lean: Lean, code: str) -> None:
    lean.server.script(*[refusal(code)] * 2)
    with pytest.raises(AwsNoAnswerError, match=code):
        lean.put()
    assert len(lean.server.requests) == 2


# Clock and credentials


@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed"])
@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_aws_refuses_is_corrected_for_one_call(
    lean: Lean, code: str, minutes: int
) -> None:
    refused = refusal(code, headers=dated(NOW + minutes * MINUTES))
    lean.server.script(refused, answer(), answer())
    lean.put()
    lean.put()
    wrong, right, next_call = times_signed(lean)
    assert wrong == next_call == "20270115T080000Z"
    assert right == {-20: "20270115T074000Z", 20: "20270115T082000Z"}[minutes]
    assert not lean.fell_back


@pytest.mark.parametrize("header", [[], ["Date: yesterday"], dated(NOW + 59)])
def test_a_clock_that_is_right_is_not_corrected(lean: Lean, header: list[str]) -> None:
    lean.server.script(refusal("InvalidSignatureException", headers=header), answer())
    lean.put()
    assert len(set(times_signed(lean))) == 1


def test_a_request_of_before_a_freeze_is_signed_at_its_new_time(lean: Lean) -> None:
    def thaw(connection: Any) -> bool:
        lean.clock.time += 60 * MINUTES
        return refusal("InvalidSignatureException", headers=dated(lean.clock.time))(connection)

    lean.server.script(thaw, answer())
    lean.put()
    assert times_signed(lean) == ["20270115T080000Z", "20270115T090000Z"]


def test_credentials_that_expired_are_read_again_once(lean: Lean) -> None:
    def renew(connection: Any) -> bool:
        lean.environ["AWS_SESSION_TOKEN"] = "renewed"
        return refusal("ExpiredTokenException")(connection)

    lean.server.script(renew, answer())
    lean.put()
    tokens = [sent.headers["x-amz-security-token"] for sent in lean.server.requests]
    assert tokens == ["session-token==", "renewed"]
    assert not lean.fell_back


@pytest.mark.parametrize(
    "code", ["SignatureDoesNotMatch", "UnrecognizedClientException", "ExpiredTokenException"]
)
def test_a_signature_that_is_refused_again_is_left_to_botocore(
    lean: Lean, code: str, fell_back_because: Any
) -> None:
    lean.server.script(*[refusal(code, headers=dated(NOW + 20 * MINUTES))] * 2)
    assert lean.put() == {"by": "botocore"}
    assert fell_back_because() == ["signature_refused"]
    assert len(lean.server.requests) == 2
