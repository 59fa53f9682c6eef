"""What of a template is a checkout, and how its parts relate: the graph that rules walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.recognition import (
    MARKED,
    METADATA,
    NAMED,
    makes_payments,
    mark_of,
    why_recognised,
    words_of_function,
)
from checkout_stack.policy.workload.relations import (
    FUNCTION,
    QUEUE,
    TABLES,
    Trigger,
    named_anywhere,
    queue_alarms,
    resolve_function,
    sam_events,
    triggers,
)
from checkout_stack.policy.workload.vocabulary import (
    speaks_of_orders,
    speaks_of_payment,
    tells,
    words,
)

_OF_STREAMS_AND_BROKERS = ("StartingPosition", "Queues", "Topics")
"""Properties of mappings that read something other than a queue of SQS."""


class Workload:
    """The queues of a template that carry work to be done once, and what hangs on them."""

    def __init__(self, template: Template, named: Iterable[str] = ()) -> None:
        """Find the checkout in ``template``.

        :param named: Logical ids or names of queues that carry such work whatever they are called.
        """
        self.template = template
        self._named = frozenset(named)

    def of_type(self, *types: str) -> list[Resource]:
        """All resources of these types in the template, a checkout's or not."""
        return self.template.of_type(*types)

    def resolve_resource(self, value: Value, *types: str) -> RelatedResource:
        """The resource that a resolved value names, as :meth:`Template.resolve_resource` says."""
        return self.template.resolve_resource(value, *types)

    def resolve_function(self, value: Value) -> RelatedResource:
        """The function that ``value`` names, directly or by an alias or a version."""
        return resolve_function(self.template, value)

    def declared(self, queue: Resource, name: str) -> Value:
        """What the metadata of the queue, or else of the template, declare for the policy."""
        for metadata in (queue.metadata, self.template.metadata):
            section = metadata.get(METADATA)
            if isinstance(section, Mapping) and name in section:
                return self.template.resolve(section[name])
        return None

    @cached_property
    def recognised(self) -> Mapping[str, str]:
        """Why each work queue was recognised, by logical id."""
        aside = {queue.logical_id for queue in self._failure_queues}
        found: dict[str, str] = {}
        for queue in self.of_type(QUEUE):
            why = why_recognised(queue, self.consumers_of(queue), self._named)
            explicit = why in (NAMED, MARKED)
            if why is not None and (explicit or queue.logical_id not in aside):
                found[queue.logical_id] = why
        return found

    @cached_property
    def queues(self) -> tuple[Resource, ...]:
        """The queues that carry work to be done once; not their dead-letter queues."""
        return tuple(self.template.resources[logical_id] for logical_id in self.recognised)

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
        """All event source mappings of the template, a checkout's or not."""
        return triggers(self.template)

    def triggers_of(self, source: Resource) -> tuple[Trigger, ...]:
        """The mappings that surely read this queue or table."""
        return self._triggers_by_source.get(source.logical_id, ())

    @cached_property
    def imported_queue_triggers(self) -> tuple[Trigger, ...]:
        """The mappings of charging functions whose queue is in another stack."""
        return tuple(
            each
            for each in self.triggers
            if isinstance(each.source, Unknown)
            and isinstance(each.function, Resource)
            and self.charges(each.function)
            and not any(each.resource.prop(name) for name in _OF_STREAMS_AND_BROKERS)
        )

    def consumers_of(self, queue: Resource) -> tuple[Resource, ...]:
        """The functions that surely receive from this queue, as far as they are known."""
        return _each_once(trigger.function for trigger in self.triggers_of(queue))

    @cached_property
    def queue_triggers(self) -> tuple[Trigger, ...]:
        """The mappings that read a work queue."""
        return tuple(each for queue in self.queues for each in self.triggers_of(queue))

    @cached_property
    def consumers(self) -> tuple[Resource, ...]:
        """The functions that receive from the work queues, each once."""
        return _each_once(each for queue in self.queues for each in self.consumers_of(queue))

    def charges(self, function: Resource) -> bool:
        """Whether a function charges: it receives from a work queue, or its own name says so.

        The variables that it reads say less: a function that only sends to the payment queue knows
        the queue's URL as well.
        """
        return function in self.consumers or speaks_of_payment(words_of_function(function))

    @cached_property
    def payment_functions(self) -> tuple[Resource, ...]:
        """The functions that take money: consumers of work queues, and those whose names say so."""
        named = [each for each in self.of_type(FUNCTION) if makes_payments(each)]
        return _each_once([*self.consumers, *named])

    @cached_property
    def order_tables(self) -> tuple[Resource, ...]:
        """The tables of orders: marked, or called so, or named to a consumer of a work queue.

        Nothing where there is no work queue: a table of orders alone may be anybody's.
        """
        reached = self._named_to_consumers()
        return tuple(table for table in self.of_type(*TABLES) if self._is_order(table, reached))

    @cached_property
    def sam_events(self) -> tuple[tuple[Resource, PropertyPath, Mapping[str, Value]], ...]:
        """The events of all SAM functions: the function, where the event is written, and it."""
        return tuple(sam_events(self.template))

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
        return self._queue_alarms.get((queue.logical_id, metric_name), ())

    @cached_property
    def _queue_alarms(self) -> Mapping[tuple[str, str], tuple[Resource, ...]]:
        return queue_alarms(self.template)

    @cached_property
    def _triggers_by_source(self) -> Mapping[str, tuple[Trigger, ...]]:
        found: dict[str, list[Trigger]] = {}
        for trigger in self.triggers:
            if isinstance(trigger.source, Resource):
                found.setdefault(trigger.source.logical_id, []).append(trigger)
        return {logical_id: tuple(each) for logical_id, each in found.items()}

    def _dead_letter_queue_of(self, queue: Resource) -> RelatedResource:
        """Where SQS moves what was received too often; ``None`` if nowhere."""
        return self.resolve_resource(queue.prop("RedrivePolicy", "deadLetterTargetArn"), QUEUE)

    @cached_property
    def _failure_queues(self) -> tuple[Resource, ...]:
        """Queues that keep what something else could not process."""
        dead = [self._dead_letter_queue_of(queue) for queue in self.of_type(QUEUE)]
        return _each_once([*dead, *(each.failures for each in self.triggers)])

    def _is_order(self, table: Resource, reached: frozenset[str]) -> bool:
        marked = mark_of(table)
        if marked is not None or not self.queues:
            return bool(marked)
        called = words(table.logical_id, table.prop("TableName"))
        return speaks_of_orders(called) or table.logical_id in reached

    def _named_to_consumers(self) -> frozenset[str]:
        environments = [each.prop("Environment", "Variables") for each in self.consumers]
        return frozenset(
            resource.logical_id
            for environment in environments
            for resource in named_anywhere(environment, self.template)
        )


def _each_once(found: Iterable[RelatedResource]) -> tuple[Resource, ...]:
    """The resources among ``found``, in their order."""
    return tuple(dict.fromkeys(each for each in found if isinstance(each, Resource)))


def _only_tells(trigger: Trigger) -> bool:
    """Whether the words of the function take it out of the work, as recognition does."""
    function = trigger.function
    return isinstance(function, Resource) and tells(words_of_function(function))
