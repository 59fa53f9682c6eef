"""The promises of a payment service that gives money back, one test each."""

from __future__ import annotations

import time
from uuid import uuid4

from checkout_runtime.conformance.asking import AMOUNT, Asking, skip_unless
from checkout_runtime.domain.identity import operation_id_for
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Captured, NotFound, Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.refund import Refund, RefundStatus
from checkout_runtime.domain.refund_outcomes import NotRefunded, Refunded, RefundPending

__all__ = ["RefundPromises"]

_PART = AMOUNT // 2
_GIVEN = Refunded | RefundPending


class RefundPromises:
    """Tests that refund what they charged before."""

    def test_a_refund_is_proved_by_its_id_amount_and_currency(self, asking: Asking) -> None:
        refund = _refund(asking, _PART)
        answer = asking.adapter().refund(refund)
        assert isinstance(answer, _GIVEN), f"a good refund was answered by {answer}"
        if isinstance(answer, Refunded):
            assert (answer.amount, answer.currency) == (_PART, refund.currency)

    def test_the_same_refund_key_twice_is_one_refund(self, asking: Asking) -> None:
        skip_unless(
            asking.sandbox.honours_keys, "it honours no keys", "whether a retry refunds again"
        )
        refund = _refund(asking, _PART)
        first, second = (asking.adapter().refund(refund) for _ in range(2))
        assert isinstance(first, _GIVEN), f"a good refund was answered by {first}"
        assert isinstance(second, _GIVEN), f"a retry of a refund was answered by {second}"
        assert first.reference == second.reference, "each retry is another refund"

    def test_two_equal_refunds_under_two_keys_are_two(self, asking: Asking) -> None:
        first = _refund(asking, _PART)
        second = replace(first, refund_id=_new_id(first.order_id))
        answers = [asking.adapter().refund(each) for each in (first, second)]
        given = [each for each in answers if isinstance(each, _GIVEN)]
        assert len(given) == 2, f"two refunds of a half each were answered by {answers}"
        assert given[0].reference != given[1].reference, "two refunds were made as one"

    def test_no_more_goes_back_than_was_captured(self, asking: Asking) -> None:
        answer = asking.adapter().refund(_refund(asking, AMOUNT + 1))
        assert isinstance(answer, NotRefunded | Unknown), (
            f"more than was captured was refunded: {answer}"
        )

    def test_a_look_up_of_an_unknown_refund_finds_nothing_and_refunds_nothing(
        self, asking: Asking
    ) -> None:
        refund = _refund(asking, _PART)
        _needs_look_up(asking)
        for _ in range(2):
            assert asking.adapter().look_up_refund(refund) == NotFound()
        assert isinstance(asking.adapter().refund(refund), _GIVEN)

    def test_a_refund_whose_answer_was_lost_is_found(self, asking: Asking) -> None:
        losing = asking.sandbox.losing_answers()
        skip_unless(losing, "the sandbox cannot lose answers", "whether a lost refund is found")
        refund = _refund(asking, _PART)
        _needs_look_up(asking)
        assert losing is not None
        with losing:
            answer = asking.adapter().refund(refund)
        assert isinstance(answer, Unknown), (
            f"without an answer of the payment service the adapter said {answer}"
        )
        found = asking.adapter().look_up_refund(refund)
        assert isinstance(found, _GIVEN), f"a refund whose answer was lost is looked up as {found}"


def _refund(asking: Asking, amount: int) -> Refund:
    """Return a refund of a charge that was made for it; skip where the service cannot refund."""
    skip_unless(
        asking.sandbox.can_refund, "can_refund=False", "nothing; nobody can ask for a refund"
    )
    order, captured = asking.charged()
    return _refund_of(order, captured, amount)


def _refund_of(order: Order, captured: Captured, amount: int) -> Refund:
    now = time.time_ns() // 1_000_000
    return Refund(
        refund_id=_new_id(order.order_id),
        order_id=order.order_id,
        status=RefundStatus.REFUNDING,
        amount=amount,
        currency=order.currency,
        charge_id=captured.charge_id,
        accepted_at=now,
        order_accepted_at=now,
        asked_by="conformance",
        attempt_claims=1,
        claim_epoch=1,
        first_claimed_at=now,
        lease_expires_at=now + 3_600_000,
    )


def _new_id(order_id: str) -> str:
    return operation_id_for(order_id, "refund", str(uuid4()))


def _needs_look_up(asking: Asking) -> None:
    skip_unless(
        asking.sandbox.can_look_up,
        "can_look_up=False",
        "what became of a refund whose answer was lost; it may need an operator",
    )
