"""``checkout orders capture``: take money that is held for an order."""

from __future__ import annotations

import click

from checkout_stack.operations.cancel_command import EXIT_CODES, tell_what_was_done
from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.options import YES, by_option, on_a_checkout
from checkout_stack.operations.verdict import caller_of


@click.command(epilog=EXIT_CODES)
@click.argument("order_id", metavar="ID")
@click.option(
    "--amount",
    type=click.IntRange(1),
    help="In minor units of the order's currency; the rest is released. Default: all of it.",
)
@by_option("Who asks", kept_with="order")
@YES
@on_a_checkout
def capture(
    checkout: DeployedCheckout,
    *,
    order_id: str,
    amount: int | None,
    by: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Take money that is held for an order (AUTHORIZED).

    A hold is captured once: run twice, it is one capture, and another amount is refused. What is
    not captured is released.
    """
    wish = {"order_id": order_id, "by": by or caller_of(checkout), "dry_run": not yes}
    if amount is not None:
        wish["amount"] = amount
    told = checkout.carry_out({"capture": wish}, older="cannot capture")
    tell_what_was_done(told, is_dry=not yes, as_json=as_json)
