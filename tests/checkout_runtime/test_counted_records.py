"""Each metric filter matches a record that the real functions write, and only its own event."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import stripe
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]

from checkout_runtime.adapters.aws import AwsRefusedError
from checkout_runtime.adapters.eventbridge_bus import EventBridgeBus
from checkout_runtime.adapters.lean_aws.errors import NotUnderstoodError
from checkout_runtime.adapters.lean_aws.fallback import Fallback
from checkout_runtime.adapters.stripe_refusals import unknown_after
from checkout_runtime.adapters.webhook_signatures import WebhookRefusedError
from checkout_runtime.application.circuit_breaker import CircuitBreaker
from checkout_runtime.application.follow_hint import Followed
from checkout_runtime.application.place_order import PlaceOrder
from checkout_runtime.domain.announcement import ORDER_PAID, Announcement, Event
from checkout_runtime.domain.hint import Dispute
from checkout_runtime.domain.outcomes import Authorized, Captured, Declined, Unknown
from checkout_runtime.domain.record import replace
from checkout_runtime.domain.submission import OrderSubmission, parse_submission
from checkout_runtime.handlers import receive_webhook
from checkout_stack.monitoring import log_metrics
from checkout_stack.monitoring.log_metrics import LogMetric
from tests.checkout_runtime.adapters.order_stores import claim
from tests.checkout_runtime.application.in_memory_audit import Books
from tests.checkout_runtime.application.in_memory_checkout import Checkout
from tests.checkout_runtime.factories import BUYER, DEADLINE, submitted
from tests.checkout_runtime.state_events import SetClock
from tests.checkout_runtime.test_logs import records
from tests.slices import sliced

__all__ = ["records"]

EVERY = dict.fromkeys(
    (
        *log_metrics.OF_THE_INTAKE,
        *log_metrics.OF_THE_CONSUMER,
        *log_metrics.OF_THE_RECONCILER,
        *log_metrics.OF_THE_CHARGE_AUDIT,
        *log_metrics.OF_THE_WEBHOOK,
        *log_metrics.OF_WHO_ANNOUNCES,
        *log_metrics.OF_EVERY_FUNCTION,
    )
)


class Refusing:
    """EventBridge without its permission."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        raise AwsRefusedError("AccessDeniedException")


@pytest.fixture
def every_record(
    records: list[dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> list[dict[str, Any]]:
    """The records of the log tests' flow, and of the events that it does not come to."""
    caplog.clear()
    checkout = Checkout()
    order = checkout.place("declined")
    checkout.payments.next_answers = [Declined("no_funds")]
    checkout.deliver(checkout.message(order))
    # A capture of a declined attempt: the service said one thing and did another.
    checkout.settle.store(
        order, Captured("ch_late", order.amount, order.currency), deadline=DEADLINE
    )
    late = Authorized("ch_held_late", order.amount, order.currency, capture_before=DEADLINE)
    checkout.settle.store(order, late, deadline=DEADLINE)
    held = claim(checkout.orders, checkout.place("held"))
    held = replace(held, capture_before=1, capture_amount=1)
    checkout.settle.store(held, Captured("ch_held", 2, "EUR"), deadline=DEADLINE)
    checkout.payments.next_answers = [Unknown("http_404", without_word=True)]
    checkout.deliver(checkout.message(checkout.place("answered by a gateway")))
    unknown_after(stripe.AuthenticationError("expired", http_status=401))
    Fallback().turn_on(NotUnderstoodError("proxy"))
    place = PlaceOrder(checkout.orders, checkout.clock, "tests")
    submission = parse_submission(submitted())
    assert isinstance(submission, OrderSubmission)
    for key in ("first", "second"):
        place(BUYER, key, submission, cart_id="cart-1")
    _webhooks(monkeypatch)
    EventBridgeBus(Refusing(), "shop", checkout.clock, CircuitBreaker(1)).put(
        [Event(order, Announcement(1, ORDER_PAID, 1, 0, {}))]
    )
    books = Books()
    books.order("without its charge")
    books.audit()
    written = [json.loads(JsonFormatter().format(each)) for each in caplog.records]
    return [*records, *written]


def _webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One webhook that names something else, one that tells of a dispute, and a stranger's."""

    class Read:
        says: Any = (None, Dispute("ch_1", "fraudulent"))

        def read(self, _headers: Any, _body: bytes) -> Any:
            if self.says is None:
                raise WebhookRefusedError("wrong_signature")
            return self.says

    read = Read()
    follow = SimpleNamespace(clock=SetClock(), dispute=lambda _: Followed.NOTHING_NEW)
    monkeypatch.setattr(receive_webhook, "_webhooks", lambda: read)
    monkeypatch.setattr(receive_webhook, "_follow_hint", lambda: follow)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 1)
    assert receive_webhook.handler({}, context)["statusCode"] == 200
    read.says = None
    assert receive_webhook.handler({}, context)["statusCode"] == 400


def matches(counted: LogMetric, record: dict[str, Any]) -> bool:
    """CloudWatch's ``{ $.field = "value" }``, the one form that is used."""
    pattern = str(counted.pattern.log_pattern_string)
    found = re.fullmatch(r'\{ \$\.(\w+) = "(\w+)" \}', pattern)
    assert found, pattern
    return record.get(found[1]) == found[2]


@pytest.mark.parametrize("counted", EVERY, ids=lambda each: each.name)
def test_the_filter_matches_what_is_logged(
    counted: LogMetric, every_record: list[dict[str, Any]]
) -> None:
    matched = [each for each in every_record if matches(counted, each)]
    assert matched, f"nothing in the flow logs {counted.event}"
    if counted.field is not None:
        assert all(isinstance(each[counted.field], int) for each in matched)


@pytest.mark.parametrize("counted", sliced(3, EVERY), ids=lambda each: each.name)
def test_the_filter_matches_no_other_event(
    counted: LogMetric, every_record: list[dict[str, Any]]
) -> None:
    for record in every_record:
        assert matches(counted, record) == (record.get("event") == counted.event)


def test_no_two_metrics_have_one_name() -> None:
    assert len({each.name for each in EVERY}) == len(EVERY)
