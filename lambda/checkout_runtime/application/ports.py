"""What the application asks of the world around it, but for the order table (``order_ports``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    # A port names its types and makes none: who charges nothing does not load them.
    from checkout_runtime.domain.announcement import Event
    from checkout_runtime.domain.message import QueueMessage
    from checkout_runtime.domain.order import Order
    from checkout_runtime.domain.outcomes import (
        Cancelled,
        Captured,
        Declined,
        NotCharged,
        NotFound,
        Opened,
        Outcome,
        Unknown,
    )

__all__ = [
    "Clock",
    "EventBus",
    "Executor",
    "PaymentIntents",
    "PaymentQueue",
    "PaymentService",
]

T = TypeVar("T")
M = TypeVar("M", bound="QueueMessage")


class Clock(Protocol):
    """The time of day."""

    def now(self) -> int:
        """Return milliseconds since 1970-01-01 UTC."""
        ...

    def pause(self, seconds: float) -> None:
        """Return after so long."""
        ...


class Executor(Protocol):
    """Runs independent tasks side by side."""

    def run_all(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Run every task to its end, however long that takes, and return their results in order."""
        ...


class PaymentService(Protocol):
    """A payment service as one checkout sees it. Requests never raise: they answer ``Unknown``."""

    @property
    def name(self) -> str:
        """What this payment service is called on the orders that it was asked to charge.

        The configured name, or one made of its kind, host and path. An attempt that was claimed
        for another name is never requested here.
        """
        ...

    @property
    def can_cancel(self) -> bool:
        """Whether it can be told to cancel an attempt."""
        ...

    @property
    def can_look_up(self) -> bool:
        """Whether it can be asked what became of a payment key."""
        ...

    @property
    def captures_later(self) -> bool:
        """Whether it is asked to hold the money, which is captured by a request of its own."""
        ...

    def prepare(self) -> None:
        """Get ready (secret, connection) before any order is claimed; may raise."""
        ...

    def charge(self, order: Order) -> Outcome:
        """Request the current attempt of the order under its payment key, once."""
        ...

    def look_up(self, payment_key: str) -> Outcome | NotFound:
        """Ask what became of the requests under this key, or under what was opened for it
        (``Order.lookup_reference``)."""
        ...

    def cancel(self, payment_key: str) -> Outcome | NotFound | Cancelled:
        """Ask to cancel what waits under this key; where it is too late, learn what happened.

        A hold is voided by it.
        """
        ...

    def capture(self, order: Order, amount: int) -> Captured | Declined | NotCharged | Unknown:
        """Request so much of the hold ``order.charge_id``, once, under ``order.capture_key``.

        ``amount`` is in minor units, from 1 to what is held; the rest is released. Returns
        ``Captured`` with what was captured, ``Declined`` where the hold is gone, or ``NotCharged``
        where the service refused this request and may still hold the money.
        """
        ...


class PaymentIntents(Protocol):
    """Opens attempts at a payment service that charges nothing but what was opened before.

    Only the attempt whose id a claim stored is ever charged, so that one order is charged once
    even where the payment service opens an attempt for each request.
    """

    def open(self, order: Order) -> Opened | NotCharged | Unknown:
        """Open the current attempt of an order that nobody has claimed for us yet."""
        ...

    def abandon(self, reference: str) -> None:
        """Try to abandon what was opened and whose id no claim stored; must not raise."""
        ...


class PaymentQueue(Protocol):
    """The FIFO queue to the payment consumer."""

    def send(self, messages: Sequence[M]) -> list[M]:
        """Send messages, each in its order's group; return those that were not taken."""
        ...

    def make_visible_after(self, delays: Mapping[str, int]) -> None:
        """Return messages to the queue: receipt handle to seconds until they are visible."""
        ...


class EventBus(Protocol):
    """Where outcomes are announced."""

    def put(self, events: Sequence[Event]) -> list[bool]:
        """Return which of the events the bus took. Never raises, and ends within two seconds."""
        ...
