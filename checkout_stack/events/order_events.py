"""Where what becomes of orders is announced, and which events there are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from checkout_stack.events.reader_layer import reader_layer
from checkout_stack.foundation.deployed_path import resource_name
from checkout_stack.foundation.place_requirements import Given, Kind, given
from checkout_stack.foundation.property_types import (
    DURATION,
    EVENT_BUS,
    Expected,
    type_requirements,
)
from checkout_stack.foundation.requirements import Requirement

#: The ``source`` of every event, as the functions write it.
SOURCE = "idempotent-checkout"
#: EventBridge's quota for the name of a bus
#: (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html).
LONGEST_BUS_NAME = 256
SECONDS_OF_A_DAY = 24 * 60 * 60


class OrderEventKind(Enum):
    """What an event tells: ``PAID``, ``DECLINED``, ``ACTION_REQUIRED``, ``NEEDS_REVIEW``,
    ``AUTHORIZED``, ``CAPTURE_DUE``, ``CANCELLED``, ``DISPUTED``, ``REFUNDED`` or
    ``REFUND_FAILED``.

    The value is the event's ``detail-type``; ``docs/guide/events.md`` has what each says. A later
    version may have more of them.
    """

    #: The order was paid.
    PAID = "OrderPaid"
    #: A payment attempt was declined; the buyer may pay by another one.
    DECLINED = "OrderDeclined"
    #: The buyer has to act, for example confirm by 3-D Secure.
    ACTION_REQUIRED = "OrderActionRequired"
    #: An operator has to decide about the order.
    NEEDS_REVIEW = "OrderNeedsReview"
    #: The payment service holds the money, until a time.
    AUTHORIZED = "OrderAuthorized"
    #: That time is near, and nobody has asked for the money.
    CAPTURE_DUE = "OrderCaptureDue"
    #: The order was given up before anything was captured. The event's ``reason`` says why.
    CANCELLED = "OrderCancelled"
    #: The buyer's bank disputes a charge. Told by a payment service that sends webhooks.
    DISPUTED = "OrderDisputed"
    #: Money went back to the buyer, all of a charge or a part of it.
    REFUNDED = "OrderRefunded"
    #: A refund came to nothing; its amount can be refunded again.
    REFUND_FAILED = "RefundFailed"


class OrderEvents(ABC):
    """Where what becomes of orders is announced, as the method below makes it.

    Each stored outcome is announced at least once, under an id that was stored with it, and never
    before it is stored. No payment waits for an announcement: a bus that is down makes events late.
    """

    @staticmethod
    def to_event_bus(
        bus: events.IEventBus | None = None, *, archive_for: cdk.Duration | None = None
    ) -> OrderEvents:
        """Announce them on an EventBridge bus: a dollar a million and more writes.

        :param bus: A bus of the stack's account and Region. Rules on it see the events of every
            checkout that announces there. To reach a bus of another account, give none and forward
            the events by a rule. Default: a bus made here.
        :param archive_for: How long the bus keeps the events of checkouts for a replay, in whole
            days from 1. Without it EventBridge would keep them for ever, so there is no such
            choice. A consumer has to remember ids for longer: ``keep_for_days`` of
            ``checkout_runtime.events.Inbox`` is 90. Default: no archive.
        """
        return _ToEventBus(bus=bus, archive_for=archive_for)

    @staticmethod
    def reader_layer(scope: Construct) -> lambda_.LayerVersion:
        """Return a layer with ``checkout_runtime.events``, for functions that consume events.

        For Python 3.11 to 3.13, on either architecture. It needs neither Docker nor pip.

        :param scope: A construct of the stack that has the functions; a stack has one such layer.
        """
        return reader_layer(scope)

    @abstractmethod
    def type_requirements(self) -> list[Requirement]:
        """Return that each property has its type."""

    @abstractmethod
    def requirements(self) -> list[Requirement]:
        """Return what else has to hold."""

    @abstractmethod
    def places(self) -> list[Given]:
        """Return where everything is that was given."""

    @abstractmethod
    def bind(self, scope: Construct) -> events.IEventBus:
        """Make below ``scope`` what was not given, and return the bus."""


@dataclass(frozen=True, kw_only=True)
class _ToEventBus(OrderEvents):
    """What :meth:`OrderEvents.to_event_bus` returns."""

    bus: events.IEventBus | None
    archive_for: cdk.Duration | None

    TYPES: ClassVar[Mapping[str, Expected]] = {
        "bus": EVENT_BUS.or_none(),
        "archive_for": DURATION.or_none(),
    }

    def type_requirements(self) -> list[Requirement]:
        return type_requirements(self.TYPES, vars(self), of="order_events")

    def requirements(self) -> list[Requirement]:
        kept = self.archive_for
        token = kept is not None and kept.is_unresolved()
        return [
            Requirement(
                holds=kept is None or (not token and _is_in_whole_days(kept)),
                property="order_events.archive_for",
                given="a token" if token else kept and f"{_seconds(kept):g} seconds",
                allowed="whole days from 1, known at synth, or None: an archive counts in days, "
                "and 0 would be for ever",
                fix="give Duration.days(30), or leave it out for no archive",
            )
        ]

    def places(self) -> list[Given]:
        bus = self.bus
        if bus is None:
            return []
        return [given(Kind.EVENT_BUS, "order_events.bus", bus, bus.event_bus_arn)]

    def bind(self, scope: Construct) -> events.IEventBus:
        made = Construct(scope, "Events")
        bus = self.bus or events.EventBus(
            made,
            "Bus",
            event_bus_name=resource_name(made, suffix="", max_length=LONGEST_BUS_NAME),
            description="What becomes of the orders of a checkout.",
        )
        if self.archive_for is not None:
            events.Archive(
                made,
                "Archive",
                source_event_bus=bus,
                description="What became of the orders of a checkout.",
                event_pattern=events.EventPattern(source=[SOURCE]),
                retention=self.archive_for,
            )
        return bus


def _is_in_whole_days(duration: cdk.Duration) -> bool:
    seconds = _seconds(duration)
    return seconds > 0 and seconds % SECONDS_OF_A_DAY == 0


def _seconds(duration: cdk.Duration) -> float:
    return duration.to_seconds(integral=False)
