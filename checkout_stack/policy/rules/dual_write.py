"""An order and its message are not two separate writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from checkout_stack.policy.rules.rule import (
    Judgement,
    Rule,
    Severity,
    cannot_tell,
    compliant,
    not_applicable,
    violated,
)
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Unknown, Value
from checkout_stack.policy.workload.announcements import (
    BUS,
    TOPIC,
    Announcements,
    announcements,
)
from checkout_stack.policy.workload.permissions import allowed_on
from checkout_stack.policy.workload.recognition import variables_of
from checkout_stack.policy.workload.relations import FUNCTION, QUEUE, TABLES, TASK, named_anywhere
from checkout_stack.policy.workload.statements import Statement
from checkout_stack.policy.workload.workload import Workload

_WRITES = (
    "dynamodb:putitem",
    "dynamodb:updateitem",
    "dynamodb:transactwriteitems",
    "dynamodb:batchwriteitem",
    "dynamodb:partiqlinsert",
    "dynamodb:partiqlupdate",
)
_SENDS = ("sqs:sendmessage",)
_PUBLISHES = ("sns:publish",)
_PUTS_EVENTS = ("events:putevents",)


def check(workload: Workload) -> list[Judgement]:
    """Judge each function and task that writes orders and sends their messages."""
    consumers = frozenset(workload.consumers)
    queues = frozenset(workload.queues)
    checkout = _Checkout(
        frozenset(workload.order_tables),
        queues,
        announcements(workload.of_type, queues, workload.charges),
        _relayed(workload),
    )
    judgements = [
        each
        for writer in workload.of_type(FUNCTION, TASK)
        if writer not in consumers
        for each in _judgements(writer, workload.granted(writer), checkout)
    ]
    return judgements or [not_applicable("nothing writes orders and sends their messages")]


@dataclass(frozen=True)
class _Checkout:
    """What the writes of a function go to."""

    orders: frozenset[Resource]
    queues: frozenset[Resource]
    announcements: Announcements
    #: The tables whose stream something reads to send orders on.
    relayed: frozenset[Resource]


def _judgements(
    writer: Resource, granted: list[Statement] | Unknown, checkout: _Checkout
) -> Iterator[Judgement]:
    if isinstance(granted, Unknown):
        known = set(named_anywhere(writer, [*variables_of(writer).values()]))
        if known & checkout.orders and known & checkout.queues:
            yield cannot_tell(writer, "Role", why=granted.why)
        return
    sent = _sent(granted, checkout)
    written = checkout.orders.intersection(allowed_on(granted, _covers(_WRITES), *TABLES))
    for table in written:
        if sent and table in checkout.relayed:
            yield compliant(writer, "Role")
        elif sent:
            yield violated(
                writer,
                "Role",
                given=f"it writes {table} and sends to {min(sent)}, and nothing relays the "
                f"stream of {table}",
                allowed="one write, and a relay that sends what the table's stream says",
                fix="send from a function that reads the table's stream, and not from this one",
            )
        elif table not in checkout.relayed and _may_send(granted, checkout):
            why = f"it writes {table} and may send to what its policy or these templates do not say"
            yield cannot_tell(writer, "Role", why=why)
    may_write = not written and any(map(_is_pattern, _resources(granted, _WRITES)))
    is_at_stake = checkout.orders - checkout.relayed and checkout.queues
    if may_write and is_at_stake and (sent or _may_send(granted, checkout)):
        why = "it may write tables and send to queues that its policy does not name"
        yield cannot_tell(writer, "Role", why=why)


def _sent(granted: list[Statement], checkout: _Checkout) -> set[str]:
    """What its statements let it send to that leads to a charge."""
    queues = checkout.queues.intersection(allowed_on(granted, _covers(_SENDS), QUEUE))
    told = {
        *allowed_on(granted, _covers(_PUBLISHES), TOPIC),
        *allowed_on(granted, _covers(_PUTS_EVENTS), BUS),
    }
    sent = set(map(str, queues | (told & checkout.announcements.charged)))
    if checkout.announcements.default_bus_is_charged and _reaches_default_bus(granted):
        sent.add("the default event bus")
    return sent


def _may_send(granted: list[Statement], checkout: _Checkout) -> bool:
    """Whether it may send to work queues by a pattern, or to a bus that nothing here listens to."""
    patterns = [str(each) for each in _resources(granted, _SENDS) if _is_pattern(each)]
    buses = set(allowed_on(granted, _covers(_PUTS_EVENTS), BUS))
    return any(
        _may_name(pattern, queue) for pattern in patterns for queue in checkout.queues
    ) or bool(checkout.queues and buses & checkout.announcements.unheard)


def _may_name(pattern: str, queue: Resource) -> bool:
    """Whether a pattern may fit a queue: one without a name of its own may be called anything."""
    name = queue.prop("QueueName")
    if not isinstance(name, str) or "${" in pattern:
        return True
    return fnmatchcase(name, pattern.rpartition(":")[2])


def _reaches_default_bus(granted: list[Statement]) -> bool:
    named = (str(each) for each in _resources(granted, _PUTS_EVENTS))
    return any(each in ("*", "default") or each.endswith("event-bus/default") for each in named)


def _is_pattern(resource: Value) -> bool:
    return "*" in str(resource).rpartition(":")[2]


def _resources(granted: list[Statement], actions: tuple[str, ...]) -> Iterator[Value]:
    covers = _covers(actions)
    for each in granted:
        allows = not isinstance(each.body, Unknown) and each.body.get("Effect") == "Allow"
        if allows and any(covers(str(action).lower()) for action in each.listed("Action")):
            yield from each.listed("Resource")


def _relayed(workload: Workload) -> frozenset[Resource]:
    streams = (trigger.source for trigger in workload.order_streams)
    relayed = {table for table in workload.order_tables if workload.pipes_of(table)}
    return frozenset(relayed | {each for each in streams if isinstance(each, Resource)})


def _covers(actions: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda written: any(fnmatchcase(action, written) for action in actions)


RULE = Rule(
    id="dual-write",
    title="An order and its message are not two separate writes",
    severity=Severity.ERROR,
    why=(
        "A function that writes the order and then sends the message can stop between the two: "
        "the order is accepted and never charged. In the other sequence an order is charged that "
        "nobody stored. No retry closes the gap, since a caller that gives up does not come "
        "back. A relay of the table's stream sends every order that was written, and no other."
    ),
    source=(
        "https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/"
        "transactional-outbox.html"
    ),
    fix_cdk=(
        "relay.add_event_source(DynamoEventSource(\n"
        "    orders, starting_position=lambda_.StartingPosition.TRIM_HORIZON))\n"
        "payments.grant_send_messages(relay)"
    ),
    fix_cloudformation=(
        "RelayMapping:\n"
        "  Type: AWS::Lambda::EventSourceMapping\n"
        "  Properties:\n"
        "    EventSourceArn: !GetAtt Orders.StreamArn\n"
        "    FunctionName: !Ref Relay\n"
        "    StartingPosition: TRIM_HORIZON"
    ),
    check=check,
)
