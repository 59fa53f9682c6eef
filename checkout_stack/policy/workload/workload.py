"""What of a run is a checkout, and how its parts relate: the graph that rules walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.failure_queues import failure_queues
from checkout_stack.policy.workload.invocations import asynchronous_calls
from checkout_stack.policy.workload.permissions import (
    ATTACHED,
    received_queues,
    role_of,
    roles_of_policy,
    statements_of_role,
    statements_of_sam,
)
from checkout_stack.policy.workload.recognition import (
    MARKED,
    METADATA,
    NAMED,
    charges_by_evidence,
    feeds_payments,
    is_kept_briefly,
    makes_payments,
    mark_of,
    variables_of,
    why_recognised,
    words_of_reader,
)
from checkout_stack.policy.workload.relations import (
    ALARM,
    FUNCTION,
    MAPPING,
    PIPE,
    QUEUE,
    TABLES,
    TASK,
    Trigger,
    named_anywhere,
    pipe_of,
    queue_alarms,
    sam_events,
    trigger_of,
)
from checkout_stack.policy.workload.senders import SENDERS, Sender, sender_of
from checkout_stack.policy.workload.statements import Statement, statements
from checkout_stack.policy.workload.vocabulary import (
    speaks_of_orders,
    speaks_of_payment,
    tells,
    words,
)

_OF_STREAMS_AND_BROKERS = ("StartingPosition", "Queues", "Topics")
"""Properties of mappings that read something other than a queue of SQS."""


class Workload:
    """The queues of a run that carry work to be done once, and what hangs on them."""

    def __init__(self, templates: Iterable[Template], named: Iterable[str] = ()) -> None:
        """Find the checkout in templates that were joined.

        :param named: Construct paths or ids, logical ids or names of queues that carry such work
            whatever they are called.
        """
        self.templates = tuple(templates)
        self._named = frozenset(named)

    def of_type(self, *types: str) -> list[Resource]:
        """All resources of these types in the run, a checkout's or not."""
        return [each for kind in types for each in self._by_type.get(kind, ())]

    def declared(self, queue: Resource, name: str) -> Value:
        """What the metadata of the queue, or else of its template, declare for the policy."""
        for metadata in (queue.metadata, queue.scope.metadata):
            section = metadata.get(METADATA)
            if isinstance(section, Mapping) and name in section:
                return queue.scope.resolve(section[name])
        return None

    @cached_property
    def recognised(self) -> Mapping[Resource, str]:
        """The work queues, and why each was recognised."""
        found: dict[Resource, str] = {}
        for queue in self.of_type(QUEUE):
            readers = self._readers_of.get(queue, ())
            why = why_recognised(queue, readers, self._named)
            explicit = why in (NAMED, MARKED)
            is_kept_aside = queue in self._failure_queues and queue not in self._charged
            if why is not None and (explicit or not is_kept_aside):
                found[queue] = why
            elif mark_of(queue) is None and self._dead_letter_queue_of(queue) in self._charged:
                found[queue] = "its failures, which are charged"
        return found

    @cached_property
    def _charged(self) -> frozenset[Resource]:
        """The queues that something reads which makes payments."""
        return frozenset(
            queue
            for queue, readers in self._readers_of.items()
            if any(charges_by_evidence(each) for each in readers)
        )

    @property
    def queues(self) -> tuple[Resource, ...]:
        """The queues that carry work to be done once; not their dead-letter queues."""
        return tuple(self.recognised)

    @cached_property
    def unrecognised_fifo_queues(self) -> tuple[Resource, ...]:
        """FIFO queues with a consumer that nothing tells to be work, nor to be none."""
        return tuple(
            queue
            for queue in self.of_type(QUEUE)
            if queue not in self.recognised
            and queue not in self._failure_queues
            and queue.prop("FifoQueue") in (True, "true")
            and mark_of(queue) is None
            and self.consumers_of(queue)
        )

    @cached_property
    def dead_letter_pairs(self) -> tuple[tuple[Resource, RelatedResource], ...]:
        """Each work queue that names a dead-letter queue, with that queue or why it is not seen."""
        pairs = [(queue, self._dead_letter_queue_of(queue)) for queue in self.queues]
        return tuple(pair for pair in pairs if pair[1] is not None)

    @cached_property
    def all_queues(self) -> tuple[Resource, ...]:
        """The work queues and their dead-letter queues, each once, as far as they are known."""
        return _each_once([*self.queues, *(dead for _, dead in self.dead_letter_pairs)])

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

    @cached_property
    def imported_queue_triggers(self) -> tuple[Trigger, ...]:
        """The mappings of charging functions or payment queues whose queue is not in the run."""
        return tuple(
            each
            for each in self.triggers
            if isinstance(each.source, Unknown)
            and (
                (isinstance(each.function, Resource) and self.charges(each.function))
                or speaks_of_payment(words(each.resource.prop("EventSourceArn")))
            )
            and not any(each.resource.prop(name) for name in _OF_STREAMS_AND_BROKERS)
        )

    def consumers_of(self, queue: Resource) -> tuple[Resource, ...]:
        """The functions that surely receive from this queue, as far as they are known."""
        readers = self._readers_of.get(queue, ())
        return tuple(reader for reader in readers if reader.type == FUNCTION)

    @cached_property
    def queue_triggers(self) -> tuple[Trigger, ...]:
        """The mappings that read a work queue."""
        return tuple(each for queue in self.queues for each in self.triggers_of(queue))

    @cached_property
    def consumers(self) -> tuple[Resource, ...]:
        """The functions that receive from the work queues, each once."""
        return tuple(self._consumers)

    @cached_property
    def _consumers(self) -> Mapping[Resource, None]:
        found = (each for queue in self.queues for each in self.consumers_of(queue))
        return dict.fromkeys(found)

    def charges(self, function: Resource) -> bool:
        """Whether a function charges: it receives from a work queue, or its own name says so.

        The variables that it reads say less: a function that only sends to the payment queue knows
        the queue's URL as well.
        """
        return function in self._consumers or speaks_of_payment(words_of_reader(function))

    @cached_property
    def payment_functions(self) -> tuple[Resource, ...]:
        """The functions that take money: consumers of work queues, and those whose names say so."""
        named = [each for each in self.of_type(FUNCTION) if makes_payments(each)]
        return _each_once([*self.consumers, *named])

    @cached_property
    def order_tables(self) -> tuple[Resource, ...]:
        """The tables of orders: marked, or called so, or named to a consumer of a work queue.

        Where there is no work queue, only those whose stream something sends on to payments: a
        table of orders alone may be anybody's.
        """
        reached = self._named_to_consumers()
        return tuple(table for table in self.of_type(*TABLES) if self._is_order(table, reached))

    @cached_property
    def asynchronous_calls(self) -> Mapping[Resource, Resource]:
        """The functions that events call asynchronously, and the first thing that calls each."""
        found: dict[Resource, Resource] = {}
        for function, caller in asynchronous_calls(self.of_type):
            found.setdefault(function, caller)
        return found

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

    @cached_property
    def order_streams(self) -> tuple[Trigger, ...]:
        """The mappings that read an order table's stream, or any stream into a charging function.

        Not those whose function only tells about orders, such as one that fills a search index.
        """
        of_tables = [each for table in self.order_tables for each in self.triggers_of(table)]
        of_money = [
            each
            for each in self.triggers
            if each.resource.prop("StartingPosition") is not None
            and isinstance(each.function, Resource)
            and self.charges(each.function)
        ]
        of_orders = [each for each in of_tables if not _only_tells(each)]
        return tuple(dict.fromkeys([*of_orders, *of_money]))

    def alarms_on(self, queue: Resource, metric_name: str) -> tuple[Resource, ...]:
        """All alarms on a metric that SQS publishes about this queue."""
        return self._queue_alarms.get((queue, metric_name), ())

    def granted(self, resource: Resource) -> list[Statement] | Unknown:
        """Every statement that the role of a function or task has, or why that is not known."""
        role = role_of(resource)
        if isinstance(role, Unknown):
            return role
        if role is None:
            return list(statements_of_sam(resource))
        return self._granted_to(role)

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
    def _readers_of(self) -> Mapping[Resource, tuple[Resource, ...]]:
        """The functions and tasks that receive from each queue: called for it, or polling it."""
        found: dict[Resource, dict[Resource, None]] = {}
        for trigger in (*self.triggers, *self.pipes):
            if isinstance(trigger.source, Resource) and isinstance(trigger.function, Resource):
                found.setdefault(trigger.source, {})[trigger.function] = None
        received: dict[Resource, tuple[Resource, ...]] = {}
        for reader in self.of_type(FUNCTION, TASK):
            role = role_of(reader)
            if isinstance(role, Resource) and role not in received:
                received[role] = _each_once(received_queues(self._granted_to(role)))
            for queue in received.get(role, ()) if isinstance(role, Resource) else ():
                found.setdefault(queue, {})[reader] = None
        return {queue: tuple(readers) for queue, readers in found.items()}

    def _granted_to(self, role: Resource) -> list[Statement]:
        return [*statements_of_role(role), *self._attached.get(role, ())]

    @cached_property
    def _attached(self) -> Mapping[Resource, list[Statement]]:
        """The statements of policies of their own, by the role that they are attached to."""
        found: dict[Resource, list[Statement]] = {}
        for policy in self.of_type(*ATTACHED):
            for role in roles_of_policy(policy):
                found.setdefault(role, []).extend(statements(policy, "PolicyDocument"))
        return found

    def _dead_letter_queue_of(self, queue: Resource) -> RelatedResource:
        """Where SQS moves what was received too often; ``None`` if nowhere."""
        return queue.related(queue.prop("RedrivePolicy", "deadLetterTargetArn"), QUEUE)

    @cached_property
    def _failure_queues(self) -> frozenset[Resource]:
        """Queues that keep what something else could not process."""
        return frozenset(failure_queues(self.of_type))

    def _is_order(self, table: Resource, reached: frozenset[Resource]) -> bool:
        marked = mark_of(table)
        if marked is not None:
            return marked
        called = words(table.logical_id, table.prop("TableName"))
        if is_kept_briefly(called):
            return False
        if self.queues:
            return speaks_of_orders(called) or table in reached
        return speaks_of_orders(called) and any(
            isinstance(each.function, Resource) and feeds_payments(each.function)
            for each in self.triggers_of(table)
        )

    def _named_to_consumers(self) -> frozenset[Resource]:
        found: set[Resource] = set()
        for consumer in self.consumers:
            for name, value in variables_of(consumer).items():
                if not is_kept_briefly(words(name)):
                    found.update(named_anywhere(consumer, value))
        return frozenset(found)


def _by_source(triggers: Iterable[Trigger]) -> Mapping[Resource, tuple[Trigger, ...]]:
    found: dict[Resource, list[Trigger]] = {}
    for trigger in triggers:
        if isinstance(trigger.source, Resource):
            found.setdefault(trigger.source, []).append(trigger)
    return {source: tuple(each) for source, each in found.items()}


def _each_once(found: Iterable[RelatedResource]) -> tuple[Resource, ...]:
    """The resources among ``found``, in their order."""
    return tuple(dict.fromkeys(each for each in found if isinstance(each, Resource)))


def _only_tells(trigger: Trigger) -> bool:
    """Whether the words of the function take it out of the work, as recognition does."""
    function = trigger.function
    return isinstance(function, Resource) and tells(words_of_reader(function))
