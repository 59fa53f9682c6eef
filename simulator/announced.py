"""I7: every outcome is announced, as it was, at least once and never before it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checkout_runtime.domain.announcement import Announcement
from simulator.cases import SECOND
from simulator.models.event_bridge import PutEvent
from simulator.stored_orders import is_to_be_announced
from simulator.world_state import WorldState

__all__ = ["Announced"]

Item = dict[str, Any]
_KINDS = {
    "PAID": "OrderPaid",
    "DECLINED": "OrderDeclined",
    "CANCELLED": "OrderCancelled",
    "ACTION_REQUIRED": "OrderActionRequired",
    "AUTHORIZED": "OrderAuthorized",
    "NEEDS_REVIEW": "OrderNeedsReview",
}
_ABOUT_THE_BUYER = ("customer", "payment_method", "scope", "action_url")
MESSAGE_WAITS_MS = 2 * SECOND
"""How long a payment may wait for the bus at most: one call, and what a batch takes besides."""


class Announced:
    """Watches what the orders of one world owe, and what is on the bus."""

    def __init__(self, world: WorldState) -> None:
        self._world = world
        self._stored: dict[str, tuple[Announcement, Item]] = {}
        """Every announcement that an order ever owed, by the event's id, and the order then."""
        self._on_the_bus: set[str] = set()

    def changed(self, key: str, old: Item | None, new: Item, settled: Sequence[Item] = ()) -> None:
        """An order was written, and with it these refunds of it were settled."""
        case = self._world.case
        if case.events is None:
            index = new.get("unsettled_shard", {}).get("S", "")
            assert not {"owed", "event_ordinal"} & new.keys(), f"I7: {key} owes, without a bus"
            assert not index.startswith("announce#"), f"I7: {key} is in {index}, without a bus"
            return
        added = _owed(new) - _owed(old or {})
        before, after = _ordinal(old or {}), _ordinal(new)
        assert len(added) == after - before, f"I7: {key} owes {added} after {before}, as {after}"
        if case.events.is_always_on and not case.is_upgrade:
            due = (old is not None and _is_outcome(old, new)) + len(settled)
            assert len(added) == due, f"I7: {key} owes {added} for {due} changes, {_state(new)}"
        of_refunds = {refund["pk"]["S"]: refund for refund in settled}
        for announcement in map(Announcement.from_member, added):
            event_id = f"{key}#{announcement.ordinal}"
            is_next = before < announcement.ordinal <= after
            assert is_next, f"I7: {event_id} has another's ordinal"
            assert event_id not in self._stored, f"I7: {event_id} is two outcomes"
            if "refund_id" in announcement.details:
                _check_refund(event_id, announcement, of_refunds)
            else:
                _check_outcome(event_id, announcement, old or {}, new)
            self._stored[event_id] = (announcement, new)

    def put(self, event: PutEvent) -> None:
        """The bus took an event."""
        event_id = event.detail["id"]
        known = self._stored.get(event_id)
        assert known is not None, f"I7: {event_id} was announced before it was stored"
        announcement, order = known
        said = (event.kind, event.detail["ordinal"], event.detail["attempt"])
        meant = (announcement.kind, announcement.ordinal, announcement.attempt)
        assert said == meant, f"I7: {event_id} says {said}, not {meant}"
        assert event.detail.items() >= announcement.details.items(), f"I7: {event_id} lost a field"
        assert str(event.detail["amount"]) == order["amount"]["N"], f"I7: {event_id} of another"
        _check_privacy(event_id, event.detail, order)
        self._on_the_bus.add(event_id)

    def ended(self, orders: Mapping[str, Item]) -> None:
        """Nothing is left to do."""
        events, case = self._world.case.events, self._world.case
        if events is None:
            return
        if not case.is_upgrade:
            # What the previous version settles leaves the index, whatever it owes.
            left = [key for key, item in orders.items() if is_to_be_announced(item)]
            assert not left, f"I7: {left} owe something in the end"
        if events.is_always_on and not case.is_upgrade:
            missing = self._stored.keys() - self._on_the_bus
            assert not missing, f"I7: {sorted(missing)} was never announced"


