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
from checkout_stack.policy.template.values import Unknown
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


def check(workload: Workload) -> list[Judgement]:
    """Judge each function and task that writes orders and sends their messages."""
    consumers = frozenset(workload.consumers)
    checkout = _Checkout(
        frozenset(workload.order_tables), frozenset(workload.queues), _relayed(workload)
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
    sent = checkout.queues.intersection(allowed_on(granted, _covers(_SENDS), QUEUE))
    for table in checkout.orders.intersection(allowed_on(granted, _covers(_WRITES), *TABLES)):
        if sent and table in checkout.relayed:
            yield compliant(writer, "Role")
        elif not sent and checkout.queues and table not in checkout.relayed:
            if _sends_anywhere(granted):
                why = f"it writes {table} and may send to queues that its policy does not name"
                yield cannot_tell(writer, "Role", why=why)
        elif sent:
            yield violated(
                writer,
                "Role",
                given=f"it writes {table} and sends to {min(map(str, sent))}, and nothing relays "
                f"the stream of {table}",
                allowed="one write, and a relay that sends what the table's stream says",
                fix="send from a function that reads the table's stream, and not from this one",
            )


def _sends_anywhere(granted: list[Statement]) -> bool:
    """Whether statements let somebody send to queues by a pattern."""
    covers = _covers(_SENDS)
    return any(
        not isinstance(each.body, Unknown)
        and each.body.get("Effect") == "Allow"
        and any(covers(str(action).lower()) for action in each.listed("Action"))
        and any("*" in str(resource).rpartition(":")[2] for resource in each.listed("Resource"))
        for each in granted
    )


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
