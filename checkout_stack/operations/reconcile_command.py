"""``checkout reconcile``."""

from __future__ import annotations

import click

from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.options import EXIT_CODES, on_a_checkout, print_json


@click.command(epilog=EXIT_CODES)
@on_a_checkout
def reconcile(checkout: DeployedCheckout, *, as_json: bool) -> None:
    """Let the reconciler run now, and say what it did."""
    answer = checkout.invoke_reconciler({})
    if as_json:
        print_json(answer)
    else:
        click.echo(
            f"{answer['orders_seen']} orders seen, {answer['orders_acted_on']} acted on, "
            + ("all shards read" if answer["finished"] else "out of time: run it again")
        )
    if not answer["finished"]:
        raise SystemExit(1)
