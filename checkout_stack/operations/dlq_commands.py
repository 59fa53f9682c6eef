"""``checkout dlq``: what could not be paid, and putting it on its way again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from checkout_stack.operations.dead_letters import DeadLetter, delete, held
from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.options import EXIT_CODES, on_a_checkout, print_json, print_rows

#: Orders in one request to the reconciler, which may look each one up.
ASKED_AT_ONCE = 10
#: After these the letter has done its work: another message is on its way, or none is needed.
DONE = frozenset({"sent again", "released", "settled"})
_MOST = click.option(
    "--most", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Letters."
)


@click.group()
def dlq() -> None:
    """Look at the dead-letter queue of a deployed checkout, and redrive it."""


@dlq.command("list", epilog=EXIT_CODES)
@_MOST
@on_a_checkout
def list_letters(checkout: DeployedCheckout, *, most: int, as_json: bool) -> None:
    """List the dead letters; changes nothing."""
    with held(checkout, most=most) as letters:
        found = [each.summary() for each in letters]
    if as_json:
        print_json(found)
    else:
        columns = ("order_id", "sent_at", "receives", "body")
        rows = [[each[column] for column in columns] for each in found]
        print_rows(f"{len(found)} dead letters", columns, rows)
    if found:
        raise SystemExit(1)


@dlq.command(epilog=EXIT_CODES)
@_MOST
@click.option("--yes", is_flag=True, help="Do it; without, only say what would be done.")
@on_a_checkout
def redrive(checkout: DeployedCheckout, *, most: int, yes: bool, as_json: bool) -> None:
    """Put the orders of dead letters on their way again.

    Each order is looked up at the payment service first. What is sent again is a new message with
    an ordinal of its own, so that no deduplication swallows it. It meets the consumer's rules: a
    look-up before a charge, and no request after the payment key's retention.

    A letter is deleted once its order is on its way or settled; what names no order stays. The
    command may be interrupted, run again, and run by two people at once.
    """
    with held(checkout, most=most) as letters:
        rows = list(_each(checkout, letters, yes=yes, quiet=as_json))
    if as_json:
        print_json({"dry_run": not yes, "letters": rows})
    else:
        columns = ("order_id", "status", "payment_service", "done" if yes else "would")
        title = f"{len(rows)} dead letters" + ("" if yes else ", a dry run: --yes does it")
        print_rows(title, columns, [[row[column] for column in columns] for row in rows])
    left = [row for row in rows if row["done"] not in DONE]
    if left:
        raise SystemExit(1)


def _each(
    checkout: DeployedCheckout, letters: Sequence[DeadLetter], *, yes: bool, quiet: bool
) -> Iterator[dict[str, Any]]:
    """Handle the letters in small groups, so that what is done is done if it is interrupted."""
    for letter in letters:
        if letter.order_id is None:
            yield _row(letter, None, "not asked", "leave it: it names no order", "left")
    named = [each for each in letters if each.order_id is not None]
    for begin in range(0, len(named), ASKED_AT_ONCE):
        group = named[begin : begin + ASKED_AT_ONCE]
        ids = list(dict.fromkeys(str(each.order_id) for each in group))
        known = {each["order_id"]: each for each in checkout.ask_reconciler("look_up", ids)}
        done = {}
        if yes:
            answers = checkout.ask_reconciler("redrive", ids)
            done = {each["order_id"]: str(each["done"]) for each in answers}
            delete(checkout, [each for each in group if done[str(each.order_id)] in DONE])
        if not quiet:
            click.echo(f"{begin + len(group)} of {len(named)} orders", err=True)
        for letter in group:
            order_id = str(letter.order_id)
            status = known[order_id]["status"]
            yield _row(
                letter,
                status,
                known[order_id]["payment_service"],
                _would(status),
                done.get(order_id, "left"),
            )


def _row(
    letter: DeadLetter, status: str | None, said: str, would: str, done: str
) -> dict[str, Any]:
    return {
        "message_id": letter.message_id,
        "order_id": letter.order_id,
        "status": status,
        "payment_service": said,
        "would": would,
        "done": done,
    }


def _would(status: str | None) -> str:
    match status:
        case None:
            return "leave it: there is no such order"
        case "PAID" | "DECLINED":
            return "delete it: the order is settled"
        case "NEEDS_REVIEW":
            return "release the order: it is looked up, and charged only if that is safe"
        case "ACTION_REQUIRED":
            return "leave it: the order waits for the buyer"
        case _:
            return "send it again: it is looked up, and charged only if that is safe"
