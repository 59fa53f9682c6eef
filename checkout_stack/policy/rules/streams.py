"""Which stream mappings carry orders."""

from __future__ import annotations

from checkout_stack.policy.rules.charging import takes_money
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.recognition import words_of_function
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.vocabulary import tells
from checkout_stack.policy.workload.workload import Workload

NO_STREAM = "no stream carries orders"


def order_streams(workload: Workload) -> tuple[Trigger, ...]:
    """The mappings that read the stream of an order table, or any stream into a charging function.

    Not those whose function only tells about orders, such as one that fills a search index.
    """
    of_tables = [each for each in workload.stream_triggers if not _only_tells(each)]
    of_money = [
        each
        for each in workload.triggers
        if each.resource.prop("StartingPosition") is not None
        and isinstance(each.function, Resource)
        and takes_money(workload, each.function)
    ]
    return tuple(dict.fromkeys([*of_tables, *of_money]))


def _only_tells(trigger: Trigger) -> bool:
    """Whether the words of the function take it out of the work, as recognition does."""
    function = trigger.function
    return isinstance(function, Resource) and tells(words_of_function(function))
