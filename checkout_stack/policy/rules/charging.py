"""Which functions take money."""

from __future__ import annotations

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.recognition import words_of_function
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.vocabulary import speaks_of_payment
from checkout_stack.policy.workload.workload import Workload

_OF_STREAMS_AND_BROKERS = ("StartingPosition", "Queues", "Topics")
"""Properties of mappings that read something other than a queue of SQS."""
NO_CHARGE = "nothing here starts a payment in this way"


def takes_money(workload: Workload, function: Resource) -> bool:
    """Whether a function charges: it receives from a work queue, or its own name says so.

    The variables that it reads say less: a function that only sends to the payment queue knows
    the queue's URL as well.
    """
    return function in workload.consumers or speaks_of_payment(words_of_function(function))


def triggers_of_imported_queues(workload: Workload) -> tuple[Trigger, ...]:
    """The mappings of charging functions whose queue is in another stack."""
    return tuple(
        each
        for each in workload.unplaced_triggers
        if isinstance(each.function, Resource)
        and takes_money(workload, each.function)
        and not any(each.resource.prop(name) for name in _OF_STREAMS_AND_BROKERS)
    )


def consumers(workload: Workload) -> tuple[Resource, ...]:
    """The functions that receive from work queues, of this stack or another."""
    imported = [each.function for each in triggers_of_imported_queues(workload)]
    found = [*workload.consumers, *(each for each in imported if isinstance(each, Resource))]
    return tuple(dict.fromkeys(found))
