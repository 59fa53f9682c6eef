"""Which resources carry work that must be done once: named, marked, or told by their words.

A queue is recognised, in this order:

1. by name: ``--queue`` gives its logical id, its ``QueueName``, its construct path or id;
2. by mark: its metadata say ``{"CheckoutPolicy": {"work-once": true}}``, or it has the tag
   ``checkout-policy`` with the value ``work-once``; ``false`` in the metadata, or the tag's value
   ``not-work-once``, leaves it alone whatever its name;
3. by evidence: its logical id or name, or those, the handler or the environment variables of what
   receives from it (a function, a task of ECS), say that payments are made, or that orders are
   processed. A variable may be named so, or hold the address or secret of a payment service.

Words that say that something is told, shown, counted or kept (a mail, a report, a log) outweigh
the words that they stand with, and the name of a queue that nothing else reads: mails about
payments may come twice. So do words that give another meaning (a git checkout, a charging station,
a sort order). Beside words such as "history" or "label" only what its reader can do makes a queue
work. That a queue is FIFO says nothing.

A queue that keeps failures is judged as the other half of what it belongs to, not as work: the
dead-letter queue of a queue, function, rule or subscription, an on-failure destination, or one
whose words are "dead", "dlq" or "failures". It is work all the same where something reads it that
makes payments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Reference, Text, Unknown, Value, listed
from checkout_stack.policy.workload.relations import TASK
from checkout_stack.policy.workload.started_code import (
    APP_RUNNER,
    USER_DATA,
    assigned_in_user_data,
    variables_of_app_runner,
)
from checkout_stack.policy.workload.vocabulary import (
    BRIEF_WORDS,
    PAYMENT_WORDS,
    PROVIDER_WORDS,
    keeps_failures,
    other_meanings,
    payment_words,
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
_NAMES = (
    "FunctionName",
    "Family",
    "JobDefinitionName",
    "LaunchTemplateName",
    "ServiceName",
    "StateMachineName",
)
_ANY_CODE = words("app build code dist function handler jar lambda main service src target worker")
"""Words of folders and images that say no more than that they hold code."""
_HAPPENS, _READ_MODEL = words("event message request webhook"), words("read model")
_FOR_PEOPLE = words("dashboard docs documentation publishable support")
"""Words of addresses and keys that are for people and browsers."""
_PAGE, _SERVICE = words("page url"), words("api endpoint service")
_SENT_BY_PROVIDERS = words("webhook")
_MARK_OF_TAG = {"work-once": True, "not-work-once": False}


def words_of_queue(queue: Resource) -> frozenset[str]:
    """What a queue is called."""
    return words(queue.logical_id, queue.prop("QueueName"))


def names_of_queue(queue: Resource) -> frozenset[str]:
    """What ``--queue`` may call it: logical id, name, construct path, construct id."""
    names = {queue.logical_id, str(queue.prop("QueueName"))}
    if queue.construct_path is not None:
        path = queue.construct_path.removesuffix("/Resource")
        names |= {queue.construct_path, path, path.rpartition("/")[2]}
    return frozenset(names)


def words_of_reader(reader: Resource) -> frozenset[str]:
    """What a function, task or service is called: logical id, name, handler, containers, images.

    Of the commands of containers, the parts that speak of orders or payments count. A handler in
    ``index`` is in the file that inline code and Node begin with; it keeps no index.
    """
    handler = reader.prop("Handler")
    if isinstance(handler, str | Text):
        handler = _DEFAULT_FILE.sub("", str(handler))
    containers = [each.get(key) for each in _containers(reader) for key in ("Name", "Image")]
    names = [reader.logical_id, handler, *(reader.prop(name) for name in _NAMES)]
    parts = [
        words(part)
        for each in _containers(reader)
        for name in ("Command", "EntryPoint")
        for part in listed(each.get(name))
    ]
    return words(*names, *containers).union(*filter(speaks_of_orders, parts))


def variables_of(reader: Resource) -> Mapping[str, Value]:
    """The environment of a function, an instance, or all containers of a task."""
    if reader.type in USER_DATA:
        return assigned_in_user_data(reader)
    if reader.type == APP_RUNNER:
        return dict(variables_of_app_runner(reader))
    variables = reader.prop("Environment", "Variables") if reader.type != TASK else None
    found = dict(variables) if isinstance(variables, Mapping) else {}
    return {**found, **_given(reader, "Environment", "Value")}


def makes_payments(
    reader: Resource,
    secrets: Iterable[Value] = (),
    services: Iterable[Resource] = (),
    queue: frozenset[str] = frozenset(),
) -> bool:
    """Whether a function or task takes money: its name, its variables or its secrets say so.

    A variable's name may say so, or its value: the address or the secret of a payment service.

    :param secrets: The secrets and parameters that its role may read.
    :param services: The services that run it.
    :param queue: The words of the queue that it reads, which may give its own another meaning:
        what reads ``ScreenshotCapture`` and is called ``Capture`` takes no money.
    """
    variables = {**variables_of(reader), **_secrets_of(reader)}
    reached = words(*map(_readable, secrets)) & PROVIDER_WORDS
    evidence = reached.union(*(_said_by(name, value) for name, value in variables.items()))
    called = words_of_reader(reader).union(*map(words_of_reader, services)) - other_meanings(queue)
    if evidence & PROVIDER_WORDS and not tells(called):
        return True
    return speaks_of_payment(called | evidence)


def _said_by(name: str, value: Value) -> frozenset[str]:
    """The words of a variable that say that money is taken.

    Words of a web page's address, of a notice or of a display do not count.
    """
    named, reached = words(name), words(_readable(value))
    is_a_page = "checkout" in named and named & _PAGE and not named & _SERVICE
    if is_a_page or tells(named - _SENT_BY_PROVIDERS) or (named | reached) & _FOR_PEOPLE:
        return frozenset()
    return payment_words(named) | (reached & PROVIDER_WORDS)


def code_speaks_of_payment(reader: Resource) -> bool:
    """Whether the code of a function does: its folder or image, layers, text or description.

    This is little to go by: it counts only for a function that receives from a queue.
    """
    if tells(words_of_reader(reader)):
        return False
    paths = [reader.prop("Code", name) for name in ("ImageUri", "S3Key")]
    paths += [reader.prop("ImageUri"), reader.prop("CodeUri")]
    inline = [reader.prop("Code", "ZipFile"), reader.prop("InlineCode")]
    layers = words(*map(_readable, [*listed(reader.prop("Layers")), *inline])) & PROVIDER_WORDS
    found = [*(words(_last_name(_readable(each))) for each in paths), layers]
    return any(map(speaks_of_payment, [*found, words(reader.prop("Description"))]))


def _last_name(path: str) -> str:
    """The last part of a path that says more than that it holds code."""
    parts = reversed(path.split("/"))
    return next((part for part in parts if words(part) - _ANY_CODE), "")


def feeds_payments(function: Resource) -> bool:
    """Whether a function sends orders on to be paid: it knows of something called so."""
    variables = variables_of(function)
    known = words(*variables, *map(_readable, variables.values()))
    return speaks_of_payment(words_of_reader(function) | (known & PAYMENT_WORDS))


def words_of_variables_with(reader: Resource, queue: Resource) -> frozenset[str]:
    """What the variables are called by which something knows a queue that it receives from."""
    found = (
        name
        for name, value in variables_of(reader).items()
        if reader.related(value, queue.type) is queue
    )
    return words(*found)


def is_kept_briefly(found: frozenset[str]) -> bool:
    """Whether words of a table say that its items are meant to expire, or are made from others."""
    of_events = "processed" in found and found & _HAPPENS
    return bool(found & BRIEF_WORDS or of_events) or found >= _READ_MODEL


def mark_of(resource: Resource) -> bool | None:
    """What metadata or a tag say about the resource; ``None`` if nothing."""
    section = resource.metadata.get(METADATA)
    if isinstance(section, Mapping) and isinstance(marked := section.get("work-once"), bool):
        return marked
    tag = _tag(resource.prop("Tags"))
    return _MARK_OF_TAG.get(tag) if isinstance(tag, str) else None


def why_recognised(
    queue: Resource,
    readers: Iterable[Resource],
    charging: Iterable[Resource],
    named: frozenset[str],
    services: Callable[[Resource], Iterable[Resource]],
) -> str | None:
    """By what a queue is recognised as one that carries work to be done once; else ``None``.

    :param readers: The functions and tasks that receive from it.
    :param charging: Those of them that make payments.
    :param services: The services that run one of them.
    """
    if names_of_queue(queue) & named:
        return NAMED
    marked = mark_of(queue)
    if marked is not None:
        return MARKED if marked else None
    own, readers = words_of_queue(queue), list(readers)
    if tells(own):
        return None
    if readers:
        meant = (other_meanings(own | words_of_reader(each)) for each in readers)
        own -= frozenset.intersection(*meant)
    only_told = bool(readers) and all(tells(words_of_reader(each)) for each in readers)
    if speaks_of_payment(own) and not keeps_failures(own) and not only_told:
        return "its name"
    for reader in charging:
        return f"its consumer {reader.logical_id}"
    if keeps_failures(own):
        return None
    for reader in readers:
        called = words_of_reader(reader).union(*map(words_of_reader, services(reader)))
        if speaks_of_orders(called | own | words_of_variables_with(reader, queue)):
            return f"its consumer {reader.logical_id}"
    return "its name" if speaks_of_orders(own) and not readers else None


def _containers(reader: Resource) -> list[Mapping[str, Value]]:
    """The containers of a task, or the one of a batch job."""
    found = reader.prop("ContainerDefinitions" if reader.type == TASK else "ContainerProperties")
    return [each for each in listed(found) if isinstance(each, Mapping)]


def _secrets_of(reader: Resource) -> Mapping[str, Value]:
    """The secrets that ECS puts into the containers of a task, by the variable's name."""
    return _given(reader, "Secrets", "ValueFrom")


def _given(reader: Resource, section: str, key: str) -> Mapping[str, Value]:
    return {
        name: each.get(key)
        for container in _containers(reader)
        for each in listed(container.get(section))
        if isinstance(each, Mapping) and isinstance(name := each.get("Name"), str)
    }


def _readable(value: Value) -> str:
    """A value as the template writes it: what it names can be read there."""
    return str(value) if isinstance(value, str | Text | Reference | Unknown) else ""


def _tag(tags: Value) -> Value:
    """The value of our tag, in a list of tags or in a mapping as SAM writes it."""
    if isinstance(tags, Mapping):
        return tags.get(TAG)
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, Mapping) and tag.get("Key") == TAG:
            return tag.get("Value")
    return None
