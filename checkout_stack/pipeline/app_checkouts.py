"""The checkouts of one app, so that no two share what only one may have.

What each of them has is remembered at the root of its construct tree: apps of one process do not
know of each other, and nothing of it gets into a template.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IConstruct

from checkout_stack.foundation.deployed_path import default_namespace
from checkout_stack.foundation.one_value import resource_keys, secret_keys, value_keys
from checkout_stack.foundation.requirements import Requirement
from checkout_stack.payment_service.kind import ChargeList
from checkout_stack.payment_service.payment_service import PaymentService
from checkout_stack.pipeline.order_table_requirements import physical_name

_METADATA = "idempotent-checkout:has"
_CARTS_METADATA = "idempotent-checkout:carts"
_WEBHOOKS_METADATA = "idempotent-checkout:webhooks"
#: Up to its port, which is the usual one, and its path without a slash at the end.
_URL = re.compile(r"(https://[^/$]+?)(?::443)?(/.*)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """What one checkout of an app has for itself."""

    #: Its construct path.
    path: str
    namespace: str
    #: What two namespaces share one of that are one, or that were given and look alike.
    namespace_keys: tuple[str, ...]
    #: What two tables share one of that are the same.
    tables: tuple[str, ...]
    #: What two places share one of, where charges are listed, that are the same.
    listed_at: tuple[str, ...]
    #: What two secrets share one of that are the same; the secret says of which account.
    listed_with: tuple[str, ...]
    #: Of all its payment secrets: what two secrets share one of that are the same.
    charges_with: tuple[str, ...]


def belongings(
    checkout: IConstruct,
    namespace: str | None,
    order_table: dynamodb.ITable | None,
    payment_service: PaymentService,
) -> Belongings:
    """Return what ``checkout`` has, of what it was given and what it makes."""
    own = default_namespace(checkout) if namespace is None else namespace
    keys = value_keys(checkout, own)
    look = () if namespace is None else (f"looks like {keys[0].casefold()}",)
    charges = payment_service.charge_list
    return Belongings(
        path=checkout.node.path,
        namespace=own,
        namespace_keys=(*keys, *look),
        tables=() if order_table is None else _keys_of_table(checkout, order_table),
        listed_at=() if charges is None else value_keys(checkout, _plain(charges.url)),
        listed_with=() if charges is None else secret_keys(checkout, charges.secret),
        charges_with=tuple(
            key for each in payment_service.secrets.values() for key in secret_keys(checkout, each)
        ),
    )


def remember(checkout: IConstruct, has: Belongings, order_table: dynamodb.ITable) -> None:
    """Let later checkouts of the same app know what ``checkout`` has.

    :param order_table: The table that it was given, or that it made.
    """
    known = replace(has, tables=has.tables or _keys_of_table(checkout, order_table))
    checkout.node.root.node.add_metadata(_METADATA, json.dumps(asdict(known)))


def sharing_requirements(
    checkout: IConstruct, wants: Belongings, charge_list: ChargeList | None
) -> list[Requirement]:
    """Return that no other checkout of the app has what ``checkout`` wants.

    :param charge_list: The list of charges that it would audit.
    """
    others = _known(checkout, _METADATA)
    rows = [row for other in others for row in _shared(wants, other)]
    rows += [
        _signs_nothing(wants, signing, what)
        for metadata, what in ((_CARTS_METADATA, "cart"), (_WEBHOOKS_METADATA, "webhook"))
        for signing in _known(checkout, metadata)
    ]
    if charge_list is not None:
        rows += [_audited_once(wants, other, charge_list) for other in others]
    return rows


def remember_carts(checkout: IConstruct, cart_secret: secretsmanager.ISecret) -> None:
    """Let others of the same app know under which secret carts of ``checkout`` are signed."""
    _remember_signing(checkout, cart_secret, _CARTS_METADATA)


def remember_webhook(webhook: IConstruct, secret: secretsmanager.ISecret) -> None:
    """Let others of the same app know under which secret what comes to ``webhook`` is signed."""
    _remember_signing(webhook, secret, _WEBHOOKS_METADATA)


def cart_secret_requirements(
    checkout: IConstruct, cart_secret: secretsmanager.ISecret
) -> list[Requirement]:
    """Return that the secret of carts of ``checkout`` is no other's, and charges nowhere."""
    keys = set(secret_keys(checkout, cart_secret))
    path = checkout.node.path
    charging = [
        Requirement(
            holds=keys.isdisjoint(other["charges_with"]),
            property="cart_secret",
            given=f"the secret of the payment service of {other['path']}, too",
            allowed="a secret of its own: the function that buyers call reads it, and may read "
            "none with which money can be taken",
            fix="make a secret of 32 random characters for the shop's signature",
        )
        for other in _known(checkout, _METADATA)
    ]
    signing = [
        Requirement(
            holds=other["path"] == path or keys.isdisjoint(other["signed_with"]),
            property="cart_secret",
            given=f"the cart secret of {other['path']}, too",
            allowed="a secret for each checkout: a cart that names none would be an order, and a "
            "charge, in both",
            fix="make another secret of 32 random characters for this checkout's carts",
        )
        for other in _known(checkout, _CARTS_METADATA)
    ]
    webhooks = [
        Requirement(
            holds=keys.isdisjoint(other["signed_with"]),
            property="cart_secret",
            given=f"the secret of the webhook {other['path']}, too",
            allowed="a secret of its own: the payment service knows the other one, and could "
            "sign carts at a price of its own",
            fix="make a secret of 32 random characters for the shop's signature",
        )
        for other in _known(checkout, _WEBHOOKS_METADATA)
    ]
    return [*charging, *signing, *webhooks]


