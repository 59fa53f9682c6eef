"""Holds the adapter to what the checkout relies on. Run it by pytest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from checkout_runtime.conformance import PaymentServiceConformance, Sandbox
from checkout_runtime.conformance.asking import Asking
from checkout_runtime.payment_service import CancellablePaymentService, NotCharged
from examples.own_payment_service.acme_double import API_KEY, AcmeDouble, serving
from examples.own_payment_service.payments.acme_payments import AcmePayments


class KeyOfTheDouble:
    """A secret that needs no Secrets Manager."""

    def value(self) -> str:
        return API_KEY

    def drop(self) -> None:
        """It is never rotated."""


class AcmeSandbox(Sandbox):
    """Acme's double, as the tests see it."""

    timeout_seconds = 1.0
    can_cancel = True
    paying_method = "card_good"
    declined_method = "card_refused"
    action_method = "card_3ds"
    processing_method = "direct_debit"
    confidential = (API_KEY,)

    def __init__(self, acme: AcmeDouble) -> None:
        self._acme = acme

    def payment_service(self) -> CancellablePaymentService:
        return AcmePayments(self._acme.url, KeyOfTheDouble(), self.timeout_seconds * 0.5)

    def captured(self, payment_key: str) -> int:
        return self._acme.captured.count(payment_key)

    def losing_answers(self) -> AbstractContextManager[None]:
        return self._acme.in_trouble("loses")

    def unreachable(self) -> AbstractContextManager[None]:
        return self._acme.in_trouble("loses")

    def failing_after_charge(self) -> AbstractContextManager[None]:
        return self._acme.in_trouble("fails after payment")

    def gateway_answers(self, status: int) -> AbstractContextManager[None]:
        return self._acme.behind_gateway(status)

    def failing(self) -> AbstractContextManager[None]:
        return self._acme.in_trouble("fails")

    def answering_late(self) -> AbstractContextManager[None]:
        return self._acme.in_trouble("holds")


class TestAcmePayments(PaymentServiceConformance):
    """Every promise, against the double."""

    @pytest.fixture
    def sandbox(self) -> Iterator[Sandbox]:
        with serving() as acme:
            yield AcmeSandbox(acme)

    def test_a_request_that_acme_refuses_was_not_charged(self, asking: Asking) -> None:
        answer = asking.adapter().charge(asking.order(amount=0))
        assert answer == NotCharged("bad_amount")
