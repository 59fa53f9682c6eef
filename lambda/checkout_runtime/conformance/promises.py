"""The promises of a payment service, one test each."""

import logging
from collections.abc import Iterator
from functools import partial

import pytest

from checkout_runtime.conformance.asking import AMOUNT, Asking, side_by_side, skip_unless
from checkout_runtime.conformance.gateways import GatewayPromises
from checkout_runtime.conformance.holds import HoldPromises
from checkout_runtime.conformance.refunds import RefundPromises
from checkout_runtime.conformance.sandbox import Sandbox
from checkout_runtime.conformance.troubles import TroublePromises
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import (
    ActionRequired,
    Captured,
    Declined,
    NotCharged,
    NotFound,
    Processing,
    Unknown,
)
from checkout_runtime.domain.record import replace

__all__ = ["PaymentServiceConformance"]

_SIDE_BY_SIDE = 4
_TWICE = "whether a retry charges the buyer again"


class PaymentServiceConformance(TroublePromises, GatewayPromises, HoldPromises, RefundPromises):
    """Subclass it and give a fixture ``sandbox``; pytest runs what it inherits."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        """Return the payment service's sandbox."""
        raise NotImplementedError("override the fixture `sandbox` of PaymentServiceConformance")

    @pytest.fixture
    def asking(self, sandbox: Sandbox) -> Iterator[Asking]:
        """Ask the adapter as a deployed checkout does."""
        asking = Asking(sandbox)
        yield asking
        asking.end()

    def test_a_charge_is_proved_by_its_id_amount_and_currency(self, asking: Asking) -> None:
        order, captured = asking.charged()
        assert (captured.amount, captured.currency) == (order.amount, order.currency)
        asking.expect_captures(order, 1)

    def test_the_same_key_twice_is_one_charge_and_the_same_answer(self, asking: Asking) -> None:
        skip_unless(asking.sandbox.honours_keys, "it honours no keys", _TWICE)
        order, first = asking.charged()
        assert asking.adapter().charge(order) == first, "the second answer is another one"
        asking.expect_captures(order, 1)

    def test_different_keys_are_different_charges(self, asking: Asking) -> None:
        (one, first), (other, second) = asking.charged(), asking.charged()
        assert first.charge_id != second.charge_id, "two orders were charged as one"
        asking.expect_captures(one, 1)
        asking.expect_captures(other, 1)

    def test_the_same_key_at_the_same_time_is_one_charge(self, asking: Asking) -> None:
        skip_unless(asking.sandbox.honours_keys, "it honours no keys", _TWICE)
        order = asking.order()
        adapters = [asking.adapter() for _ in range(_SIDE_BY_SIDE)]
        answers = side_by_side([partial(each.charge, order) for each in adapters])
        others = [each for each in answers if not isinstance(each, Captured | Unknown)]
        assert not others, f"another request than the one that charged was answered by {others[0]}"
        ids = {each.charge_id for each in answers if isinstance(each, Captured)}
        assert len(ids) <= 1, f"one key was charged as {sorted(ids)}"
        captures = asking.captures(order)
        assert captures is None or captures <= 1, f"one key was captured {captures} times"

    def test_orders_side_by_side_get_their_own_answers(self, asking: Asking) -> None:
        adapter = asking.adapter()
        orders = [asking.order(amount=AMOUNT + number) for number in range(_SIDE_BY_SIDE)]
        answers = side_by_side([partial(adapter.charge, each) for each in orders])
        proved = [each.amount if isinstance(each, Captured) else each for each in answers]
        assert proved == [each.amount for each in orders], "answers were mixed up between threads"

    def test_another_amount_under_an_old_key_charges_nothing(self, asking: Asking) -> None:
        skip_unless(asking.sandbox.honours_keys, "it honours no keys", _TWICE)
        order, first = asking.charged()
        changed = replace(order, amount=order.amount + 1)
        answer = asking.adapter().charge(changed)
        assert isinstance(answer, Unknown) or answer == first, (
            f"an old key with another amount was answered by {answer}: the order comes first"
        )
        asking.expect_captures(order, 1)

    def test_amounts_at_the_edges_are_charged_exactly(self, asking: Asking) -> None:
        for amount, currency in asking.sandbox.amounts:
            answer = asking.adapter().charge(asking.order(amount=amount, currency=currency))
            assert isinstance(answer, Captured), f"{amount} {currency} was not charged: {answer}"
            assert (answer.amount, answer.currency) == (amount, currency)

    def test_a_look_up_finds_a_charge_with_its_amount_and_currency(self, asking: Asking) -> None:
        self._needs_look_up(asking)
        order, captured = asking.charged()
        assert asking.adapter().look_up(order.payment_key) == captured

    def test_a_look_up_of_an_unknown_key_finds_nothing_and_charges_nothing(
        self, asking: Asking
    ) -> None:
        self._needs_look_up(asking)
        order = asking.order()
        for _ in range(2):
            assert asking.adapter().look_up(order.payment_key) == NotFound()
        asking.expect_captures(order, 0)

    def test_a_look_up_charges_nothing_again(self, asking: Asking) -> None:
        self._needs_look_up(asking)
        skip_unless(
            asking.sandbox.captured("") is not None,
            "the sandbox cannot tell what was captured",
            "whether a look-up charges",
        )
        order, _ = asking.charged()
        asking.adapter().look_up(order.payment_key)
        asking.expect_captures(order, 1)

    def test_a_declined_method_is_a_decline_and_charges_nothing(self, asking: Asking) -> None:
        method = asking.sandbox.declined_method
        skip_unless(method, "no declined_method", "whether a decline is told from an error")
        order = asking.order(method)
        answer = asking.adapter().charge(order)
        assert isinstance(answer, Declined), f"a declined payment method was answered by {answer}"
        asking.expect_captures(order, 0)
        if asking.sandbox.can_look_up:
            found = asking.adapter().look_up(order.payment_key)
            assert not isinstance(found, Captured | ActionRequired), f"a decline is now {found}"

    def test_a_buyer_who_has_to_act_gets_an_https_page(self, asking: Asking) -> None:
        method = asking.sandbox.action_method
        skip_unless(method, "no action_method", "whether a buyer can act, as for 3-D Secure")
        order = asking.order(method)
        answer = asking.adapter().charge(order)
        # The guard lets https pass alone.
        page = answer.action_url if isinstance(answer, ActionRequired) else None
        assert page, f"an action that is needed came as {answer}, without an https page for it"
        asking.expect_captures(order, 0)

    def test_a_payment_that_settles_later_is_processing(self, asking: Asking) -> None:
        order = self._processing(asking)
        if asking.sandbox.can_look_up:
            found = asking.adapter().look_up(order.payment_key)
            assert isinstance(found, Processing | Captured | Declined), (
                f"a payment that was accepted is looked up as {found}"
            )

    def test_a_payment_that_settles_later_is_never_charged_again(self, asking: Asking) -> None:
        skip_unless(asking.sandbox.honours_keys, "it honours no keys", _TWICE)
        order = self._processing(asking)
        answers = [asking.adapter().charge(order) for _ in range(2)]
        wrong = [each for each in answers if isinstance(each, NotCharged)]
        assert not wrong, f"a payment that was accepted is now {wrong[0]}"
        ids = {each.charge_id for each in answers if isinstance(each, Captured)}
        captures = asking.captures(order)
        assert len(ids) <= 1, f"one payment was captured as {sorted(ids)}"
        assert captures is None or captures <= 1, f"one payment was captured {captures} times"

    def test_nothing_confidential_is_shown(
        self, asking: Asking, caplog: pytest.LogCaptureFixture
    ) -> None:
        sandbox = asking.sandbox
        service = sandbox.payment_service()
        methods = [
            sandbox.paying_method,
            sandbox.declined_method,
            sandbox.action_method,
            sandbox.processing_method,
        ]
        with caplog.at_level(logging.DEBUG):
            answers = [asking.adapter().charge(asking.order(each)) for each in methods if each]
        shown = [repr(service), str(service), caplog.text, *map(repr, answers)]
        for hidden in [*(each for each in methods if each), *sandbox.confidential]:
            where = [text for text in shown if hidden in text]
            assert not where, "a payment method or a secret shows in a repr, an answer or the log"

    @staticmethod
    def _processing(asking: Asking) -> Order:
        method = asking.sandbox.processing_method
        skip_unless(
            method, "no processing_method", "what happens to direct debits that settle in days"
        )
        order = asking.order(method)
        answer = asking.adapter().charge(order)
        assert isinstance(answer, Processing), f"a payment that settles later came as {answer}"
        return order

    @staticmethod
    def _needs_look_up(asking: Asking) -> None:
        skip_unless(
            asking.sandbox.can_look_up,
            "can_look_up=False",
            "what became of an order whose answer was lost; it may need an operator",
        )
