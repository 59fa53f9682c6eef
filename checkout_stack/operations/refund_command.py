"""``checkout orders refund`` and ``settle-refund``: give money back, and close unclear refunds."""

from __future__ import annotations

import secrets
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
_EXIT_CODES = f"""\b
Exit codes:
  0  done, or a dry run of what would be done
  {REFUSED}  refused: the reason is printed
  {UNUSABLE}  the command line, credentials, Region or stack cannot be used"""
_REFUSED = "refused"


@click.command(epilog=_EXIT_CODES)
@click.argument("order_id", metavar="ID")
@click.option(
    "--amount",
    type=click.IntRange(1),
    help="In minor units of the order's currency. Default: all that is left.",
)
@click.option("--charge", metavar="STRAY", help="A stray charge of the order, refunded as a whole.")
@click.option("--reason", metavar="TEXT", help="Why; kept with the refund.")
@click.option(
    "--key",
    help="What names this refund: run twice under one key, it is one refund. --yes needs it; "
    "without --yes, and by default, the dry run makes one and prints it.",
)
@by_option("Who asks", kept_with="refund")
@YES
@on_a_checkout
def refund(
    checkout: DeployedCheckout,
    *,
    order_id: str,
    amount: int | None,
    charge: str | None,
    reason: str | None,
    key: str | None,
    by: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Give a buyer's money back, or a stray charge.

    Without --yes nothing is changed, and the command of the real run is printed, with the key that
    it takes. However often that command is run, it is one refund.
    """
    # An empty one is a variable of the shell that is not set: each run would be another refund.
    if yes and not key:
        raise click.UsageError("--yes takes the --key that the dry run printed")
    key = key or f"cli-{secrets.token_hex(8)}"
    wish = {"order_id": order_id, "key": key, "by": by or caller_of(checkout), "dry_run": not yes}
    asked = {"amount": amount, "charge_id": charge, "reason": reason}
    wish |= {name: value for name, value in asked.items() if value is not None}
    told = _asked(checkout, {"refund": wish})
    if told["done"] == "would refund":
        told["command"] = real_run(key=key)
    _tell(told, as_json=as_json)


@click.command("settle-refund", epilog=_EXIT_CODES)
@click.argument("refund_id", metavar="REFUND")
@click.option("--refunded", is_flag=True, help="The money went back.")
@click.option("--not-refunded", is_flag=True, help="It did not, and never will.")
@click.option("--why", required=True, metavar="TEXT", help="How you know; kept with the refund.")
@by_option("Who decides", kept_with="refund")
@YES
@on_a_checkout
def settle_refund(
    checkout: DeployedCheckout,
    *,
    refund_id: str,
    refunded: bool,
    not_refunded: bool,
    why: str,
    by: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Close a refund that no machine can decide. Give exactly one verdict.

    The payment service is asked first, where that is possible: a verdict against it is refused.
    """
    if refunded == not_refunded:
        raise click.UsageError("give exactly one of --refunded and --not-refunded")
    wish = {"refund_id": refund_id, "refunded": refunded, "why": why, "dry_run": not yes}
    told = _asked(checkout, {"settle_refund": {**wish, "by": by or caller_of(checkout)}})
    _tell(told, as_json=as_json)


def _asked(checkout: DeployedCheckout, wish: dict[str, Any]) -> dict[str, Any]:
    return checkout.carry_out(wish, older="know no refunds")


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        detail = f": {told['detail']}" if told.get("detail") else ""
        click.echo(f"{told['done']}{detail}")
        made = told.get("refund")
        if made:
            click.echo(
                f"  {made['refund_id']}: {made['status']}, {made['amount']} {made['currency']} "
                f"(minor units) of {made['charge_id']}"
            )
        if "command" in told:
            click.echo(f"nothing was changed; to do it:\n  {told['command']}")
    if told["done"] == _REFUSED:
        raise SystemExit(REFUSED)
