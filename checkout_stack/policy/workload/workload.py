"""What of a template is a checkout, joined together: the graph that rules walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.recognition import (
    MARKED,
    NAMED,
    makes_payments,
    mark_of,
    why_recognised,
)
from checkout_stack.policy.workload.relations import (
    FUNCTION,
    QUEUE,
    TABLES,
    RelatedResource,
    Trigger,
    dead_letter_queue_of,
    named_anywhere,
    queue_alarms,
    triggers,
)
from checkout_stack.policy.workload.vocabulary import speaks_of_orders, words


class Workload:
    """The queues of a template that carry work to be done once, and what hangs on them."""

    def __init__(self, template: Template, named: Iterable[str] = ()) -> None:
        """Join a template.

        :param template: The template.
        :param named: Logical ids or names of queues that carry such work whatever they are called.
        """
        self.template = template
        self._named = frozenset(named)

    @cached_property
    def recognised(self) -> Mapping[str, str]:
        """Why each work queue was recognised, by logical id."""
        aside = {queue.logical_id for queue in self._failure_queues}
        found: dict[str, str] = {}
        for queue in self.template.of_type(QUEUE):
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
    def dead_letter_queues(self) -> tuple[Resource, ...]:
        """The dead-letter queues of the work queues, each once, as far as they are known."""
        found = [self.dead_letter_queue_of(queue) for queue in self.queues]
        return tuple(dict.fromkeys(each for each in found if isinstance(each, Resource)))

    def dead_letter_queue_of(self, queue: Resource) -> RelatedResource:
        """Where SQS moves what was received too often; ``None`` if nowhere."""
        return dead_letter_queue_of(queue)

    def sources_of(self, dead_letter_queue: Resource) -> tuple[Resource, ...]:
        """All queues of the template that give up their messages to this one."""
        return self._sources.get(dead_letter_queue.logical_id, ())

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        """All event source mappings of the template, a checkout's or not."""
        return triggers(self.template)

    def triggers_of(self, source: Resource) -> tuple[Trigger, ...]:
        """The mappings that surely read this queue or table."""
        return self._triggers_by_source.get(source.logical_id, ())

    @cached_property
    def unplaced_triggers(self) -> tuple[Trigger, ...]:
        """The mappings of which the template does not say what they read: it may be any queue."""
        return tuple(each for each in self.triggers if isinstance(each.source, Unknown))

    def consumers_of(self, queue: Resource) -> tuple[Resource, ...]:
        """The functions that surely receive from this queue, as far as they are known."""
        found = [trigger.function for trigger in self.triggers_of(queue)]
        return tuple(dict.fromkeys(each for each in found if isinstance(each, Resource)))

    @cached_property
    def queue_triggers(self) -> tuple[Trigger, ...]:
        """The mappings that read a work queue."""
        return tuple(each for queue in self.queues for each in self.triggers_of(queue))

    @cached_property
    def consumers(self) -> tuple[Resource, ...]:
        """The functions that receive from the work queues, each once."""
        found = [each for queue in self.queues for each in self.consumers_of(queue)]
        return tuple(dict.fromkeys(found))

    @cached_property
    def payment_functions(self) -> tuple[Resource, ...]:
        """The functions that take money: consumers of work queues, and those whose names say so."""
        named = [each for each in self.template.of_type(FUNCTION) if makes_payments(each)]
        return tuple(dict.fromkeys([*self.consumers, *named]))

    @cached_property
    def order_tables(self) -> tuple[Resource, ...]:
        """The tables of orders: marked, or called so, or named to a consumer of a work queue.

        Nothing where there is no work queue: a table of orders alone may be anybody's.
        """
        reached = self._named_to_consumers()
        return tuple(
            table for table in self.template.of_type(*TABLES) if self._is_order(table, reached)
        )

    @cached_property
    def stream_triggers(self) -> tuple[Trigger, ...]:
        """The mappings that read the stream of an order table."""
        return tuple(each for table in self.order_tables for each in self.triggers_of(table))

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

    @cached_property
    def _sources(self) -> Mapping[str, tuple[Resource, ...]]:
        found: dict[str, list[Resource]] = {}
        for queue in self.template.of_type(QUEUE):
            target = dead_letter_queue_of(queue)
            if isinstance(target, Resource):
                found.setdefault(target.logical_id, []).append(queue)
        return {logical_id: tuple(each) for logical_id, each in found.items()}

    @cached_property
    def _failure_queues(self) -> tuple[Resource, ...]:
        """Queues that keep what something else could not process."""
        dead = [dead_letter_queue_of(queue) for queue in self.template.of_type(QUEUE)]
        failed = [
            self.template.resolve_resource(
                each.resource.prop("DestinationConfig", "OnFailure", "Destination")
            )
            for each in self.triggers
        ]
        return tuple(each for each in (*dead, *failed) if isinstance(each, Resource))

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
