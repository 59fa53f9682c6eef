"""Rules that hand the events of a checkout to their consumers."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_events as events
from constructs import Construct

from checkout_stack.events.order_events import SOURCE, OrderEventKind
from checkout_stack.foundation.property_types import Expected, own, sequence_of, type_requirements
from checkout_stack.foundation.requirements import Requirement, enforce

TYPES = {
    "kinds": sequence_of(
        Expected(
            accepts=lambda value: isinstance(value, OrderEventKind),
            allowed="an OrderEventKind",
            fix="give a list such as [OrderEventKind.PAID]",
        )
    ),
    "target": Expected(
        # A target is a proxy of an interface, or whatever implements it: known by what it can do.
        accepts=lambda value: hasattr(value, "bind") and not isinstance(value, type),
        allowed="a target of aws_events_targets",
        fix="give targets.SqsQueue(queue, dead_letter_queue=...)",
    ),
    "scope": own(Construct).or_none(),
}


class OrderEventRules:
    """What a checkout announces, and to whom it is handed."""

    #: Where what becomes of orders is announced; ``None`` without ``order_events``.
    event_bus: events.IEventBus | None

    def on_event(
        self,
        construct_id: str,
        kinds: Sequence[OrderEventKind],
        target: events.IRuleTarget,
        *,
        scope: Construct | None = None,
    ) -> events.Rule:
        """Hand the events of these kinds to a target, by a rule on :attr:`event_bus`.

        A target gets each event at least once, in any order. Give it a dead-letter queue:
        EventBridge drops what it could not deliver within a day.

        :param construct_id: Of the rule.
        :param kinds: At least one.
        :param target: One of ``aws_events_targets``, such as ``targets.SqsQueue(...)``.
        :param scope: Where the rule is made: a construct of the stack that has the target, if that
            is another stack. Default: the checkout.
        :raises CheckoutMisconfiguredError: the checkout has no ``order_events``, or there is no
            kind.
        """
        assert isinstance(self, Construct)
        enforce(self, type_requirements(TYPES, locals()))
        enforce(self, [_announces(self.event_bus), _wants_some(kinds)])
        return events.Rule(
            self if scope is None else scope,
            construct_id,
            description=f"Events of a checkout: {', '.join(each.value for each in kinds)}."[:512],
            event_bus=self.event_bus,
            event_pattern=events.EventPattern(
                source=[SOURCE], detail_type=[each.value for each in kinds]
            ),
            targets=[target],
        )


def _announces(bus: events.IEventBus | None) -> Requirement:
    return Requirement(
        holds=bus is not None,
        property="order_events",
        given="left out",
        allowed="a bus to make a rule on",
        fix="give the checkout order_events=OrderEvents.to_event_bus()",
    )


def _wants_some(kinds: Sequence[OrderEventKind]) -> Requirement:
    return Requirement(
        holds=len(kinds) > 0,
        property="kinds",
        given="empty",
        allowed="at least one OrderEventKind: a rule without any would match every event",
        fix="give [OrderEventKind.PAID], or list(OrderEventKind) for all of them",
    )
