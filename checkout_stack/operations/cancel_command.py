"""``checkout orders cancel``: give up an order that is not paid."""

from __future__ import annotations

from typing import Any

import click

from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.options import (
    UNUSABLE,
    YES,
    by_option,
    on_a_checkout,
    print_json,
    real_run,
)
from checkout_stack.operations.verdict import caller_of

REFUSED = 1
EXIT_CODES = f"""\b
Exit codes:
  0  done or asked for, or a dry run of what would be done
  {REFUSED}  refused: the reason is printed
  {UNUSABLE}  the command line, credentials, Region or stack cannot be used"""


@click.command(epilog=EXIT_CODES)
@click.argument("order_id", metavar="ID")
@by_option("Who asks", kept_with="order")
@YES
@on_a_checkout
def cancel(
    checkout: DeployedCheckout, *, order_id: str, by: str | None, yes: bool, as_json: bool
) -> None:
    """Give up an order that is not paid.

    Where nothing can be captured any more, it is CANCELLED at once. Else it is marked: the payment
    service is asked and told to cancel, and if the charge wins the order is PAID. Run twice, it is
    cancelled once.
    """
    wish = {"order_id": order_id, "by": by or caller_of(checkout), "dry_run": not yes}
    told = checkout.carry_out({"cancel": wish}, older="cannot cancel")
    tell_what_was_done(told, is_dry=not yes, as_json=as_json)


def tell_what_was_done(told: dict[str, Any], *, is_dry: bool, as_json: bool) -> None:
    """Print what became of a wish about one order; after a dry run also the command to do it."""
    if is_dry and told["done"].startswith("would"):
        told["command"] = real_run()
    if as_json:
        print_json(told)
    else:
        state = f" (the order is {told['status']})" if told["status"] else ""
        click.echo(f"{told['done']}{': ' if told['detail'] else ''}{told['detail']}{state}")
        if "command" in told:
            click.echo(f"nothing was changed; to do it:\n  {told['command']}")
    if told["done"] == "refused":
        raise SystemExit(REFUSED)
