"""A refund at Stripe is made under its key and found again by its metadata."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from checkout_runtime.adapters.stripe_intent import UnreadableIntentError
from checkout_runtime.adapters.stripe_refunds import look_up_refund, request_refund
from checkout_runtime.domain.outcomes import NotFound, Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending

REFUND = Refund(
    "op_" + "a" * 52, "ord_" + "b" * 52, RefundStatus.REFUNDING, 500, "EUR", "ch_1", 0, 0, "ops"
)
MADE: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "amount": 500,
    "currency": "eur",
    "charge": "ch_1",
    "status": "succeeded",
    "metadata": {"refund_id": REFUND.refund_id},
}


class _Answer:
    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def to_dict(self) -> dict[str, Any]:
        return self._fields


class _Refunds:
    """Stripe's service for refunds as a test scripts it."""

    def __init__(self, *pages: list[dict[str, Any]], made: Any = MADE) -> None:
        self._pages = list(pages)
        self._made = made
        self.asked: list[Any] = []

    def create(self, *request: Any) -> _Answer:
        self.asked.append(request)
        if isinstance(self._made, Exception):
            raise self._made
        return _Answer(self._made)

    def list(self, asked: dict[str, Any]) -> _Answer:
        self.asked.append(asked)
        page = self._pages.pop(0)
        return _Answer({"object": "list", "data": page, "has_more": bool(self._pages)})


def refusal(code: str | None, status: int = 400, **more: str) -> stripe.InvalidRequestError:
    error = {"type": "invalid_request_error", "code": code, **more}
    return stripe.InvalidRequestError(  # type: ignore[no-untyped-call]
        "refused", None, code=code, http_status=status, json_body={"error": error}
    )


def test_it_is_made_once_for_its_charge_under_its_own_key() -> None:
    refunds = _Refunds()
    assert request_refund(refunds, REFUND) == Refunded("re_1", 500, "EUR")
    [(asked, options)] = refunds.asked
    assert options == {"idempotency_key": REFUND.payment_key}
    assert asked == {
        "charge": "ch_1",
        "amount": 500,
        "metadata": {"order_id": REFUND.order_id, "refund_id": REFUND.refund_id},
    }


@pytest.mark.parametrize(
    ("changes", "means"),
    [
        ({"status": "pending"}, RefundPending("re_1")),
        ({"status": "requires_action"}, RefundPending("re_1")),
        ({"status": "failed", "failure_reason": "lost_or_stolen_card"}, "lost_or_stolen_card"),
        ({"status": "canceled"}, "canceled"),
        ({"amount": 499}, Refunded("re_1", 499, "EUR")),
    ],
)
def test_its_status_says_what_became_of_it(changes: dict[str, Any], means: Any) -> None:
    said = request_refund(_Refunds(made=MADE | changes), REFUND)
    assert said == (NotRefunded(means) if isinstance(means, str) else means)


@pytest.mark.parametrize(
    "changes", [{"status": "new_to_us"}, {"status": None}, {"amount": None}, {"currency": "krone"}]
)
def test_what_cannot_be_read_is_no_verdict(changes: dict[str, Any]) -> None:
    assert isinstance(request_refund(_Refunds(made=MADE | changes), REFUND), Unknown)


@pytest.mark.parametrize(
    "changes", [{"metadata": {}}, {"charge": "ch_2"}, {"object": "charge"}, {"id": None}]
)
def test_another_refund_is_not_taken_for_it(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableIntentError):
        request_refund(_Refunds(made=MADE | changes), REFUND)


def test_a_charge_that_was_refunded_or_disputed_is_a_known_end() -> None:
    already = _Refunds(made=refusal("charge_already_refunded"))
    assert request_refund(already, REFUND) == NotRefunded(
        "charge_already_refunded", already_refunded=True
    )
    disputed = _Refunds(made=refusal("charge_disputed"))
    assert request_refund(disputed, REFUND) == NotRefunded("charge_disputed")


@pytest.mark.parametrize(
    "problem", [refusal("lock_timeout", 429), refusal("resource_missing", 404, param="charge")]
)
def test_a_refusal_that_is_about_something_else_is_none(
    problem: stripe.InvalidRequestError,
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        request_refund(_Refunds(made=problem), REFUND)


def test_an_amount_that_stripe_would_read_otherwise_is_not_asked_for() -> None:
    refunds = _Refunds()
    said = request_refund(refunds, replace(REFUND, currency="UGX"))
    assert said == NotRefunded("amount_not_representable")
    assert refunds.asked == []


def test_it_is_found_among_all_refunds_of_its_charge() -> None:
    other = MADE | {"id": "re_0", "metadata": {"refund_id": "op_other"}}
    refunds = _Refunds([other], [other, MADE])
    assert look_up_refund(refunds, REFUND) == Refunded("re_1", 500, "EUR")
    assert refunds.asked[1]["starting_after"] == "re_0"
    assert look_up_refund(_Refunds([other]), REFUND) == NotFound()


def test_a_list_without_an_end_is_no_verdict() -> None:
    other = MADE | {"metadata": None}
    with pytest.raises(UnreadableIntentError):
        look_up_refund(_Refunds(*[[other]] * 100), REFUND)
