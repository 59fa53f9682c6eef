"""How the resources of a run hang together, each relation looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.connectors import CONNECTOR, statements_of_connector
from checkout_stack.policy.workload.failure_queues import failure_queues
from checkout_stack.policy.workload.invocations import AsynchronousCall, asynchronous_calls
from checkout_stack.policy.workload.permissions import (
    ATTACHED,
    POLLERS,
    QUEUE_POLICIES,
    managed_policies,
    role_of,
    roles_of_policy,
    statements_for_roles,
    statements_of_role,
    statements_of_sam,
)
from checkout_stack.policy.workload.polling import received_queues
from checkout_stack.policy.workload.readers import received_by_machine, started_by_pipe
from checkout_stack.policy.workload.relations import (
    ALARM,
    FUNCTION,
    MAPPING,
    PIPE,
    ROLE,
    TASK,
    Trigger,
    pipe_of,
    queue_alarms,
    sam_events,
    trigger_of,
)
from checkout_stack.policy.workload.senders import SENDERS, Sender, sender_of
from checkout_stack.policy.workload.state_machines import STATE_MACHINE
from checkout_stack.policy.workload.statements import Statement, statements


class Connections:
    """What reads, sends, calls, watches and may do what, a checkout's or not."""

    def __init__(self, templates: Iterable[Template]) -> None:
        """Connect the resources of templates that were joined."""
        self.templates = tuple(templates)

    def of_type(self, *types: str) -> list[Resource]:
        """All resources of these types in the run, a checkout's or not."""
        return [each for kind in types for each in self._by_type.get(kind, ())]

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        """All event source mappings of the run, a checkout's or not."""
        return tuple(trigger_of(mapping) for mapping in self.of_type(MAPPING))

    @cached_property
    def pipes(self) -> tuple[Trigger, ...]:
        """All pipes of the run, a checkout's or not."""
        return tuple(pipe_of(pipe) for pipe in self.of_type(PIPE))

    def triggers_of(self, source: Resource) -> tuple[Trigger, ...]:
        """The mappings that surely read this queue or table."""
        return self._triggers_by_source.get(source, ())

    def pipes_of(self, source: Resource) -> tuple[Trigger, ...]:
        """The pipes that surely read this queue or table."""
        return self._pipes_by_source.get(source, ())

    def consumers_of(self, queue: Resource) -> tuple[Resource, ...]:
        """The functions that surely receive from this queue, as far as they are known."""
        readers = self.readers_of.get(queue, ())
        return tuple(reader for reader in readers if reader.type == FUNCTION)

    @cached_property
    def asynchronous_calls(self) -> tuple[AsynchronousCall, ...]:
        """The functions that events call asynchronously, once for each alias that is called."""
        found: dict[tuple[Resource, str | None, bool], AsynchronousCall] = {}
        for call in asynchronous_calls(self.of_type):
            found.setdefault((call.function, call.qualifier, call.is_scheduled), call)
        return tuple(found.values())

    def senders_to(self, queue: Resource) -> tuple[Sender, ...]:
        """What sends to this queue by its configuration, without code."""
        return self._senders.get(queue, ())

    @cached_property
    def _senders(self) -> Mapping[Resource, tuple[Sender, ...]]:
        found: dict[Resource, tuple[Sender, ...]] = {}
        for resource in self.of_type(*SENDERS):
            for sender in sender_of(resource):
                if isinstance(sender.queue, Resource):
                    found[sender.queue] = (*found.get(sender.queue, ()), sender)
        return found

    @cached_property
    def sam_events(self) -> tuple[tuple[Resource, PropertyPath, Mapping[str, Value]], ...]:
        """The events of all SAM functions: the function, where the event is written, and it."""
        return tuple(sam_events(self.of_type(FUNCTION)))

    def alarms_on(self, queue: Resource, metric_name: str) -> tuple[Resource, ...]:
        """All alarms on a metric that SQS publishes about this queue."""
        return self._queue_alarms.get((queue, metric_name), ())

    def granted(self, resource: Resource) -> list[Statement] | Unknown:
        """Every statement that the role of a function or task has, or why that is not known."""
        role = role_of(resource)
        if isinstance(role, Unknown):
            return role
        return self._granted_to(resource, role)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for template in self.templates:
            for resource in template.resources.values():
                found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _queue_alarms(self) -> Mapping[tuple[Resource, str], tuple[Resource, ...]]:
        return queue_alarms(self.of_type(ALARM))

    @cached_property
    def _triggers_by_source(self) -> Mapping[Resource, tuple[Trigger, ...]]:
        return _by_source(self.triggers)

    @cached_property
    def _pipes_by_source(self) -> Mapping[Resource, tuple[Trigger, ...]]:
        return _by_source(self.pipes)

    @cached_property
    def readers_of(self) -> Mapping[Resource, tuple[Resource, ...]]:
        """What receives from each queue: functions and machines, called or polling, and tasks.

        One that is called for a queue polls no other, whatever else its role may receive.
        """
        found: dict[Resource, dict[Resource, None]] = {}
        for trigger in (*self.triggers, *self.pipes):
            if isinstance(trigger.source, Resource) and isinstance(trigger.function, Resource):
                found.setdefault(trigger.source, {})[trigger.function] = None
        for pipe in self.pipes:
            if isinstance(pipe.source, Resource):
                found.setdefault(pipe.source, {}).update(
                    dict.fromkeys(started_by_pipe(pipe.resource))
                )
        for machine in self.of_type(STATE_MACHINE):
            for queue in received_by_machine(machine):
                found.setdefault(queue, {})[machine] = None
        received: dict[Resource, tuple[Resource, ...]] = {}
        for reader in self.of_type(*POLLERS):
            role = role_of(reader)
            if isinstance(role, Unknown) or reader in self.called:
                continue
            owner = reader if role is None else role
            if owner not in received:
                granted = [*self._granted_to(reader, role), *self._let_in.get(owner, ())]
                received[owner] = tuple(received_queues(granted))
            for queue in received[owner]:
                found.setdefault(queue, {})[reader] = None
        return {queue: tuple(readers) for queue, readers in found.items()}

    @cached_property
    def services_of(self) -> Mapping[Resource, list[Resource]]:
        """The services of ECS that run each task."""
        found: dict[Resource, list[Resource]] = {}
        for service in self.of_type("AWS::ECS::Service"):
            task = service.related(service.prop("TaskDefinition"), TASK)
            if isinstance(task, Resource):
                found.setdefault(task, []).append(service)
        return found

    @cached_property
    def called(self) -> frozenset[Resource]:
        """The functions that a mapping or pipe calls for a queue or stream."""
        triggers = (*self.triggers, *self.pipes)
        return frozenset(each.function for each in triggers if isinstance(each.function, Resource))

    def _granted_to(self, reader: Resource, role: Resource | None) -> list[Statement]:
        own = statements_of_sam(reader) if role is None else statements_of_role(role)
        attached = () if role is None else self._attached.get(role, ())
        return [*own, *attached, *self._connected.get(reader, ())]

    @cached_property
    def _connected(self) -> Mapping[Resource, list[Statement]]:
        """The statements that SAM makes of connectors, by the function that they are for."""
        found: dict[Resource, list[Statement]] = {}
        for connector in self.of_type(CONNECTOR):
            for function, statement in statements_of_connector(connector):
                found.setdefault(function, []).append(statement)
        return found

    @cached_property
    def _let_in(self) -> Mapping[Resource, list[Statement]]:
        """The statements by which policies of queues let roles in, by role."""
        found: dict[Resource, list[Statement]] = {}
        for policy in self.of_type(*QUEUE_POLICIES):
            for role, statement in statements_for_roles(policy):
                found.setdefault(role, []).append(statement)
        return found

    @cached_property
    def _attached(self) -> Mapping[Resource, list[Statement]]:
        """The statements of policies of their own, by the role that they are attached to."""
        found: dict[Resource, list[Statement]] = {}
        for policy in self.of_type(*ATTACHED):
            for role in roles_of_policy(policy):
                found.setdefault(role, []).extend(statements(policy, "PolicyDocument"))
        for role in self.of_type(ROLE):
            for policy in managed_policies(role):
                found.setdefault(role, []).extend(statements(policy, "PolicyDocument"))
        return found

    @cached_property
    def failure_queues(self) -> frozenset[Resource]:
        """Queues that keep what something else could not process."""
        return frozenset(failure_queues(self.of_type))


def _by_source(triggers: Iterable[Trigger]) -> Mapping[Resource, tuple[Trigger, ...]]:
    found: dict[Resource, list[Trigger]] = {}
    for trigger in triggers:
        if isinstance(trigger.source, Resource):
            found.setdefault(trigger.source, []).append(trigger)
    return {source: tuple(each) for source, each in found.items()}
