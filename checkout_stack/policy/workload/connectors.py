"""What the connectors of SAM allow: it makes policies of them when it is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Reference, Unknown, Value, at, listed
from checkout_stack.policy.workload.relations import FUNCTION, QUEUE, TABLES
from checkout_stack.policy.workload.statements import Statement

CONNECTOR = "AWS::Serverless::Connector"
_WRITES_TABLE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem")
_ALLOWED: Mapping[tuple[str, str], tuple[str, ...]] = {
    (QUEUE, "Read"): ("sqs:ReceiveMessage",),
    (QUEUE, "Write"): ("sqs:DeleteMessage", "sqs:SendMessage"),
    ("AWS::SNS::Topic", "Write"): ("sns:Publish",),
    ("AWS::Events::EventBus", "Write"): ("events:PutEvents",),
    **{(table, "Read"): ("dynamodb:GetItem", "dynamodb:Query") for table in TABLES},
    **{(table, "Write"): _WRITES_TABLE for table in TABLES},
}
"""What a function may do with a destination, by its type and the permission."""


def statements_of_connector(connector: Resource) -> Iterator[tuple[Resource, Statement]]:
    """Each function that a connector begins at, with a statement that SAM makes for it."""
    source = _named(connector, connector.prop("Source"))
    if not isinstance(source, Resource) or source.type != FUNCTION:
        return
    for destination in listed(connector.prop("Destination")):
        found = _named(connector, destination)
        for permission in listed(connector.prop("Permissions")):
            kind = found.type if isinstance(found, Resource) else ""
            actions: list[Value] = [*_ALLOWED.get((kind, str(permission)), ())]
            if actions:
                to = Reference(str(at(destination, "Id")))
                body: dict[str, Value] = {"Effect": "Allow", "Action": actions, "Resource": to}
                yield source, Statement(connector, ("Permissions",), body)


def _named(connector: Resource, end: Value) -> Resource | Unknown | None:
    name = at(end, "Id")
    return connector.related(Reference(name)) if isinstance(name, str) else None
