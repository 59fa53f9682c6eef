"""What a table of your own must have to hold the orders of a checkout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from checkout_stack.foundation.place_requirements import place_of
from checkout_stack.foundation.requirements import Requirement

#: Index of orders that are unsettled or need an operator. Its key attributes are absent from
#: settled orders, so it holds the open ones only, spread over shards so that it has no hot key.
UNSETTLED_INDEX = "unsettled"
TABLE_KEY = (("pk", "HASH", "S"),)
INDEX_KEY = (("unsettled_shard", "HASH", "S"), ("unsettled_since", "RANGE", "N"))
BOTH_IMAGES = "NEW_AND_OLD_IMAGES"
#: ``arn:partition:dynamodb:region:account:table/name/stream/label``.
_STREAM = re.compile(
    r"arn:[^:]+:dynamodb:(?P<region>[^:]*):(?P<account>[^:]*):table/(?P<table>[^/]+)/stream/.+"
)

_Key = tuple[tuple[str, str, str], ...]


def table_requirements(table: dynamodb.ITable) -> list[Requirement]:
    """Return what has to hold of a table that the checkout did not make.

    A table of this app is checked in full, as it is when it is handed over. Of an imported one a
    template says nothing but its names: only its stream is asked for.
    """
    written = _as_written(table)
    if written is None:
        return [
            Requirement(
                holds=table.table_stream_arn is not None,
                property="order_table.table_stream_arn",
                given="missing",
                allowed="the ARN of the table's stream, with both images",
                fix="import it with Table.from_table_attributes(..., table_stream_arn=...)",
            ),
            _is_its_stream(table, table.table_stream_arn or ""),
        ]
    types = {each["attributeName"]: each["attributeType"] for each in written.attributes}
    indexes = {each["indexName"]: _key(each["keySchema"], types) for each in written.indexes}
    return [
        _is("order_table.key_schema", _key(written.key_schema, types), TABLE_KEY),
        _is(f"order_table.{UNSETTLED_INDEX}", indexes.get(UNSETTLED_INDEX, ()), INDEX_KEY),
        Requirement(
            holds=written.stream == BOTH_IMAGES,
            property="order_table.stream",
            given=written.stream or "missing",
            allowed=f"{BOTH_IMAGES}: the relay tells what became PENDING from what still is",
            fix=f"give the table dynamo_stream=StreamViewType.{BOTH_IMAGES}",
        ),
        Requirement(
            holds=not written.time_to_live,
            property="order_table.time_to_live",
            given=written.time_to_live,
            allowed="none: an order that expires is accepted, and charged, a second time",
            fix="leave out time_to_live_attribute; move old orders away instead",
        ),
        Requirement(
            holds=written.replicas < 2 or written.consistency == "STRONG",
            property="order_table.replicas",
            given=f"{written.replicas} with {written.consistency or 'eventual'} consistency",
            allowed="one Region, or multi_region_consistency=STRONG: else two Regions accept one "
            "order each, since each evaluates its conditions alone",
            fix="use MultiRegionConsistency.STRONG, or no replicas",
        ),
    ]


def billing_requirement(
    existing: dynamodb.ITable | None, billing: dynamodb.Billing | None
) -> Requirement:
    """Return that no billing is given for a table that has one."""
    return Requirement(
        holds=existing is None or billing is None,
        property="billing",
        given="given, with a table of your own",
        allowed="the billing of a table that is made here: your own table keeps the one it has",
        fix="leave billing out, and give it to the table",
    )


def _is_its_stream(table: dynamodb.ITable, stream: str) -> Requirement:
    """Return that the stream is the table's, as far as both are known at synth."""
    place, name = place_of(table, table.table_arn), physical_name(table)
    expected = {"region": place.region, "account": place.account, "table": name or ""}
    found = _STREAM.fullmatch(stream)
    return Requirement(
        holds=cdk.Token.is_unresolved(stream)
        or not stream
        or (
            found is not None
            and all(
                not own or cdk.Token.is_unresolved(own) or own == found[part]
                for part, own in expected.items()
            )
        ),
        property="order_table.table_stream_arn",
        given=stream,
        allowed="the stream of the same table, in its Region and account: orders that another "
        "stream tells of would be charged, and those of this table never",
        fix="give arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL of this table",
    )


def physical_name(table: dynamodb.ITable) -> str | None:
    """Return how AWS calls the table, or ``None`` where only the deployment knows."""
    if not cdk.Token.is_unresolved(table.table_name):
        return table.table_name
    written = _as_written(table)
    return None if written is None else written.table_name


class _Written:
    """The table's properties as CloudFormation will read them."""

    def __init__(self, properties: dict[str, Any]) -> None:
        stream = properties.get("streamSpecification") or {}
        expiry = properties.get("timeToLiveSpecification") or {}
        self.key_schema: Sequence[dict[str, str]] = properties.get("keySchema") or ()
        self.attributes: Sequence[dict[str, str]] = properties.get("attributeDefinitions") or ()
        self.indexes: Sequence[dict[str, Any]] = properties.get("globalSecondaryIndexes") or ()
        self.stream: str | None = stream.get("streamViewType")
        self.time_to_live: str | None = expiry.get("attributeName")
        name = properties.get("tableName")
        self.table_name: str | None = name if isinstance(name, str) else None
        self.replicas = len(properties.get("replicas") or ())
        self.consistency: str | None = properties.get("multiRegionConsistency")


def _as_written(table: dynamodb.ITable) -> _Written | None:
    resource = table.node.default_child
    if not isinstance(resource, dynamodb.CfnTable | dynamodb.CfnGlobalTable):
        return None
    # The typed properties cannot be read from Python while one of them is left out.
    return _Written(cdk.Stack.of(resource).resolve(resource._cfn_properties))


def _key(schema: Sequence[dict[str, str]], types: dict[str, str]) -> _Key:
    return tuple(
        (each["attributeName"], each["keyType"], types.get(each["attributeName"], "?"))
        for each in schema
    )


def _is(name: str, given: _Key, allowed: _Key) -> Requirement:
    return Requirement(
        holds=given == allowed,
        property=name,
        given=_in_words(given) or "missing",
        allowed=_in_words(allowed),
        fix="make the table with checkout_stack.OrderTable, or with this key",
    )


def _in_words(key: _Key) -> str:
    return ", ".join(f"{name} ({kind}, {role})" for name, role, kind in key)
