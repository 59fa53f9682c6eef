"""``checkout orders find``: an order by its idempotency key, where nobody has its id."""

from __future__ import annotations

import click

from checkout_stack.operations.deployed_checkout import DeployedCheckout, namespace_of
from checkout_stack.operations.options import EXIT_CODES, on_a_checkout, print_json
from checkout_stack.operations.order_ids import order_id_for
from checkout_stack.operations.stored_orders import read_order, tell_order


@click.command(epilog=EXIT_CODES)
@click.option("--key", required=True, help="The Idempotency-Key, or the cart's id.")
@click.option(
    "--principal",
    "claims",
    metavar="CLAIM",
    multiple=True,
    required=True,
    help="What identifies the buyer, once for each claim and in their order: issuer, then "
    "subject, unless the API has another scope_from. With open access: anonymous.",
)
@click.option(
    "--namespace", help="Of the checkout. Default: as a function of the stack's API knows it."
)
@on_a_checkout
def find(
    checkout: DeployedCheckout,
    *,
    key: str,
    claims: tuple[str, ...],
    namespace: str | None,
    as_json: bool,
) -> None:
    """Find the order that a buyer placed under an idempotency key."""
    order_id = order_id_for(namespace or namespace_of(checkout), claims, key)
    order = read_order(checkout, order_id)
    if as_json:
        print_json(order.summary())
    else:
        tell_order(order)
    if order.needs_operator:
        raise SystemExit(1)
