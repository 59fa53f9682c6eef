"""By which topics and event buses an order reaches what charges it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Value, at, listed
from checkout_stack.policy.workload.relations import FUNCTION, QUEUE, related_function
from checkout_stack.policy.workload.state_machines import STATE_MACHINE

TOPIC, BUS = "AWS::SNS::Topic", "AWS::Events::EventBus"


@dataclass(frozen=True)
class Announcements:
    """What leads from a message to a charge, beside the queues themselves."""

    #: The topics and buses that something which charges listens to.
    charged: frozenset[Resource]
    #: The buses that nothing in the run listens to: another stack may.
    unheard: frozenset[Resource]
    #: Whether something that charges listens to the account's default bus.
    default_bus_is_charged: bool


def announcements(
    of_type: Callable[..., list[Resource]],
    queues: Collection[Resource],
    charges: Callable[[Resource], bool],
) -> Announcements:
    """Follow subscriptions and rules to the work queues and to functions that charge."""

    def is_charged(resource: Resource, endpoint: Value) -> bool:
        found = resource.related(endpoint, QUEUE, FUNCTION, STATE_MACHINE)
        if not isinstance(found, Resource):
            found = related_function(resource, endpoint)
        if not isinstance(found, Resource):
            return False
        return found in queues or (found.type == FUNCTION and charges(found))

    heard = list(_heard(of_type))
    charged = {source for source, owner, end in heard if source and is_charged(owner, end)}
    default = any(source is None and is_charged(owner, end) for source, owner, end in heard)
    unheard = set(of_type(BUS)) - {source for source, _, _ in heard}
    return Announcements(frozenset(charged), frozenset(unheard), default)


def _heard(
    of_type: Callable[..., list[Resource]],
) -> Iterator[tuple[Resource | None, Resource, Value]]:
    """A topic or bus (``None``: the default bus), what listens to it, and what that calls."""
    for one in of_type("AWS::SNS::Subscription"):
        topic = one.related(one.prop("TopicArn"), TOPIC)
        if isinstance(topic, Resource):
            yield topic, one, one.prop("Endpoint")
    for topic in of_type(TOPIC):
        for each in listed(topic.prop("Subscription")):
            yield topic, topic, at(each, "Endpoint")
    for rule in of_type("AWS::Events::Rule"):
        if rule.prop("EventPattern") is None:
            continue
        named = rule.prop("EventBusName")
        bus = rule.related(named, BUS)
        if isinstance(bus, Resource) or named in (None, "default"):
            for target in listed(rule.prop("Targets")):
                yield (bus if isinstance(bus, Resource) else None), rule, at(target, "Arn")
