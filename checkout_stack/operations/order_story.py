"""The story of one order, told from what the table keeps of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from checkout_stack.operations.stored_orders import StoredOrder

_PASSAGE = re.compile(r"first_(?P<passage>(?P<attempt>\d+)_(?P<status>[A-Z_]+)|released)")
"""How the table names that an order came to a state (``adapters/order_history.py``)."""

_NEXT = {
    "PENDING": "nothing, unless it is minutes old: the relay sends it, the reconciler sends again",
    "CHARGING": "nothing: a worker has it, or its lease ends soon and another takes it",
    "UNKNOWN": "nothing for minutes; then see the payment service and docs/runbooks",
    "ACTION_REQUIRED": "nothing: the buyer has to confirm; the attempt is given up at the deadline",
    "DECLINED": "nothing: the buyer may pay by other means",
    "PAID": "nothing: the order is paid",
    "NEEDS_REVIEW": "see what the payment service says, then `checkout orders release`, or "
    "`checkout dlq redrive` where a dead letter names it",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the table remembers."""

    at: str
    what: str


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, where it stands, and what to do."""

    order: dict[str, Any]
    events: list[Event]
    messages: list[dict[str, Any]]
    payment_service: str
    next_step: str

    @property
    def needs_a_person(self) -> bool:
        """Whether it will not settle by itself."""
        return self.order["status"] == "NEEDS_REVIEW" or bool(self.order["stray_charges"])

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def story_of(order: StoredOrder, messages: list[dict[str, Any]], payment_service: str) -> Story:
    """Tell the story of an order.

    :param messages: Summaries of the dead letters that name it.
    :param payment_service: What a look-up says of the current attempt.
    """
    next_step = _NEXT.get(order.status, "look at docs/runbooks")
    if messages and order.status in ("PENDING", "UNKNOWN"):
        next_step = "once the payment service is back: `checkout dlq redrive`"
    if order.strays:
        next_step = "refund each stray charge at the payment service: the order did not ask for it"
    summary = {**order.summary(), "correlation_id": order.text("correlation_id")}
    return Story(summary, _events(order), messages, payment_service, next_step)


def _events(order: StoredOrder) -> list[Event]:
    attempt = order.attempt
    known = [
        ("accepted_at", "accepted"),
        ("first_claimed_at", f"attempt {attempt} first claimed; its payment key counts from here"),
        ("resent_at", f"sent again by the reconciler or a person, {order.number('resend')} in all"),
        ("lease_expires_at", f"lease of claim {order.number('claim_epoch')} ends"),
        ("action_deadline", "the buyer's time to confirm ends"),
        ("unsettled_since", f"attempt {attempt} unsettled since"),
    ]
    if not order.is_open:
        known = [each for each in known if each[0] not in ("unsettled_since", "lease_expires_at")]
    known += _passages(order)
    dated = [(order.number(name), order.time(name), what) for name, what in known]
    # What happened in the same millisecond stays as it is listed above.
    dated = sorted((each for each in dated if each[0]), key=lambda each: each[0] or 0)
    return [Event(time, what) for _, time, what in dated if time is not None]


def _passages(order: StoredOrder) -> Iterator[tuple[str, str]]:
    """Yield each time that is kept of the order's coming to a state, and what to say of it."""
    found_in = sorted(filter(None, map(_PASSAGE.fullmatch, order.item)), key=_in_order)
    for found in found_in:
        first = found[0]
        what = f"attempt {found['attempt']} is {found['status']}"
        if found["status"] is None:
            what = "released by a person"
        yield first, what
        last = f"last_{found['passage']}"
        if order.number(last) != order.number(first):
            yield last, f"{what} again, for the last time so far"


def _in_order(passage: re.Match[str]) -> tuple[int, int]:
    return int(passage["attempt"] or 0), list(_NEXT).index(passage["status"] or "PENDING")
