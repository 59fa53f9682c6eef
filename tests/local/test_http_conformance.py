"""The adapter for HTTP, at the payment service of the local run, keeps every promise of the kit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from checkout_runtime.adapters.http_payment_service import HttpPaymentService
from checkout_runtime.adapters.secret import CachedSecret
from checkout_runtime.adapters.system import SystemClock
from checkout_runtime.conformance import PaymentServiceConformance, Sandbox
from checkout_stack.local.payment_service_process import PaymentControls
from tests.checkout_runtime.adapters.stub_secrets import StubSecrets
from tests.local.paying import SECRET, serving


class LocalSandbox(Sandbox):
    """Troubles are made by the service's controls."""

    timeout_seconds = 1.0
    can_cancel = True
    declined_method = "pm_declined"
    action_method = "pm_action_required"
    processing_method = "pm_processing_captured_after_60"
    confidential = (SECRET,)

    def __init__(self, payments: PaymentControls) -> None:
        self._payments = payments

    def payment_service(self) -> HttpPaymentService:
        return self._adapter(captures_later=False)

    def holding_payment_service(self) -> HttpPaymentService:
        return self._adapter(captures_later=True)

    def let_lapse(self, payment_key: str) -> bool:
        self._payments.hold_lapses(payment_key)
        return True

    def _adapter(self, *, captures_later: bool) -> HttpPaymentService:
        url = self._payments.charges_url
        return HttpPaymentService(
            url=url,
            look_up_url=url,
            cancel_url=f"{url}/cancel",
            capture_url=f"{url}/captures",
            captures_later=captures_later,
            secret=CachedSecret(StubSecrets(SECRET), "arn", SystemClock()),
            timeout_seconds=self.timeout_seconds / 2,
        )

    def captured(self, payment_key: str) -> int:
        return sum(each["payment_key"] == payment_key for each in self._payments.charges())

    def losing_answers(self) -> AbstractContextManager[None]:
        return self._behaving("pm_unreadable_after_capture")

    def failing_after_charge(self) -> AbstractContextManager[None]:
        return self._behaving("pm_error_500_after_capture")

    def answering_late(self) -> AbstractContextManager[None]:
        return self._behaving("pm_slow_2000ms")

    def unreachable(self) -> AbstractContextManager[None]:
        return self._behaving("pm_hang_before_capture")

    def failing(self) -> AbstractContextManager[None]:
        return self._behind_gateway(500)

    def gateway_answers(self, status: int) -> AbstractContextManager[None]:
        return self._behind_gateway(status)

    @contextmanager
    def _behaving(self, payment_method: str) -> Iterator[None]:
        self._payments.change(next_requests=1_000, next_payment_method=payment_method)
        yield
        self._payments.change(next_requests=0)

    @contextmanager
    def _behind_gateway(self, status: int) -> Iterator[None]:
        self._payments.change(gateway_status=status)
        yield
        self._payments.change(gateway_status=0)


class TestHttpPaymentService(PaymentServiceConformance):
    """No promise is skipped: the service has all that the kit asks for."""

    @pytest.fixture
    def sandbox(self, ledger_file: Path) -> Iterator[Sandbox]:
        with serving(ledger_file) as payments:
            payments.change(hang_ms=0)
            yield LocalSandbox(payments)