def webhook_secret_requirements(
    webhook: IConstruct, secret: secretsmanager.ISecret
) -> list[Requirement]:
    """Return that no checkout of the app charges, or takes carts, by the secret of a webhook."""
    keys = set(secret_keys(webhook, secret))
    charging = _any_key(_known(webhook, _METADATA), "charges_with")
    carts = _any_key(_known(webhook, _CARTS_METADATA), "signed_with")
    return [
        Requirement(
            holds=keys.isdisjoint(charging),
            property="secret",
            given="the secret with which charges are made, too",
            allowed="a secret of its own: who signs webhooks need not be able to charge",
            fix="put the webhooks' whsec_... into another secret",
        ),
        Requirement(
            holds=keys.isdisjoint(carts),
            property="secret",
            given="a cart secret, too",
            allowed="a secret of its own: who signs webhooks must not be able to price carts",
            fix="put the webhooks' whsec_... into another secret",
        ),
    ]


def _any_key(known: list[dict[str, Any]], name: str) -> set[str]:
    return {key for each in known for key in each[name]}


def _remember_signing(construct: IConstruct, secret: secretsmanager.ISecret, metadata: str) -> None:
    signing = {"path": construct.node.path, "signed_with": secret_keys(construct, secret)}
    construct.node.root.node.add_metadata(metadata, json.dumps(signing))


def _known(checkout: IConstruct, kind: str) -> list[dict[str, Any]]:
    """Return what was remembered of one kind in this app."""
    entries = checkout.node.root.node.metadata
    return [json.loads(entry.data) for entry in entries if entry.type == kind]


def _signs_nothing(wants: Belongings, signing: dict[str, Any], what: str) -> Requirement:
    return Requirement(
        holds=set(wants.charges_with).isdisjoint(signing["signed_with"]),
        property="payment_service.secret",
        given=f"the {what} secret of {signing['path']}, too",
        allowed="a secret of its own: a function that anybody may call reads the other one",
        fix="make another secret for the signature",
    )


def _shared(wants: Belongings, other: dict[str, Any]) -> list[Requirement]:
    path = other["path"]
    return [
        Requirement(
            holds=set(wants.tables).isdisjoint(other["tables"]),
            property="order_table",
            given=f"the table of {path}",
            allowed="a table for each checkout: the relays of two would send each order twice, "
            "to two queues and two payment services",
            fix="leave order_table out, or give each checkout a table of its own",
        ),
        Requirement(
            holds=set(wants.namespace_keys).isdisjoint(other["namespace_keys"]),
            property="namespace",
            given=f"{wants.namespace!r}, as of {path}",
            allowed="a namespace for each checkout of an app, not told apart by capitals alone: "
            "with one for two, the same key of a buyer is the same payment key in both, and one "
            "of two charges is not made",
            fix="leave namespace out for the default, or name each checkout differently",
        ),
    ]


def _audited_once(wants: Belongings, other: dict[str, Any], charge_list: ChargeList) -> Requirement:
    same_place = not set(wants.listed_at).isdisjoint(other["listed_at"])
    same_secret = not set(wants.listed_with).isdisjoint(other["listed_with"])
    return Requirement(
        holds=not (same_place and same_secret),
        property=f"payment_service.{charge_list.property}",
        given=f"on with the secret of {other['path']}, which lists the same charges",
        allowed="one audit for one list of charges: each of two would report the charges of "
        "the other as charges without an order",
        fix=charge_list.fix_if_shared,
    )


def _plain(url: str) -> str:
    """Return the URL as others of the same place are written; a token as it is."""
    found = _URL.fullmatch(url.rstrip("/"))
    return url if found is None else f"{found[1].lower()}{found[2] or ''}"


def _keys_of_table(scope: IConstruct, table: dynamodb.ITable) -> tuple[str, ...]:
    # A token is better than no name: two imports may have been given the same one.
    name = physical_name(table) or table.table_name
    return resource_keys(scope, table, arn=table.table_arn, name=name)
