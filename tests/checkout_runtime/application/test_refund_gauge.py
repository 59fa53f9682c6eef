"""What each run of the reconciler reports of refunds: levels, not what it did."""

from __future__ import annotations

import logging

import pytest

from checkout_runtime.adapters.dynamodb_unsettled_refunds import DynamoDbUnsettledRefunds
from tests.checkout_runtime.application.refund_checkout import RefundingCheckout
from tests.checkout_runtime.application.settling_refunds import told
from tests.checkout_runtime.factories import HOUR, SECOND
from tests.checkout_runtime.in_memory_ports import ORDER_TABLE


@pytest.fixture
def checkout() -> RefundingCheckout:
    return RefundingCheckout()


def test_levels_of_no_refund_are_zero_and_of_the_oldest_is_its_age(
    checkout: RefundingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    checkout.reconcile_refunds()
    [gauge] = told(caplog)
    names = ("refunds_unsettled", "oldest_refund_seconds", "refunds_needing_review")
    assert [gauge[name] for name in names] == [0, 0, 0]


def test_the_oldest_of_all_shards_counts(
    checkout: RefundingCheckout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    model = checkout.orders._model
    checkout.unsettled_refunds = DynamoDbUnsettledRefunds(model, ORDER_TABLE, 2)
    since = [checkout.clock.now() - age * SECOND for age in (7, 9)]
    monkeypatch.setattr(checkout.unsettled_refunds, "oldest", since.__getitem__)
    checkout.reconcile_refunds()
    assert told(caplog)[-1]["oldest_refund_seconds"] == 9


def test_a_refund_from_a_clock_that_is_ahead_is_no_younger_than_now(
    checkout: RefundingCheckout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    checkout.asked(checkout.paid())
    checkout.clock.time -= HOUR
    checkout.reconcile_refunds()
    assert told(caplog)[-1]["oldest_refund_seconds"] == 0
