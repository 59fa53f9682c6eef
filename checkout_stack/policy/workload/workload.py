"""What of a run is a checkout, and how its parts relate: the graph that rules walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.template.template import Template
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.connections import Connections
from checkout_stack.policy.workload.permissions import POLLERS, readable_secrets
from checkout_stack.policy.workload.polling import (
    may_poll_any_queue,
    perhaps_received,
    receives_elsewhere,
)
from checkout_stack.policy.workload.readers import machine_charges
from checkout_stack.policy.workload.recognition import (
    MARKED,
    METADATA,
    NAMED,
    code_speaks_of_payment,
    feeds_payments,
    is_kept_briefly,
    makes_payments,
    mark_of,
    variables_of,
    why_recognised,
    words_of_queue,
    words_of_reader,
)
from checkout_stack.policy.workload.relations import (
    FUNCTION,
    QUEUE,
    TABLES,
    Trigger,
    named_anywhere,
)
from checkout_stack.policy.workload.state_machines import STATE_MACHINE
from checkout_stack.policy.workload.statements import Statement
from checkout_stack.policy.workload.vocabulary import (
    keeps_failures,
    keeps_orders,
    keeps_other_things,
    speaks_of_payment,
    tells,
    words,
)

_OF_STREAMS_AND_BROKERS = ("StartingPosition", "Queues", "Topics")
"""Properties of mappings that read something other than a queue of SQS."""


class Workload(Connections):
    """The queues of a run that carry work to be done once, and what hangs on them."""

    def __init__(self, templates: Iterable[Template], named: Iterable[str] = ()) -> None:
        """Find the checkout in templates that were joined.

        :param named: Construct paths or ids, logical ids or names of queues that carry such work
            whatever they are called.
        """
        super().__init__(templates)
        self._named = frozenset(named)

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
            readers = self.readers_of.get(queue, ())
            charging = self._charged.get(queue, ())
            why = why_recognised(queue, readers, charging, self._named, self._services)
            explicit = why in (NAMED, MARKED)
            is_kept_aside = queue in self.failure_queues and queue not in self._charged
            if why is not None and (explicit or not is_kept_aside):
                found[queue] = why
            elif mark_of(queue) is None and self._dead_letter_queue_of(queue) in self._charged:
                found[queue] = "its failures, which are charged"
        return found

    @cached_property
    def _charged(self) -> Mapping[Resource, tuple[Resource, ...]]:
        """The queues that something reads which makes payments, with all that do."""
        charging = {
            queue: tuple(
                each for each in readers if self._charges_by_evidence(each, words_of_queue(queue))
            )
            for queue, readers in self.readers_of.items()
        }
        return {queue: readers for queue, readers in charging.items() if readers}

    def _charges_by_evidence(self, reader: Resource, queue: frozenset[str] = frozenset()) -> bool:
        """Whether it makes payments, and does more than to handle what failed before.

        :param queue: The words of the queue that it reads.
        """
        if keeps_failures(words_of_reader(reader)):
            return False
        if reader.type == STATE_MACHINE:
            return machine_charges(reader)
        granted = self.granted(reader)
        secrets = [] if isinstance(granted, Unknown) else [*readable_secrets(granted)]
        by_words = makes_payments(reader, secrets, self._services(reader), queue)
        return by_words or code_speaks_of_payment(reader)

    def _services(self, reader: Resource) -> Iterable[Resource]:
        return self.services_of.get(reader, ())

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
            and queue not in self.failure_queues
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

    @cached_property
    def imported_queue_pipes(self) -> tuple[Trigger, ...]:
        """The pipes of charging functions or payment queues whose queue is not in the run."""
        return tuple(
            each
            for each in self.pipes
            if isinstance(each.source, Unknown)
            and (
                (isinstance(each.function, Resource) and self.charges(each.function))
                or speaks_of_payment(words(each.resource.prop("Source")))
            )
            and "StreamParameters" not in str(each.resource.prop("SourceParameters"))
        )

    @cached_property
    def pollers_of_unknown_queues(self) -> tuple[Resource, ...]:
        """The functions and tasks that make payments and poll a queue that is not known.

        It is not in the run, or the role lets them receive from more than they say.
        """
        return tuple(
            reader
            for reader in self.of_type(*POLLERS)
            if reader not in self.called
            and not isinstance(granted := self.granted(reader), Unknown)
            and (receives_elsewhere(granted) or self._may_poll_more(reader, granted))
            and self._charges_by_evidence(reader)
        )

    def _may_poll_more(self, reader: Resource, granted: list[Statement]) -> bool:
        """Whether a role that allows too much reaches a queue that is not judged as work."""
        judged = {*self.all_queues, *self.failure_queues}
        if may_poll_any_queue(reader, granted):
            return not self.of_type(QUEUE) or any(
                each not in judged for each in self.of_type(QUEUE)
            )
        return any(each not in judged for each in perhaps_received(granted))

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

    def _dead_letter_queue_of(self, queue: Resource) -> RelatedResource:
        """Where SQS moves what was received too often; ``None`` if nowhere."""
        return queue.related(queue.prop("RedrivePolicy", "deadLetterTargetArn"), QUEUE)

    def _is_order(self, table: Resource, reached: frozenset[Resource]) -> bool:
        marked = mark_of(table)
        if marked is not None:
            return marked
        called = words(table.logical_id, table.prop("TableName"))
        if is_kept_briefly(called):
            return False
        if self.queues:
            return keeps_orders(called) or (table in reached and not keeps_other_things(called))
        return keeps_orders(called) and any(
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


def _each_once(found: Iterable[RelatedResource]) -> tuple[Resource, ...]:
    """The resources among ``found``, in their order."""
    return tuple(dict.fromkeys(each for each in found if isinstance(each, Resource)))


def _only_tells(trigger: Trigger) -> bool:
    """Whether the words of the function take it out of the work, as recognition does."""
    function = trigger.function
    return isinstance(function, Resource) and tells(words_of_reader(function))
