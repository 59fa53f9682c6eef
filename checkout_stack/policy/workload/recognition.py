"""Which resources carry work that must be done once: named, marked, or told by their words.

A queue is recognised, in this order:

1. by name: ``--queue`` gives its logical id or its ``QueueName``;
2. by mark: its metadata say ``{"CheckoutPolicy": {"work-once": true}}``, or it has the tag
   ``checkout-policy`` with the value ``work-once``; ``false`` in the metadata, or the tag's value
   ``not-work-once``, leaves it alone whatever its name;
3. by its words: its logical id or name, or the logical id, name, handler or environment variables
   of a function that it triggers, says that payments are made, or that orders are processed.

Words that say that something is told, shown, counted or kept (a mail, a report, a log) outweigh
the words that they stand with: mails about payments may come twice. That a queue is FIFO says
nothing: readings of machines come in order too. A dead-letter queue is not recognised by its
words: it is judged as the other half of the queue that it belongs to; nor is a queue for events
that a mapping failed to process. Where neither queue nor mapping names it, words such as "dead",
"dlq" or "failures" say that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Text, Value
from checkout_stack.policy.workload.vocabulary import (
    PAYMENT_WORDS,
    keeps_failures,
    speaks_of_orders,
    speaks_of_payment,
    tells,
    words,
)

METADATA = "CheckoutPolicy"
TAG = "checkout-policy"
NAMED = "--queue"
MARKED = "its mark"
_DEFAULT_FILE = re.compile(r"(?:^|(?<=/))index(?=\.)")
_MARK_OF_TAG = {"work-once": True, "not-work-once": False}


def words_of_queue(queue: Resource) -> frozenset[str]:
    """What a queue is called."""
    return words(queue.logical_id, queue.prop("QueueName"))


def words_of_function(function: Resource) -> frozenset[str]:
    """What a function is called: logical id, name and handler.

    A handler in ``index`` is in the file that inline code and Node begin with; it keeps no index.
    """
    handler = function.prop("Handler")
    if isinstance(handler, str | Text):
        handler = _DEFAULT_FILE.sub("", str(handler))
    return words(function.logical_id, function.prop("FunctionName"), handler)


def makes_payments(function: Resource) -> bool:
    """Whether a function takes money: its name says so, or the variables that it reads."""
    variables = function.prop("Environment", "Variables")
    names = words(*variables) if isinstance(variables, Mapping) else frozenset[str]()
    return speaks_of_payment(words_of_function(function) | (names & PAYMENT_WORDS))


def mark_of(resource: Resource) -> bool | None:
    """What metadata or a tag say about the resource; ``None`` if nothing."""
    section = resource.metadata.get(METADATA)
    if isinstance(section, Mapping) and isinstance(marked := section.get("work-once"), bool):
        return marked
    tag = _tag(resource.prop("Tags"))
    return _MARK_OF_TAG.get(tag) if isinstance(tag, str) else None


def why_recognised(
    queue: Resource, consumers: Iterable[Resource], named: frozenset[str]
) -> str | None:
    """By what a queue is recognised as one that carries work to be done once; else ``None``."""
    if queue.logical_id in named or str(queue.prop("QueueName")) in named:
        return NAMED
    marked = mark_of(queue)
    if marked is not None:
        return MARKED if marked else None
    own = words_of_queue(queue)
    if tells(own) or keeps_failures(own):
        return None
    if speaks_of_payment(own):
        return "its name"
    consumers = list(consumers)
    for function in consumers:
        if makes_payments(function) or speaks_of_orders(words_of_function(function) | own):
            return f"its consumer {function.logical_id}"
    return "its name" if speaks_of_orders(own) and not consumers else None


def _tag(tags: Value) -> Value:
    """The value of our tag, in a list of tags or in a mapping as SAM writes it."""
    if isinstance(tags, Mapping):
        return tags.get(TAG)
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, Mapping) and tag.get("Key") == TAG:
            return tag.get("Value")
    return None
