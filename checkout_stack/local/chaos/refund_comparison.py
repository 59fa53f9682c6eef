"""The payment service's ledger of refunds, the table, and what the back office was told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checkout_stack.local.checkout_inspector import StoredOrder, StoredRefund

ENDS = frozenset({"REFUNDED", "NOT_REFUNDED"})
"""At a payment service that can be asked, every refund comes to one of these."""


@dataclass
class AskedRefund:
    """One refund that was asked for, however often it was sent."""

    order_id: str
    key: str
    amount: int | None
    """``None``: all that is left."""

    refund_ids: set[str] = field(default_factory=set)
    """Every refund that an answer named."""


def refund_violations(
    asked: Iterable[AskedRefund],
    stored: Iterable[StoredRefund],
    made: Iterable[Mapping[str, Any]],
    charges: Iterable[Mapping[str, Any]],
    orders: Iterable[StoredOrder],
) -> list[str]:
    """Return what breaks the promise about refunds; empty where it was kept.

    :param made: The payment service's own ledger of refunds.
    :param charges: Its ledger of charges.
    """
    asked, stored, made = list(asked), list(stored), list(made)
    return [
        *_about_money(made, charges),
        *_about_requests(asked, stored),
        *_about_each(stored, made),
        *_about_what_is_left(stored, orders),
    ]


def _about_money(made: list[Mapping[str, Any]], charges: Iterable[Mapping[str, Any]]) -> list[str]:
    captured = {charge["charge_id"]: charge["amount"] for charge in charges}
    given: Counter[str] = Counter()
    for refund in made:
        given[refund["charge_id"]] += refund["amount"] * (refund["status"] != "failed")
    found = [
        f"{given[charge_id]} of {charge_id} was refunded, and {captured.get(charge_id, 0)} captured"
        for charge_id in given
        if given[charge_id] > captured.get(charge_id, 0)
    ]
    times = Counter(refund["refund_key"] for refund in made)
    return found + [f"{key} was refunded {n} times" for key, n in times.items() if n > 1]


def _about_requests(asked: list[AskedRefund], stored: list[StoredRefund]) -> list[str]:
    amounts = {refund.refund_id: refund.amount for refund in stored}
    found = []
    named: Counter[str] = Counter()
    for each in asked:
        named.update(each.refund_ids)
        if len(each.refund_ids) > 1:
            found.append(f"one request was told of the refunds {sorted(each.refund_ids)}")
        for refund_id in each.refund_ids:
            if refund_id not in amounts:
                found.append(f"{refund_id} was accepted, and is not in the table")
            elif each.amount not in (None, amounts[refund_id]):
                found.append(f"{refund_id} is {amounts[refund_id]}, {each.amount} was asked for")
    found += [f"{n} requests were told of {name}" for name, n in named.items() if n > 1]
    wanted = Counter(each.order_id for each in asked)
    kept = Counter(refund.order_id for refund in stored)
    return found + [
        f"{order_id} has {kept[order_id]} refunds, {wanted[order_id]} were asked for"
        for order_id in kept
        if kept[order_id] > wanted[order_id]
    ]


def _about_each(stored: list[StoredRefund], made: list[Mapping[str, Any]]) -> list[str]:
    ledger = {refund["refund_key"]: refund for refund in made}
    found = [
        f"{key} was refunded, and is not in the table"
        for key in ledger.keys() - {refund.payment_key for refund in stored}
    ]
    for refund in stored:
        there = ledger.get(refund.payment_key)
        went_back = there is not None and there["status"] == "refunded"
        if refund.status not in ENDS:
            found.append(f"{refund.refund_id} stays {refund.status}")
        elif (refund.status == "REFUNDED") is not went_back:
            said = there["status"] if there is not None else "nothing"
            found.append(f"{refund.refund_id} is {refund.status}, the ledger says {said}")
        if there is not None and there["amount"] != refund.amount:
            found.append(f"{refund.refund_id} is {refund.amount}, refunded {there['amount']}")
    return found


def _about_what_is_left(stored: list[StoredRefund], orders: Iterable[StoredOrder]) -> list[str]:
    taken_off: defaultdict[str, int] = defaultdict(int)
    for refund in stored:
        taken_off[refund.order_id] += refund.amount * (refund.status != "NOT_REFUNDED")
    return [
        f"{order.order_id} has {order.refundable} left, and {order.to_be_charged} less {gone} is"
        f" {order.to_be_charged - gone}"
        for order in orders
        for gone in (taken_off[order.order_id],)
        if order.refundable not in (None, order.to_be_charged - gone)
    ]