def _check_outcome(event_id: str, announcement: Announcement, old: Item, new: Item) -> None:
    is_stray = _strays(new) > _strays(old)
    kind = "OrderNeedsReview" if is_stray else _KINDS[_state(new)]
    if _is_reminded(old, new):
        kind = "OrderCaptureDue"
    assert announcement.kind == kind, f"I7: {event_id} is {announcement.kind}, not {kind}"
    details = announcement.details
    if kind == "OrderPaid":
        assert details["charge_id"] == new["charge_id"]["S"], f"I7: {event_id} of another"
    if kind == "OrderCancelled":
        said, stored = str(details["reason"]), new["cancel_reason"]["S"]
        assert said == stored, f"I7: {event_id} says {said}, the order {stored}"
    if kind == "OrderDeclined":
        right = (str(announcement.attempt), details["code"])
        stored = (new["attempt"]["N"], new["decline_code"]["S"])
        assert right == stored, f"I7: {event_id} says {right}, the order {stored}"


def _check_refund(event_id: str, announcement: Announcement, settled: Mapping[str, Item]) -> None:
    details = announcement.details
    refund = settled.get(str(details["refund_id"]))
    assert refund is not None, f"I7: {event_id} is of no refund that was settled with it"
    is_back = refund["status"]["S"] == "REFUNDED"
    kind = "OrderRefunded" if is_back else "RefundFailed"
    assert announcement.kind == kind, f"I7: {event_id} is {announcement.kind}, not {kind}"
    if is_back:
        said = f"{details['refunded_amount']} of {details['charge_id']}"
        stored = f"{refund['amount']['N']} of {refund['charge_id']['S']}"
    else:
        said, stored = str(details["reason"]), refund["code"]["S"]
    assert said == stored, f"I7: {event_id} says {said}, the refund {stored}"


def _is_outcome(old: Item, new: Item) -> bool:
    """Whether a change is one that is announced."""
    before, after = _state(old), _state(new)
    if _strays(new) > _strays(old):
        return True
    if _is_reminded(old, new):
        return True
    is_held_again = after == "AUTHORIZED" and _of_attempt(old, "capture_before") is not None
    if before == after or after not in _KINDS or is_held_again:
        return False
    is_same_ask = "action_deadline" in old and before != "PROCESSING"
    return after != "ACTION_REQUIRED" or not is_same_ask


def _is_reminded(old: Item, new: Item) -> bool:
    """Whether it is told that the end of the order's hold is near."""
    name = "capture_reminded_at"
    return _of_attempt(new, name) is not None and _of_attempt(old, name) is None


def _of_attempt(item: Item, name: str) -> Item | None:
    attempt = item.get("attempt", {}).get("N")
    found: Item | None = item.get(f"attempt_{attempt}_{name}")
    return found


def _check_privacy(event_id: str, detail: Mapping[str, Any], order: Item) -> None:
    private = {order[name]["S"] for name in _ABOUT_THE_BUYER if "S" in order.get(name, {})}
    private |= {line["M"]["sku"]["S"] for line in order["lines"]["L"]}
    shown = private & {str(value) for value in detail.values()}
    assert not shown, f"I7: {event_id} shows {shown}"


def _state(item: Item) -> str:
    state: str = item["status"]["S"]
    return state


def _owed(item: Item) -> frozenset[str]:
    return frozenset(item.get("owed", {}).get("SS", ()))


def _ordinal(item: Item) -> int:
    return int(item.get("event_ordinal", {}).get("N", 0))


def _strays(item: Item) -> frozenset[str]:
    return frozenset(item.get("stray_charges", {}).get("SS", ()))
