"""The checkouts of one app, so that no two share what only one may have.

What each of them has is remembered at the root of its construct tree: apps of one process do not
know of each other, and nothing of it gets into a template.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IConstruct

from checkout_stack.foundation.deployed_path import default_namespace
from checkout_stack.foundation.place_requirements import place_of_table
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.payment_service.kind import ChargeList
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.order_table_requirements import physical_name

_METADATA = "idempotent-checkout:has"


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """What one checkout of an app has for itself."""

    #: Its construct path.
    path: str
    namespace: str
    #: The table by each name that it is known by: construct path, and what AWS calls it.
    tables: tuple[str, ...]
    #: Where its charges are listed, and the secret that says of which account.
    charge_list: tuple[str, str] | None


def belongings(
    checkout: IConstruct,
    namespace: str | None,
    order_table: dynamodb.ITable | None,
    payment_service: PaymentService,
) -> Belongings:
    """Return what ``checkout`` has, of what it was given and what it makes."""
    return Belongings(
        path=checkout.node.path,
        namespace=default_namespace(checkout) if namespace is None else namespace,
        tables=() if order_table is None else _names_of_table(order_table),
        charge_list=_name_of_list(payment_service.charge_list),
    )


def remember(checkout: IConstruct, has: Belongings, order_table: dynamodb.ITable) -> None:
    """Let later checkouts of the same app know what ``checkout`` has.

    :param order_table: The table that it was given, or that it made.
    """
    known = replace(has, tables=has.tables or (order_table.node.path,))
    checkout.node.root.node.add_metadata(_METADATA, json.dumps(asdict(known)))


def sharing_requirements(
    checkout: IConstruct, wants: Belongings, charge_list: ChargeList | None
) -> list[Requirement]:
    """Return that no other checkout of the app has what ``checkout`` wants.

    :param charge_list: The list of charges that it would audit.
    """
    others = [
        json.loads(entry.data)
        for entry in checkout.node.root.node.metadata
        if entry.type == _METADATA
    ]
    rows = [row for other in others for row in _shared(wants, other)]
    if charge_list is not None:
        rows += [_audited_once(wants, other, charge_list) for other in others]
    return rows


def _shared(wants: Belongings, other: dict[str, object]) -> list[Requirement]:
    path, tables = other["path"], other["tables"]
    assert isinstance(tables, list)
    return [
        Requirement(
            holds=not set(wants.tables) & set(tables),
            property="order_table",
            given=f"the table of {path}",
            allowed="a table for each checkout: the relays of two would send each order twice, "
            "to two queues and two payment services",
            fix="leave order_table out, or give each checkout a table of its own",
        ),
        Requirement(
            holds=cdk.Token.is_unresolved(wants.namespace) or wants.namespace != other["namespace"],
            property="namespace",
            given=f"{wants.namespace!r}, as of {path}",
            allowed="a namespace for each checkout of an app: with one for two, the same key of a "
            "buyer is the same payment key in both, and one of two charges is not made",
            fix="leave namespace out for the default, or name each checkout differently",
        ),
    ]


def _audited_once(
    wants: Belongings, other: dict[str, object], charge_list: ChargeList
) -> Requirement:
    assert wants.charge_list is not None
    return Requirement(
        holds=[*wants.charge_list] != other["charge_list"],
        property=f"payment_service.{charge_list.property}",
        given=f"on with the secret of {other['path']}, which lists the same charges",
        allowed="one audit for one list of charges: each of two would report the charges of "
        "the other as charges without an order",
        fix=charge_list.fix_if_shared,
    )


def _names_of_table(table: dynamodb.ITable) -> tuple[str, ...]:
    name = physical_name(table)
    named = () if name is None else ("/".join((*place_of_table(table), name)),)
    return (table.node.path, *named)


def _name_of_list(charges: ChargeList | None) -> tuple[str, str] | None:
    return None if charges is None else (charges.url, _name_of_secret(charges.secret))


def _name_of_secret(secret: secretsmanager.ISecret) -> str:
    name = secret.secret_name
    if cdk.Token.is_unresolved(name):
        return secret.secret_arn
    return f"{secret.env.account}/{secret.env.region}/{name}"
