"""``checkout orders``: one order's story, those that are open, and the export."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import click

from checkout_stack.operations.cancel_command import cancel
from checkout_stack.operations.capture_command import capture
from checkout_stack.operations.dead_letters import held
from checkout_stack.operations.deployed_checkout import (
    DeployedCheckout,
    OperationError,
    attempt_limit,
)
from checkout_stack.operations.dlq_commands import ASKED_AT_ONCE, DONE
from checkout_stack.operations.find_command import find
from checkout_stack.operations.look_up import LookUp, look_up, tell_look_up
from checkout_stack.operations.options import EXIT_CODES, on_a_checkout, print_json, print_rows
from checkout_stack.operations.order_story import Story, story_of
from checkout_stack.operations.refund_command import refund, settle_refund
from checkout_stack.operations.settle_command import settle
from checkout_stack.operations.stored_orders import (
    StoredOrder,
    all_orders,
    is_order_id,
    open_orders,
    read_order,
    refunds_of,
    tell_order,
)

#: Dead letters that are looked through for one order.
MOST_LETTERS = 1000
NO_SUCH_ORDER = "no such order"
_TO_DO = {
    NO_SUCH_ORDER: "see the id and --stack",
    "needs a person": "it has stray charges: see `checkout orders show`",
    "needs a verdict": "nothing more can be found out: `checkout orders settle`",
    "moved on": "it changed meanwhile: see `checkout orders show`",
    "not sent": "SQS did not take it: run this again",
    "waits for the buyer": "nothing: the attempt is abandoned at the deadline",
}
_RELEASED = ("order_id", "done", "to_do")
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
    "captured",
    "left_to_refund",
)


@click.group()
def orders() -> None:
    """Look at the orders of a deployed checkout, and close those that need an operator."""


orders.add_command(settle)
orders.add_command(find)
orders.add_command(cancel)
orders.add_command(capture)
orders.add_command(refund)
orders.add_command(settle_refund)


@orders.command(epilog=EXIT_CODES)
@click.argument("order_id", metavar="ID")
@on_a_checkout
def show(checkout: DeployedCheckout, *, order_id: str, as_json: bool) -> None:
    """Tell the whole story of one order, and what to do about it.

    Asks the payment service about every payment attempt; where it says something else than the
    table, that is told, and the exit code is 1.
    """
    order = read_order(checkout, order_id)
    messages, unread = _letters_that_name(checkout, order_id)
    limit = attempt_limit(checkout) if order.status == "DECLINED" else None
    looked_up = look_up(checkout, order_id)
    story = story_of(
        order,
        messages,
        looked_up,
        attempt_limit=limit,
        unread_messages=unread,
        refunds=refunds_of(checkout, order),
    )
    if as_json:
        print_json(story.as_json())
    else:
        _tell(order, story, looked_up)
    if story.needs_operator:
        raise SystemExit(1)


def _letters_that_name(
    checkout: DeployedCheckout, order_id: str
) -> tuple[list[dict[str, Any]], str | None]:
    """The dead letters that name an order, and why there may be more."""
    try:
        with held(checkout, most=MOST_LETTERS) as letters:
            found = [each.summary() for each in letters.take_all() if each.order_id == order_id]
            left = letters.not_held()
    except OperationError as problem:
        return [], str(problem)
    return found, str(left) if left else None


@orders.command(epilog=EXIT_CODES)
@on_a_checkout
def unsettled(checkout: DeployedCheckout, *, as_json: bool) -> None:
    """List the orders that have no final answer yet or need an operator, oldest first."""
    found = sorted(open_orders(checkout), key=lambda each: str(each.unsettled_since))
    summaries = [each.summary() for each in found]
    if as_json:
        print_json(summaries)
    else:
        rows = [[each[column] for column in _COLUMNS] for each in summaries]
        print_rows(f"{len(found)} unsettled", _COLUMNS, rows)
    if any(each.needs_operator for each in found):
        raise SystemExit(1)


@orders.command(epilog=EXIT_CODES)
@click.argument("order_ids", metavar="ID...", nargs=-1, required=True)
@on_a_checkout
def release(checkout: DeployedCheckout, *, order_ids: tuple[str, ...], as_json: bool) -> None:
    """Put orders on their way again that need an operator: they are looked up afresh."""
    asked = list(dict.fromkeys(order_ids))
    known = [each for each in asked if is_order_id(each)]
    done = dict.fromkeys(asked, NO_SUCH_ORDER)
    for begin in range(0, len(known), ASKED_AT_ONCE):
        for each in checkout.ask_reconciler("redrive", known[begin : begin + ASKED_AT_ONCE]):
            done[each["order_id"]] = str(each["done"])
    rows = [
        {"order_id": order_id, "done": word, "to_do": _TO_DO.get(word, "")}
        for order_id, word in done.items()
    ]
    if as_json:
        print_json(rows)
    else:
        print_rows("", _RELEASED, [[row[column] for column in _RELEASED] for row in rows])
    if any(row["done"] not in DONE for row in rows):
        raise SystemExit(1)


@orders.command(epilog=EXIT_CODES)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write to this file. Default: print it."
)
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
            raise OperationError(f"{output}: {problem.strerror}") from problem
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


def _tell(order: StoredOrder, story: Story, looked_up: LookUp) -> None:
    tell_order(order)
    for each in story.refunds:
        why = each["review_reason"] or each["code"]
        click.echo(
            f"    {each['refund_id']}: {each['status']}, {each['amount']} {each['currency']} of "
            f"{each['charge_id']}{f' ({why})' if why else ''}"
        )
    click.echo(f"  in the log: correlation id {story.order['correlation_id'] or 'none'}")
    click.echo("what happened:")
    for event in story.events:
        click.echo(f"  {event.at}  {event.what}")
    tell_look_up(looked_up)
    if story.messages:
        click.echo(f"dead letters: {len(story.messages)}")
        for message in story.messages:
            click.echo(f"  since {message['sent_at']}: {message['body']}")
    else:
        click.echo("dead letters: none that could be read names it")
    if story.unread_messages:
        click.echo(f"  besides: {story.unread_messages}")
    click.echo(f"to do: {story.next_step}")
