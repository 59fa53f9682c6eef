"""What SQS makes of a queue's properties, and which queues a rule judges."""

from __future__ import annotations

from collections.abc import Iterable

from checkout_stack.policy.rules.judging import Verdict, flag, settled
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.relations import RelatedResource
from checkout_stack.policy.workload.workload import Workload

DEFAULT_RETENTION_SECONDS = 345_600
"""Four days: how long SQS keeps a message where nothing is said."""
LONGEST_RETENTION_SECONDS = 1_209_600
"""Fourteen days: the longest that SQS keeps a message."""
DEFAULT_VISIBILITY_SECONDS = 30
"""How long SQS hides a received message where nothing is said."""
NO_QUEUE = "no queue carries work to be done once"
NO_DEAD_LETTERS = "no such queue has a dead-letter queue"


def is_fifo(queue: Resource) -> Verdict:
    """Whether a queue is FIFO: its name alone does not make it so."""
    return settled(queue.prop("FifoQueue"), flag)


def all_queues(workload: Workload) -> tuple[Resource, ...]:
    """The work queues and their dead-letter queues, each once."""
    return tuple(dict.fromkeys([*workload.queues, *workload.dead_letter_queues]))


def with_dead_letters(workload: Workload) -> Iterable[tuple[Resource, RelatedResource]]:
    """Each work queue that names a dead-letter queue, with that queue or why it is not seen."""
    for queue in workload.queues:
        dead_letters = workload.dead_letter_queue_of(queue)
        if dead_letters is not None:
            yield queue, dead_letters
