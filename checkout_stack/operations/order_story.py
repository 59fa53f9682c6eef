"""The story of one order: what the table keeps of it, and what the payment service says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from checkout_stack.operations.look_up import LookUp
from checkout_stack.operations.next_step import STATES, next_step, with_refunds
from checkout_stack.operations.stored_orders import StoredOrder

_PASSAGE = re.compile(r"first_(?P<passage>(?P<attempt>\d+)_(?P<status>[A-Z_]+)|released)")
"""How the table names that an order came to a state (``adapters/order_history.py``)."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the table remembers."""

    at: str
    what: str


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, what the payment service says, and what to do."""

    order: dict[str, Any]
    events: list[Event]
    messages: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    """What the table says of each."""
    payment_service: str
    """What it says of the current attempt."""
    attempts: list[dict[str, Any]]
    """What it says of each attempt."""
    contradiction: str | None
    look_up_problem: str | None
    """Why the payment service was not asked."""
    unread_messages: str | None
    """Why dead letters may name it that were not read."""
    next_step: str
    needs_operator: bool

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def story_of(
    order: StoredOrder,
    messages: list[dict[str, Any]],
    look_up: LookUp,
    *,
    attempt_limit: int | None = None,
    unread_messages: str | None = None,
    refunds: Sequence[dict[str, Any]] = (),
) -> Story:
    """Tell the story of an order.

    :param messages: Summaries of the dead letters that name it.
    :param look_up: What the payment service says of its attempts.
    :param attempt_limit: Payment attempts that it may have; None if that is not known.
    :param unread_messages: Why there may be more dead letters; None if there are not.
    :param refunds: What the table says of its refunds.
    """
    step = next_step(order, look_up, attempt_limit=attempt_limit, has_letter=bool(messages))
    step = with_refunds(step, refunds)
    return Story(
        order={**order.summary(), "correlation_id": order.text("correlation_id")},
        events=_events(order),
        messages=messages,
        refunds=list(refunds),
        payment_service=look_up.said,
        attempts=[asdict(each) for each in look_up.attempts],
        contradiction=look_up.contradiction,
        look_up_problem=look_up.problem,
        unread_messages=unread_messages,
        next_step=step.text,
        needs_operator=step.needs_operator,
    )


def _events(order: StoredOrder) -> list[Event]:
    attempt = order.attempt
    known = [
        ("accepted_at", "accepted"),
        ("first_claimed_at", f"attempt {attempt} first claimed; its payment key counts from here"),
        (
            "resent_at",
            f"sent again by the reconciler or an operator, {order.number('resend')} in all",
        ),
        ("lease_expires_at", f"lease of claim {order.number('claim_epoch')} ends"),
        ("action_deadline", "the buyer's time to confirm ends"),
        ("verdict_at", f"verdict by {order.text('verdict_by')}: {order.text('verdict_why')}"),
        (
            "unsettled_since",
            "next look-up" if order.is_processing else f"attempt {attempt} unsettled since",
        ),
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
            what = "released by an operator"
        yield first, what
        last = f"last_{found['passage']}"
        if order.number(last) != order.number(first):
            yield last, f"{what} again, for the last time so far"


def _in_order(passage: re.Match[str]) -> tuple[int, int]:
    status = passage["status"] or "PENDING"
    return int(passage["attempt"] or 0), STATES.index(status) if status in STATES else len(STATES)
