"""A mapping reads every message of the queue, and does not stand still."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.rules.judging import (
    Verdict,
    judged,
    settled,
    settled_flag,
    settled_number,
)
from checkout_stack.policy.rules.queues import NO_QUEUE
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, not_applicable, violated
from checkout_stack.policy.template.document import PropertyPath
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Value, at, listed
from checkout_stack.policy.workload.recognition import words_of_reader
from checkout_stack.policy.workload.relations import PIPE, Trigger
from checkout_stack.policy.workload.state_machines import out_of_text
from checkout_stack.policy.workload.vocabulary import speaks_of_payment
from checkout_stack.policy.workload.workload import Workload

_FILTER_OF_PIPE = ("SourceParameters", "FilterCriteria")
_SOME = 1
"""Stands for a function without reserved concurrency: it has some."""


def check(workload: Workload) -> list[Judgement]:
    """Judge each mapping and pipe that reads a work queue, and its function."""
    triggers = (*workload.queue_triggers, *workload.imported_queue_triggers)
    pipes = [pipe for queue in workload.queues for pipe in workload.pipes_of(queue)]
    judgements = [each for trigger in triggers for each in _judgements(trigger)]
    judgements += [each for pipe in pipes for each in _of_pipe(pipe.resource)]
    judgements += [each for stream in workload.order_streams for each in _of_stream(stream)]
    judgements += [each for queue in workload.queues for each in _shared(workload, queue)]
    return judgements or [not_applicable(NO_QUEUE)]


def _shared(workload: Workload, queue: Resource) -> Iterator[Judgement]:
    """Judge whether functions that do different things take messages from one another."""
    reading = {
        each.function: each.resource
        for each in (*workload.triggers_of(queue), *workload.pipes_of(queue))
        if isinstance(each.function, Resource) and _surely_reads(each.resource, queue)
    }
    others = [each for each in reading if not speaks_of_payment(words_of_reader(each))]
    if len(reading) > 1 and others:
        mapping = reading[others[-1]]
        yield violated(
            mapping,
            "Source" if mapping.type == PIPE else "EventSourceArn",
            given=f"{' and '.join(map(str, reading))} read {queue}, and SQS gives each message to "
            "one of them",
            allowed="one function for a queue",
            fix="give each function a queue of its own, behind a topic",
        )


def _surely_reads(mapping: Resource, queue: Resource) -> bool:
    is_on = settled_flag(mapping.prop("Enabled"), default=True) is True
    return (
        is_on
        and mapping.prop("DesiredState") in (None, "RUNNING")
        and mapping.surely_exists_with(queue)
    )


def _judgements(trigger: Trigger) -> Iterator[Judgement]:
    mapping, function = trigger.resource, trigger.function
    yield _is_enabled(mapping, "orders wait in the queue until their retention ends")
    yield _is_unfiltered(mapping, ("FilterCriteria",), "Lambda")
    if isinstance(function, Resource):
        reserved = function.prop("ReservedConcurrentExecutions")
        yield judged(
            settled_number(reserved, lambda number: number > 0, default=_SOME),
            function,
            "ReservedConcurrentExecutions",
            allowed="at least 1, or absent",
            fix="raise it: at 0 the function never runs",
        )


def _is_enabled(mapping: Resource, otherwise: str) -> Judgement:
    return judged(
        settled_flag(mapping.prop("Enabled"), default=True),
        mapping,
        "Enabled",
        allowed="true, or absent",
        fix=f"remove Enabled: {otherwise}",
    )


def _is_unfiltered(resource: Resource, path: PropertyPath, reader: str) -> Judgement:
    return judged(
        settled(resource.prop(*path), _lets_all_pass),
        resource,
        *path,
        allowed="absent",
        fix="send what is not to be charged to another queue: "
        f"{reader} deletes what does not match",
    )


def _of_pipe(pipe: Resource) -> Iterator[Judgement]:
    yield judged(
        settled(pipe.prop("DesiredState"), lambda each: each != "STOPPED"),
        pipe,
        "DesiredState",
        allowed="RUNNING, or absent",
        fix="remove DesiredState: orders wait in the queue until their retention ends",
    )
    yield _is_unfiltered(pipe, _FILTER_OF_PIPE, "a pipe")


def _of_stream(stream: Trigger) -> Iterator[Judgement]:
    """A mapping of a stream may filter, as long as new orders pass."""
    mapping = stream.resource
    yield _is_enabled(mapping, "a stream keeps an order for a day, and then nobody sends it")
    yield judged(
        settled(mapping.prop("FilterCriteria"), _lets_inserts_pass),
        mapping,
        "FilterCriteria",
        allowed="absent, or a filter that lets the eventName INSERT pass",
        fix="let INSERT pass: Lambda drops the records of new orders",
    )


def _lets_inserts_pass(criteria: Value) -> Verdict:
    """Whether a filter names no events, or new items among them."""
    filters = at(criteria, "Filters")
    events = [at(out_of_text(at(each, "Pattern")), "eventName") for each in listed(filters)]
    return not events or any(each is None or "INSERT" in listed(each) for each in events)


def _lets_all_pass(criteria: Value) -> Verdict:
    """Whether criteria filter nothing: AWS takes an empty list of filters for none."""
    return settled(at(criteria, "Filters"), lambda filters: not filters)


RULE = Rule(
    id="mapping-reads-all",
    title="A mapping reads every message of the queue, and does not stand still",
    severity=Severity.ERROR,
    why=(
        "A mapping with a filter deletes the messages that the filter does not match: those "
        "orders are never charged and reach no dead-letter queue. So is what a second function "
        "takes that does something else. A mapping that is disabled, or whose function has a "
        "reserved concurrency of 0, leaves orders in the queue until their retention ends."
    ),
    source="https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html",
    fix_cdk="SqsEventSource(payments, enabled=True)",
    fix_cloudformation="Properties:\n  Enabled: true  # and no FilterCriteria",
    check=check,
)
