"""Outcomes stored as the payment consumer stores them."""

from __future__ import annotations

from checkout_runtime.adapters.botocore_aws import BotocoreService
from checkout_runtime.application.order_records import CaptureRecord, Changed
from checkout_runtime.domain.order import Order
from checkout_runtime.domain.outcomes import Captured
from tests.checkout_runtime.adapters.order_stores import OnDynamoDb
from tests.checkout_runtime.factories import NOW, SERVICE


def claim(store: OnDynamoDb, order_id: str) -> Order:
    """Take the claim of the current attempt; it must be free."""
    order = store.get(order_id)
    assert order is not None
    lease = NOW + 40_000
    claim_id = f"c{order.claim_epoch}"
    result = store.claim(
        order_id, order.attempt, claim_id=claim_id, now=NOW, service=SERVICE, lease_expires_at=lease
    )
    assert isinstance(result, Changed)
    return result.order


def decline(dynamodb: BotocoreService, table: str, order_id: str) -> None:
    """Store that the current attempt was declined."""
    store = OnDynamoDb(dynamodb, table)
    assert store.record_decline(claim(store, order_id), "no_funds", NOW)


def pay(dynamodb: BotocoreService, table: str, order_id: str) -> None:
    """Store that the current attempt was captured."""
    store = OnDynamoDb(dynamodb, table)
    order = claim(store, order_id)
    captured = Captured("ch_1", order.amount, "EUR")
    assert store.record_capture(order, captured, NOW) is CaptureRecord.PAID


def require_action(dynamodb: BotocoreService, table: str, order_id: str) -> None:
    """Store that the buyer must act."""
    store = OnDynamoDb(dynamodb, table)
    url = "https://bank.example.com/3ds"
    assert store.record_action_required(claim(store, order_id), url, NOW + 3_600_000, NOW)


def call_a_person(dynamodb: BotocoreService, table: str, order_id: str) -> None:
    """Store that an operator must decide."""
    store = OnDynamoDb(dynamodb, table)
    assert store.record_review(claim(store, order_id), "never_found", NOW)
