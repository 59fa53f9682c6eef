"""The promises of a payment service that holds the money first: captured once, never once gone."""

import time
from functools import partial

from checkout_runtime.conformance.asking import AMOUNT, Asking, side_by_side, skip_unless
from checkout_runtime.conformance.gateways import GATEWAY_STATUSES
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    Authorized,
    Cancelled,
    Captured,
    Declined,
    NotCharged,
    Unknown,
)

__all__ = ["HoldPromises"]

_PART = AMOUNT // 2


class HoldPromises:
    """Tests whose charges ask for a hold."""

    def test_a_hold_is_proved_by_its_id_amount_and_currency_and_takes_nothing(
        self, asking: Asking
    ) -> None:
        order, hold = asking.held()
        assert (hold.amount, hold.currency) == (order.amount, order.currency)
        assert hold.capture_before > time.time() * 1000, "the hold has lapsed before it was told"
        asking.expect_captures(order, 0)

    def test_a_hold_whose_answer_was_lost_is_found_and_is_one_hold(self, asking: Asking) -> None:
        losing = asking.sandbox.losing_answers()
        skip_unless(losing, "the sandbox cannot lose answers", "whether a retry holds twice")
        assert losing is not None
        adapter, order = asking.holding_adapter(), asking.order()
        with losing:
            answer = adapter.charge(order)
        assert isinstance(answer, Unknown), (
            f"without an answer of the payment service the adapter said {answer}"
        )
        found = adapter.look_up(order.payment_key)
        assert isinstance(found, Authorized), f"a hold whose answer was lost is found as {found}"
        if asking.sandbox.honours_keys:
            assert adapter.charge(order) == found, "each retry is another hold"

    def test_a_part_of_a_hold_is_captured_exactly(self, asking: Asking) -> None:
        order, _ = asking.held()
        captured = asking.holding_adapter().capture(order, _PART)
        assert isinstance(captured, Captured), f"a good capture was answered by {captured}"
        assert (captured.amount, captured.currency) == (_PART, order.currency)
        assert asking.holding_adapter().look_up(order.payment_key) == captured
        asking.expect_captures(order, 1)

    def test_a_hold_that_is_captured_again_is_captured_once(self, asking: Asking) -> None:
        order, _ = asking.held()
        first = asking.holding_adapter().capture(order, _PART)
        again = asking.holding_adapter().capture(order, _PART)
        assert again == first or isinstance(again, NotCharged | Unknown), (
            f"a capture that was {first} is {again} when it is repeated"
        )
        asking.expect_captures(order, 1)

    def test_a_hold_that_is_captured_at_the_same_time_is_captured_once(
        self, asking: Asking
    ) -> None:
        order, _ = asking.held()
        adapters = [asking.holding_adapter() for _ in range(2)]
        answers = side_by_side([partial(each.capture, order, AMOUNT) for each in adapters])
        proofs = {each for each in answers if isinstance(each, Captured)}
        assert len(proofs) == 1, f"two captures at once were answered by {answers}"
        asking.expect_captures(order, 1)

    def test_a_capture_whose_answer_was_lost_is_found_and_is_one_capture(
        self, asking: Asking
    ) -> None:
        losing = asking.sandbox.losing_answers()
        skip_unless(losing, "the sandbox cannot lose answers", "whether a lost capture is found")
        assert losing is not None
        order, _ = asking.held()
        adapter = asking.holding_adapter()
        with losing:
            answer = adapter.capture(order, AMOUNT)
        assert isinstance(answer, Unknown), (
            f"without an answer of the payment service the adapter said {answer}"
        )
        found = adapter.look_up(order.payment_key)
        assert isinstance(found, Captured), f"a capture whose answer was lost is found as {found}"
        adapter.capture(order, AMOUNT)
        asking.expect_captures(order, 1)

    def test_no_more_is_captured_than_is_held(self, asking: Asking) -> None:
        order, _ = asking.held()
        answer = asking.holding_adapter().capture(order, AMOUNT + 1)
        assert isinstance(answer, NotCharged | Unknown), f"more than is held was taken: {answer}"
        asking.expect_captures(order, 0)

    def test_nothing_is_captured_of_a_hold_that_was_given_up(self, asking: Asking) -> None:
        order, _ = asking.held()
        assert asking.holding_adapter().cancel(order.payment_key) == Cancelled()
        _expect_gone(asking, order)

    def test_nothing_is_captured_of_a_hold_that_lapsed(self, asking: Asking) -> None:
        order, _ = asking.held()
        skip_unless(
            asking.sandbox.let_lapse(order.payment_key),
            "the sandbox cannot let a hold lapse",
            "what a capture that comes too late is answered",
        )
        _expect_gone(asking, order)

    def test_a_captured_hold_cannot_be_given_up(self, asking: Asking) -> None:
        order, _ = asking.held()
        captured = asking.holding_adapter().capture(order, AMOUNT)
        answer = asking.holding_adapter().cancel(order.payment_key)
        assert isinstance(captured, Captured), f"a good capture was answered by {captured}"
        assert not isinstance(answer, Cancelled), "what was captured was said to be cancelled"

    def test_a_gateways_answer_to_a_capture_is_unknown(self, asking: Asking) -> None:
        order, _ = asking.held()
        for status in GATEWAY_STATUSES:
            gateway = asking.sandbox.gateway_answers(status)
            skip_unless(
                gateway, "the sandbox has no gateway in between", "what its 404 is taken for"
            )
            assert gateway is not None
            with gateway:
                answer = asking.holding_adapter().capture(order, AMOUNT)
            assert isinstance(answer, Unknown), f"a gateway's {status} came as {answer}"


def _expect_gone(asking: Asking, order: Order) -> None:
    answer = asking.holding_adapter().capture(order, AMOUNT)
    assert isinstance(answer, Declined | NotCharged), (
        f"a capture of a hold that is gone was answered by {answer}: a known no is needed"
    )
    found = asking.holding_adapter().look_up(order.payment_key)
    assert isinstance(found, Declined), f"a hold that is gone is looked up as {found}"
    asking.expect_captures(order, 0)
