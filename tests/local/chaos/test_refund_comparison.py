"""Whatever breaks the promise about refunds is found by comparing ledger, table and answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checkout_stack.local.chaos.refund_comparison import AskedRefund, refund_violations
from checkout_stack.local.checkout_inspector import StoredRefund
from tests.local.chaos.test_comparison import charge, order

STORED = StoredRefund("op_1", "ord_1", "REFUNDED", 1200)
OTHER = StoredRefund("op_2", "ord_1", "REFUNDED", 1200)
FAILED = replace(STORED, status="NOT_REFUNDED")


def asked(*refund_ids: str, amount: int | None = 1200) -> AskedRefund:
    return AskedRefund("ord_1", "rma-1", amount, set(refund_ids))


def made(refund_id: str = "op_1", status: str = "refunded", amount: int = 1200) -> dict[str, Any]:
    return {
        "refund_key": f"{refund_id}:1",
        "charge_id": "ch_1",
        "amount": amount,
        "status": status,
    }


@pytest.mark.parametrize(
    ("requests", "stored", "ledger", "left"),
    [
        ([], [], [], None),
        ([asked("op_1")], [STORED], [made()], 3000),
        ([asked("op_1"), asked("op_2")], [STORED, OTHER], [made(), made("op_2")], 1800),
        ([asked("op_1", amount=None)], [STORED], [made()], 3000),
        ([asked("op_1")], [FAILED], [made(status="failed")], 4200),
        ([asked("op_1")], [FAILED], [], 4200),
        ([asked()], [], [], None),
        ([asked()], [STORED], [made()], 3000),
    ],
)
def test_what_was_asked_for_and_came_back_once_is_as_promised(
    requests: list[AskedRefund],
    stored: list[StoredRefund],
    ledger: list[dict[str, Any]],
    left: int | None,
) -> None:
    paid = order(refundable=left)
    assert refund_violations(requests, stored, ledger, [charge()], [paid]) == []


@pytest.mark.parametrize(
    ("requests", "stored", "ledger", "left", "found"),
    [
        ([asked("op_1")], [STORED], [made(), made()], 3000, "op_1:1 was refunded 2 times"),
        (
            [asked("op_1")],
            [replace(STORED, amount=4201)],
            [made(amount=4201)],
            None,
            "4201 of ch_1 was refunded, and 4200 captured",
        ),
        ([asked("op_1", "op_2")], [STORED, OTHER], [], 1800, "one request was told of"),
        ([asked("op_1")], [], [], None, "was accepted, and is not in the table"),
        ([asked("op_1", amount=7)], [STORED], [made()], 3000, "op_1 is 1200, 7 was asked for"),
        ([asked("op_1"), asked("op_1")], [STORED], [made()], 3000, "2 requests were told of op_1"),
        ([asked("op_1")], [STORED, OTHER], [], 1800, "has 2 refunds, 1 were asked for"),
        ([], [], [made()], None, "op_1:1 was refunded, and is not in the table"),
        ([asked("op_1")], [replace(STORED, status="UNKNOWN")], [], 3000, "op_1 stays UNKNOWN"),
        ([asked("op_1")], [STORED], [], 3000, "op_1 is REFUNDED, the ledger says nothing"),
        ([asked("op_1")], [STORED], [made(status="failed")], 3000, "the ledger says failed"),
        ([asked("op_1")], [FAILED], [made()], 4200, "NOT_REFUNDED, the ledger says refunded"),
        ([asked("op_1")], [STORED], [made(amount=9)], 3000, "op_1 is 1200, refunded 9"),
        ([asked("op_1")], [STORED], [made()], 4200, "has 4200 left, and 4200 less 1200"),
        ([asked("op_1")], [FAILED], [], 3000, "has 3000 left, and 4200 less 0"),
    ],
)
def test_each_way_to_break_the_promise_is_found(
    requests: list[AskedRefund],
    stored: list[StoredRefund],
    ledger: list[dict[str, Any]],
    left: int | None,
    found: str,
) -> None:
    violations = refund_violations(requests, stored, ledger, [charge()], [order(refundable=left)])
    assert any(found in violation for violation in violations), violations
