"""A FIFO queue deduplicates by content, or its senders declare explicit ids."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from checkout_stack.policy.rules.judging import judge_each, judged, settled_flag
from checkout_stack.policy.rules.queues import is_fifo
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, cannot_tell, compliant
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown
from checkout_stack.policy.workload.recognition import METADATA
from checkout_stack.policy.workload.senders import Sender
from checkout_stack.policy.workload.workload import Workload

EXPLICIT_IDS = "explicit-ids"
"""What metadata say where every sender gives a deduplication id made of order and attempt."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each work queue that is, or may be, FIFO."""
    judge = partial(_judge, workload)
    return judge_each(workload.queues, judge, otherwise="no queue of work to be done once is FIFO")


def _judge(workload: Workload, queue: Resource) -> Judgement | None:
    fifo = is_fifo(queue)
    if fifo is False:
        return None
    declared = queue.metadata.get(METADATA)
    explicit = isinstance(declared, Mapping) and declared.get("deduplication") == EXPLICIT_IDS
    if explicit or _all_give_ids(workload.senders_to(queue)):
        return compliant(queue, "ContentBasedDeduplication")
    verdict = settled_flag(queue.prop("ContentBasedDeduplication"))
    if isinstance(fifo, Unknown) and verdict is not True:
        return cannot_tell(queue, "FifoQueue", why=fifo.why)
    return judged(
        verdict,
        queue,
        "ContentBasedDeduplication",
        allowed="true, or senders that give explicit ids, declared in the queue's metadata",
        fix="set ContentBasedDeduplication: true, or declare CheckoutPolicy: "
        "{deduplication: explicit-ids} once every sender derives the id from order and attempt",
    )


def _all_give_ids(senders: tuple[Sender, ...]) -> bool:
    """Whether the senders that the templates show, if any, all give an id."""
    return bool(senders) and all(each.deduplication is not None for each in senders)


RULE = Rule(
    id="content-deduplication",
    title="A FIFO queue deduplicates by content, or its senders declare explicit ids",
    severity=Severity.ERROR,
    why=(
        "A sender that times out sends again. SQS recognises the repetition only by a "
        "deduplication id: the hash of the body where ContentBasedDeduplication is on, else "
        "whatever id the sender gives. With it off, a send without an id fails, and a sender "
        "that makes a fresh id for each try defeats the deduplication. A template shows the ids "
        "that APIs and pipes give, but not the senders' code, whose ids have to be declared."
    ),
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html",
    fix_cdk='sqs.Queue(self, "Payments", fifo=True, content_based_deduplication=True)',
    fix_cloudformation=(
        "Properties:\n"
        "  ContentBasedDeduplication: true\n"
        "# or, where every sender gives an id made from order and attempt:\n"
        "Metadata:\n"
        "  CheckoutPolicy:\n"
        "    deduplication: explicit-ids"
    ),
    check=check,
)
