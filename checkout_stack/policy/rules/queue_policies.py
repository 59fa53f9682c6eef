"""What queue policies are about: which queues they name, and whom they let in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, listed
from checkout_stack.policy.workload.relations import QUEUE

POLICIES = ("AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy")


@dataclass(frozen=True)
class Named:
    """The queues that a list names."""

    #: ``None`` for all queues.
    known: frozenset[Resource | None]
    #: Whether the template tells all that the list names.
    complete: bool = True

    def surely(self, queue: Resource) -> bool:
        """Whether the queue is among them."""
        return bool({queue, None} & self.known)

    def maybe(self, queue: Resource) -> bool:
        """Whether it is, or may be."""
        return self.surely(queue) or not self.complete


def queues_under(policy: Resource) -> Named:
    """The queues that a policy stands on."""
    return queues_named(policy, listed(policy.prop("Queues")) + listed(policy.prop("Queue")))


def queues_named(policy: Resource, values: list[Value]) -> Named:
    """The queues that a list in a policy names."""
    if "*" in values:
        return Named(frozenset([None]))
    found = [policy.related(each, QUEUE) for each in values]
    named = frozenset(each for each in found if isinstance(each, Resource))
    return Named(named, complete=not any(isinstance(each, Unknown) for each in found))


def is_everybody(principal: Value) -> bool:
    """Whether a principal is anyone at all."""
    if isinstance(principal, Mapping):
        return "*" in listed(principal.get("AWS"))
    return principal == "*"
