"""What a run prints: results, as tables for people and as JSON for programs, and addresses."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from checkout_stack.local.chaos.run import ChaosVerdict
from checkout_stack.local.local_checkout import LocalCheckout
from checkout_stack.local.local_run import LocalRun
from checkout_stack.local.scenarios.verdict import Verdict


def print_table(verdict: Verdict, console: Console) -> None:
    """Print a row per scenario, then every deviation in full."""
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        title="What was sent, and what came of it in the end",
        caption="orders: in the table; charges: in the payment service's own ledger",
    )
    table.add_column("scenario", no_wrap=True)
    for heading in ("sent", "given up", "orders", "charges"):
        table.add_column(heading, justify="right")
    table.add_column("state", no_wrap=True)
    table.add_column("right")
    for row in verdict.rows:
        expected = row.scenario.expected
        table.add_row(
            row.scenario.name,
            str(row.requests_sent),
            str(row.gave_up or ""),
            _against(row.orders, expected.orders),
            _against(row.charges, expected.charges),
            _against(_listed(row.states), _listed(expected.states)),
            "[green]yes[/]" if row.as_promised else "[bold red]NO[/]",
        )
    console.print(table)
    for row in verdict.rows:
        for deviation in row.deviations:
            console.print(f"{row.scenario.name}: {deviation}", style="red", markup=False)
    for queue, messages in verdict.left_in_queues.items():
        if messages:
            console.print(f"{queue}: {messages} messages left", style="red", markup=False)


def print_verdict(verdict: Verdict, run: LocalRun, *, json_wanted: bool) -> None:
    """Print what came of scenarios, and where the logs are if it is not what was promised."""
    if json_wanted:
        click.echo(as_json(verdict))
    else:
        print_table(verdict, Console())
    if not verdict.as_promised:
        run.progress.say(f"logs: {run.logs}")


def as_json(verdict: Verdict) -> str:
    """The same as one JSON object."""
    return json.dumps(
        {
            "as_promised": verdict.as_promised,
            "left_in_queues": verdict.left_in_queues,
            "scenarios": [
                {
                    "name": row.scenario.name,
                    "promise": row.scenario.promise,
                    "as_promised": row.as_promised,
                    "requests_sent": row.requests_sent,
                    "requests_given_up": row.gave_up,
                    "orders": row.orders,
                    "charges": row.charges,
                    "states": list(row.states),
                    "expected": {
                        "orders": row.scenario.expected.orders,
                        "charges": row.scenario.expected.charges,
                        "states": sorted(row.scenario.expected.states),
                        "stray_charges": row.scenario.expected.stray_charges,
                    },
                    "seconds": round(row.seconds, 2),
                    "deviations": list(row.deviations),
                }
                for row in verdict.rows
            ],
        },
        indent=2,
    )


def print_chaos(verdict: ChaosVerdict, console: Console) -> None:
    """Print the figures and, if there are any, the violations."""
    table = Table(title=f"Chaos, seed {verdict.seed}")
    table.add_column("what")
    table.add_column("count", justify="right")
    for part in (verdict.disturbances, verdict.figures, verdict.states, verdict.refund_states):
        for name, value in part.items():
            table.add_row(name, f"{value:,}")
        table.add_section()
    table.add_row("violations", str(len(verdict.violations)))
    console.print(table)
    for violation in verdict.violations:
        console.print(f"[red]{violation}[/]", highlight=False)


def print_addresses(
    checkout: LocalCheckout, console: Console, variables: Path, shop: str | None = None
) -> None:
    """Print addresses, the shop's first where there is one, and commands to copy.

    :param variables: The file that the commands source.
    """
    api = f"http://{checkout.client.host}"
    payments = checkout.payments
    cart = (
        '{"amount": 4200, "currency": "EUR", "customer": "cus_1", '
        '"lines": [{"sku": "mug", "quantity": 2}], "payment_method": "pm_ok"}'
    )
    lines = [
        *([f"shop               {shop}   open it in a browser"] if shop else []),
        f"HTTP API           {api}",
        f"AWS endpoint       {checkout.aws.endpoint}",
        f"payment service    {payments.charges_url}",
        f"logs               {checkout.run.logs}",
        "",
        "# for an AWS command line or SDK",
        *(f"export {name}={value}" for name, value in checkout.aws.environment().items()),
        "",
        "# an order; send it again and it stays one order (docs/guide/http-api.md)",
        f". {shlex.quote(str(variables))}",
        'curl -i "$CHECKOUT_API/orders" -H "Authorization: Bearer $CHECKOUT_TOKEN" \\',
        "  -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-order' \\",
        f"  -d '{cart}'",
        "",
        "# every charge that was made",
        f"curl -s {payments.charges_url.removesuffix('/charges')}/_control/ledger \\",
        f"  -H 'Authorization: Bearer {payments.secret}'",
        "",
        "# the orders",
        f"aws dynamodb scan --table-name {checkout.outputs['OrderTableName']}",
        "",
        "Ctrl-C takes everything down.",
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _against(seen: object, promised: object) -> str:
    return str(seen) if seen == promised else f"[bold red]{seen}[/] not {promised}"


def _listed(states: Iterable[str]) -> str:
    return ", ".join(sorted(states)) or "none"
