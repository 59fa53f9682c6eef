"""The payment service's ledger of holds, the table, and what the back office asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checkout_stack.local.checkout_inspector import SETTLED, StoredOrder

OVER = SETTLED - {"NEEDS_REVIEW"}
"""Nobody looks after the money of such an order any more."""


@dataclass
class AskedCapture:
    """Held money that was asked for, however often the request was sent."""

    order_id: str
    amount: int
    may_be_taken: bool = False
    """Whether a request was accepted, or was never answered."""


def capture_violations(
    asked: Iterable[AskedCapture],
    holds: Iterable[Mapping[str, Any]],
    charges: Iterable[Mapping[str, Any]],
    orders: Iterable[StoredOrder],
) -> list[str]:
    """Return what breaks the promise about held money; empty where it was kept.

    :param holds: The payment service's own ledger of holds.
    :param charges: Its ledger of charges. Each order is charged once: ``comparison`` says so.
    :param orders: Those of checkouts whose charges are holds.
    """
    held = {hold["payment_key"]: hold for hold in holds}
    by_id = {order.order_id: order for order in orders}
    due = {(each.order_id, each.amount) for each in asked if each.may_be_taken}
    ours = [charge for charge in charges if charge["order_id"] in by_id]
    found = [problem for charge in ours for problem in _about_charge(charge, held, due)]
    standing = Counter(
        key.partition(":")[0] for key, hold in held.items() if hold["status"] != "cancelled"
    )
    found += [f"{each} has {n} holds or captures" for each, n in standing.items() if n > 1]
    for key, hold in held.items():
        order = by_id.get(key.partition(":")[0])
        if order is None:
            found.append(f"{key} is held, and its order is in no table")
        elif order.status in OVER and hold["status"] == "authorized":
            found.append(f"{order.order_id} is {order.status}, and its money is held still")
    return found


def _about_charge(
    charge: Mapping[str, Any], held: Mapping[str, Mapping[str, Any]], due: set[tuple[str, int]]
) -> list[str]:
    order_id, amount = charge["order_id"], charge["amount"]
    hold = held.get(charge["payment_key"])
    found = []
    if hold is None:
        found.append(f"{order_id} was captured, and no money was held")
    elif amount > hold["amount"]:
        found.append(f"{amount} of {order_id} was captured, and {hold['amount']} held")
    if (order_id, amount) not in due:
        found.append(f"{amount} of {order_id} was captured, and nobody may have asked for that")
    return found
