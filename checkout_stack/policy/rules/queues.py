"""What rules about queues have in common."""

from __future__ import annotations

from collections.abc import Callable

from checkout_stack.policy.rules.judging import Verdict, judge_each, settled_flag
from checkout_stack.policy.rules.rule import Judgement, cannot_tell
from checkout_stack.policy.template.resource import RelatedResource, Resource
from checkout_stack.policy.workload.workload import Workload

DEFAULT_RETENTION_SECONDS = 345_600
"""Four days: how long SQS keeps a message where nothing is said."""
DEAD_LETTER_TARGET = ("RedrivePolicy", "deadLetterTargetArn")
"""Where a queue names its dead-letter queue."""
NO_QUEUE = "no queue carries work to be done once"
NO_DEAD_LETTERS = "no such queue has a dead-letter queue"


def is_fifo(queue: Resource) -> Verdict:
    """Whether a queue is FIFO: its name alone does not make it so."""
    return settled_flag(queue.prop("FifoQueue"))


def judge_dead_letters(
    workload: Workload, judge: Callable[[Resource, Resource], Judgement], unseen: str
) -> list[Judgement]:
    """Judge each work queue together with its dead-letter queue.

    :param unseen: What cannot be told where the dead-letter queue is not in the template.
    """

    def judge_pair(pair: tuple[Resource, RelatedResource]) -> Judgement:
        queue, dead_letters = pair
        if isinstance(dead_letters, Resource):
            return judge(queue, dead_letters)
        return cannot_tell(queue, *DEAD_LETTER_TARGET, why=f"{unseen} is not in this template")

    return judge_each(workload.dead_letter_pairs, judge_pair, otherwise=NO_DEAD_LETTERS)
