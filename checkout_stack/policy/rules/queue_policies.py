"""What queue policies are about: which queues they name, and whom they let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value, listed
from checkout_stack.policy.workload.permissions import QUEUE_POLICIES
from checkout_stack.policy.workload.relations import QUEUE
from checkout_stack.policy.workload.statements import Statement, statements
from checkout_stack.policy.workload.workload import Workload


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


_NOT_TOLD = Named(frozenset[Resource | None](), complete=False)


@dataclass(frozen=True)
class QueueStatement:
    """A statement of a queue policy that does what a rule looks for, or may do."""

    statement: Statement
    #: The queues that the policy stands on.
    stands_on: Named
    #: The queues that the statement is about.
    covers: Named

    @property
    def policy(self) -> Resource:
        """The policy that it is in."""
        return self.statement.resource

    def is_about(self, queue: Resource) -> bool:
        """Whether it surely does that, and for the queue."""
        return self.stands_on.surely(queue) and self.covers.surely(queue)

    def may_be_about(self, queue: Resource) -> bool:
        """Whether it does, or may do."""
        return self.stands_on.maybe(queue) and self.covers.maybe(queue)


def queue_statements(
    workload: Workload,
    does: Callable[[Statement, Mapping[str, Value]], bool],
    *,
    all_without_resource: bool = False,
) -> Iterator[QueueStatement]:
    """The statements of which ``does`` holds, and those that the template does not tell.

    One without a Resource is about no queue, or with ``all_without_resource`` about every one that
    its policy stands on.
    """
    for policy in workload.of_type(*QUEUE_POLICIES):
        stands_on = _named(policy, listed(policy.prop("Queues")) + listed(policy.prop("Queue")))
        for statement in statements(policy, "PolicyDocument"):
            body = statement.body
            if isinstance(body, Unknown):
                yield QueueStatement(statement, stands_on, _NOT_TOLD)
            elif does(statement, body):
                named = statement.listed("Resource")
                every = all_without_resource and not named
                covers = stands_on if every else _named(policy, named)
                yield QueueStatement(statement, stands_on, covers)


def _named(policy: Resource, values: list[Value]) -> Named:
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
