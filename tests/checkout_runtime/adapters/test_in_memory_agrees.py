"""Whatever is done to it, an order in memory and one on DynamoDB stay alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checkout_runtime.domain.order import Order
from tests.checkout_runtime.adapters.order_stores import (
    LEASE,
    OnDynamoDb,
    placed,
    stands,
    store_in_memory,
)
from tests.checkout_runtime.adapters.test_orders_contract import METHODS
from tests.checkout_runtime.making import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STEPS = 30


@pytest.mark.parametrize("seed", range(12))
def test_any_history_leads_to_the_same_order_in_both(
    seed: int,
    dynamodb: DynamoDBClient,
    order_table: str,
    fresh_name: Callable[[str], str],
) -> None:
    chance = random.Random(seed)
    stores = [store_in_memory(), OnDynamoDb(dynamodb, order_table)]
    key = fresh_name("history")
    now = NOW
    [order, _] = [placed(store, key) for store in stores]
    remembered: list[Order] = [order]
    history: list[str] = []
    for _ in range(STEPS):
        name = chance.choice([*METHODS, "claim", "claim late", "resend"])
        shown = chance.choice([stands(stores[0], order), chance.choice(remembered)])
        now += chance.choice([0, 1, LEASE])
        results = []
        for store in stores:
            if name == "claim late":
                result: object = store.claim(
                    shown.order_id,
                    shown.attempt,
                    claim_id=str(now),
                    now=now,
                    lease_expires_at=now + LEASE,
                )
            elif name == "resend":
                result = store.begin_resend(shown, now)
            else:
                result = METHODS[name][0](store, replace(shown))
            results.append(result)
        history.append(f"{name} {shown.status} {shown.attempt}/{shown.claim_epoch}")
        assert results[0] == results[1], history
        assert stands(stores[0], order) == stands(stores[1], order), history
        remembered.append(stands(stores[0], order))
