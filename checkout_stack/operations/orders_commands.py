"""``checkout orders``: one order's story, those that are open, and the books."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click

from checkout_stack.operations.dead_letters import held
from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.dlq_commands import ASKED_AT_ONCE, DONE
from checkout_stack.operations.options import EXIT_CODES, on_a_checkout, print_json, print_rows
from checkout_stack.operations.order_story import Story, story_of
from checkout_stack.operations.problem import OperationProblem
from checkout_stack.operations.stored_orders import all_orders, open_orders, read_order

#: Dead letters that are looked through for one order.
MOST_LETTERS = 1000
_COLUMNS = ("order_id", "status", "attempt", "amount", "currency", "unsettled_since")
_EXPORTED = (
    "order_id",
    "status",
    "accepted_at",
    "amount",
    "currency",
    "charge_id",
    "attempt",
    "decline_code",
    "stray_charges",
    "mismatch",
)


@click.group()
def orders() -> None:
    """Look at the orders of a deployed checkout."""


@orders.command(epilog=EXIT_CODES)
@click.argument("order_id", metavar="ID")
@on_a_checkout
def show(checkout: DeployedCheckout, *, order_id: str, as_json: bool) -> None:
    """Tell the whole story of one order, and what to do about it."""
    order = read_order(checkout, order_id)
    with held(checkout, most=MOST_LETTERS) as letters:
        messages = [each.summary() for each in letters if each.order_id == order_id]
    [known] = checkout.ask_reconciler("look_up", [order_id])
    story = story_of(order, messages, known["payment_service"])
    if as_json:
        print_json(story.as_json())
    else:
        _tell(story)
    if story.needs_a_person:
        raise SystemExit(1)


@orders.command(epilog=EXIT_CODES)
@on_a_checkout
def unsettled(checkout: DeployedCheckout, *, as_json: bool) -> None:
    """List the orders that have no final answer yet, oldest first."""
    found = [each.summary() for each in open_orders(checkout)]
    found.sort(key=lambda each: str(each["unsettled_since"]))
    if as_json:
        print_json(found)
    else:
        rows = [[each[column] for column in _COLUMNS] for each in found]
        print_rows(f"{len(found)} unsettled", _COLUMNS, rows)
    if any(each["status"] == "NEEDS_REVIEW" for each in found):
        raise SystemExit(1)


@orders.command(epilog=EXIT_CODES)
@click.argument("order_ids", metavar="ID...", nargs=-1, required=True)
@on_a_checkout
def release(checkout: DeployedCheckout, *, order_ids: tuple[str, ...], as_json: bool) -> None:
    """Put orders on their way again that need a person: they are found out about afresh."""
    done = []
    for begin in range(0, len(order_ids), ASKED_AT_ONCE):
        done += checkout.ask_reconciler("redrive", order_ids[begin : begin + ASKED_AT_ONCE])
    if as_json:
        print_json(done)
    else:
        print_rows("", ("order_id", "done"), [[each["order_id"], each["done"]] for each in done])
    if any(each["done"] not in DONE for each in done):
        raise SystemExit(1)


@orders.command(epilog=EXIT_CODES)
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file.")
@on_a_checkout
def export(checkout: DeployedCheckout, *, output: Path | None, as_json: bool) -> None:
    """Write every order with its charge, as CSV or JSON; mismatches are marked.

    A mismatch is an order that is paid without a charge, charged without being paid, or that has
    charges beside its own.
    """
    rows = []
    for order in all_orders(checkout):
        summary = order.summary()
        rows.append({**summary, "mismatch": _mismatch(summary)})
    rows.sort(key=lambda each: (str(each["accepted_at"]), str(each["order_id"])))
    text = _as_json(rows) if as_json else _as_csv(rows)
    if output is None:
        click.echo(text, nl=False)
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise OperationProblem(f"{output}: {problem.strerror}") from problem
        click.echo(f"{len(rows)} orders written to {output}", err=True)
    if any(each["mismatch"] for each in rows):
        raise SystemExit(1)


def _mismatch(order: dict[str, object]) -> str:
    found = []
    if order["status"] == "PAID" and not order["charge_id"]:
        found.append("paid without a charge")
    if order["status"] != "PAID" and order["charge_id"]:
        found.append("a charge without being paid")
    if order["stray_charges"]:
        found.append("charges beside its own")
    return "; ".join(found)


def _as_json(rows: list[dict[str, object]]) -> str:
    return json.dumps([{name: row[name] for name in _EXPORTED} for row in rows], indent=2) + "\n"


def _as_csv(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_EXPORTED)
    for row in rows:
        strays = row["stray_charges"]
        cells = {**row, "stray_charges": " ".join(strays) if isinstance(strays, list) else ""}
        writer.writerow(["" if cells[name] is None else cells[name] for name in _EXPORTED])
    return text.getvalue()


def _tell(story: Story) -> None:
    order = story.order
    click.echo(f"{order['order_id']}: {order['status']}, attempt {order['attempt']}")
    click.echo(f"  {order['amount']} {order['currency']} (minor units)")
    for name in ("charge_id", "decline_code", "review_reason"):
        if order[name]:
            click.echo(f"  {name.replace('_', ' ')}: {order[name]}")
    for stray in order["stray_charges"]:
        click.echo(f"  stray charge: {stray}")
    click.echo(f"  in the log: correlation id {order['correlation_id'] or 'none'}")
    click.echo("what happened:")
    for event in story.events:
        click.echo(f"  {event.at}  {event.what}")
    click.echo(f"payment service: {story.payment_service}")
    if story.messages:
        click.echo(f"dead letters: {len(story.messages)}")
        for message in story.messages:
            click.echo(f"  since {message['sent_at']}: {message['body']}")
    else:
        click.echo("dead letters: none names it")
    click.echo(f"to do: {story.next_step}")
