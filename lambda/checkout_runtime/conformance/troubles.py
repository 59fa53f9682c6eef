"""The promises of a payment service in trouble: where buyers are charged twice, one test each."""

from contextlib import AbstractContextManager

from checkout_runtime.conformance.asking import Asking, skip_unless
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Cancelled, Captured, NotFound, Outcome, Unknown

__all__ = ["TroublePromises"]

_SILENCE = "whether silence is taken for a no"


class TroublePromises:
    """Tests whose sandbox loses answers, is down, or is slow."""

    def test_a_lost_answer_is_unknown(self, asking: Asking) -> None:
        losing = asking.sandbox.losing_answers()
        skip_unless(losing, "the sandbox cannot lose answers", _SILENCE)
        _expect_unknown(asking, losing)

    def test_a_charge_whose_answer_was_lost_is_repeated_as_one_charge(self, asking: Asking) -> None:
        losing = asking.sandbox.losing_answers()
        skip_unless(losing, "the sandbox cannot lose answers", "whether a retry charges twice")
        skip_unless(asking.sandbox.honours_keys, "it honours no keys", "whether it charges twice")
        assert losing is not None
        order = asking.order()
        with losing:
            asking.adapter().charge(order)
        first, second = asking.adapter().charge(order), asking.adapter().charge(order)
        assert isinstance(first, Captured), f"the retry was answered by {first}"
        assert first == second, "each retry is another charge"
        asking.expect_captures(order, 1)

    def test_a_charge_whose_answer_was_lost_is_found(self, asking: Asking) -> None:
        losing = asking.sandbox.losing_answers()
        skip_unless(losing, "the sandbox cannot lose answers", "whether a lost charge is found")
        skip_unless(asking.sandbox.can_look_up, "can_look_up=False", "what became of the charge")
        assert losing is not None
        order = asking.order()
        with losing:
            asking.adapter().charge(order)
        _expect_found(asking, order)

    def test_a_charge_that_was_answered_5xx_is_repeated_as_one_charge(self, asking: Asking) -> None:
        failing = asking.sandbox.failing_after_charge()
        unproved = "whether the service remembers a key under which it failed"
        skip_unless(failing, "the sandbox cannot fail after a charge", unproved)
        skip_unless(asking.sandbox.honours_keys, "it honours no keys", "whether it charges twice")
        assert failing is not None
        order = asking.order()
        with failing:
            _assert_unknown(asking.adapter().charge(order))
        first, second = asking.adapter().charge(order), asking.adapter().charge(order)
        asking.expect_captures(order, 1)
        assert not (isinstance(first, Captured) and first != second), "each retry is another charge"
        assert isinstance(first, Captured | Unknown), (
            f"a retry of what was charged was answered by {first}"
        )

    def test_a_charge_that_was_answered_5xx_is_found(self, asking: Asking) -> None:
        failing = asking.sandbox.failing_after_charge()
        skip_unless(asking.sandbox.can_look_up, "can_look_up=False", "what became of the charge")
        skip_unless(
            failing, "the sandbox cannot fail after a charge", "whether such a charge is found"
        )
        assert failing is not None
        order = asking.order()
        with failing:
            asking.adapter().charge(order)
        _expect_found(asking, order)

    def test_a_service_that_cannot_be_reached_is_unknown(self, asking: Asking) -> None:
        unreachable = asking.sandbox.unreachable()
        skip_unless(unreachable, "the sandbox cannot be out of reach", _SILENCE)
        _expect_unknown(asking, unreachable)

    def test_a_look_up_that_is_not_answered_is_unknown(self, asking: Asking) -> None:
        trouble = asking.sandbox.failing() or asking.sandbox.unreachable()
        skip_unless(asking.sandbox.can_look_up, "can_look_up=False", "nothing")
        skip_unless(trouble, "the sandbox has no trouble", "whether silence is 'not found'")
        assert trouble is not None
        order, _ = asking.charged()
        with trouble:
            found = asking.adapter().look_up(order.payment_key)
        assert not isinstance(found, NotFound), "a look-up without an answer came as 'not found'"
        assert isinstance(found, Unknown), f"a look-up without an answer came as {found}"

    def test_an_error_of_the_service_is_unknown(self, asking: Asking) -> None:
        failing = asking.sandbox.failing()
        skip_unless(failing, "the sandbox cannot fail", "whether a 500 is taken for a no")
        _expect_unknown(asking, failing)

    def test_an_answer_past_its_time_is_unknown(self, asking: Asking) -> None:
        late = asking.sandbox.answering_late()
        skip_unless(late, "the sandbox cannot be slow", "whether a call ends in time")
        answer = _expect_unknown(asking, late)
        assert answer != Unknown("too_slow", unavailable=True), (
            "the adapter did not end its call by itself: give its client a total deadline below "
            "the timeout, or every slow call holds a worker up until the service answers"
        )

    def test_an_attempt_that_was_given_up_is_never_charged(self, asking: Asking) -> None:
        sandbox = asking.sandbox
        skip_unless(sandbox.can_cancel, "can_cancel=False", "nothing; an operator ends such orders")
        skip_unless(sandbox.action_method, "no action_method", "whether a cancellation is final")
        order = asking.order(sandbox.action_method)
        asking.adapter().charge(order)
        assert asking.adapter().cancel(order.payment_key) == Cancelled()
        again = asking.adapter().charge(order)
        assert not isinstance(again, Captured), "a cancelled attempt was charged"
        asking.expect_captures(order, 0)

    def test_a_charge_cannot_be_given_up(self, asking: Asking) -> None:
        skip_unless(asking.sandbox.can_cancel, "can_cancel=False", "nothing")
        order, _ = asking.charged()
        answer = asking.adapter().cancel(order.payment_key)
        assert not isinstance(answer, Cancelled), "a captured charge was said to be cancelled"


def _expect_unknown(asking: Asking, trouble: AbstractContextManager[None] | None) -> Outcome:
    assert trouble is not None
    order = asking.order()
    with trouble:
        answer = asking.adapter().charge(order)
    _assert_unknown(answer)
    return answer


def _assert_unknown(answer: Outcome) -> None:
    assert isinstance(answer, Unknown), (
        f"without an answer of the payment service the adapter said {answer}; money may have moved"
    )


def _expect_found(asking: Asking, order: Order) -> None:
    found = asking.adapter().look_up(order.payment_key)
    assert isinstance(found, Captured), f"a charge whose answer was lost is looked up as {found}"
    assert (found.amount, found.currency) == (order.amount, order.currency)
