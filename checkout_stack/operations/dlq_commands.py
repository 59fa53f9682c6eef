"""``checkout dlq``: what could not be paid, and putting it on its way again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import click

from checkout_stack.operations.dead_letters import DeadLetter, HeldLetters, NotHeld, held
from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.options import EXIT_CODES, YES, on_a_checkout, print_json, print_rows

#: Orders in one request to the reconciler, which may look each one up.
ASKED_AT_ONCE = 10
#: After these the letter has done its work: another message is on its way, or none is needed.
DONE = frozenset(
    {"sent again", "released", "settled", "is being processed", "waits for its capture"}
)
#: The review reason of an order that may have been charged after the backup of its table.
_RESTORED = "restored_from_backup"
_LEAVE_RESTORED = (
    "leave it: its table was restored from a backup, `checkout orders show` says what to do"
)
#: A second each, in which letters that another command holds may be deleted or come back.
EMPTY_RECEIVES = 10
_MOST = click.option(
    "--most",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    help="Take no more letters than this.",
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
        found = [each.summary() for each in letters.take_all()]
        left = letters.not_held()
    if as_json:
        print_json({"letters": found, **asdict(left)})
    else:
        columns = ("order_id", "sent_at", "receives", "body")
        rows = [[each[column] for column in columns] for each in found]
        print_rows(f"{len(found)} dead letters", columns, rows)
        _tell_left(left)
    if found or left:
        raise SystemExit(1)


@dlq.command(epilog=EXIT_CODES)
@_MOST
@YES
@on_a_checkout
def redrive(checkout: DeployedCheckout, *, most: int, yes: bool, as_json: bool) -> None:
    """Put the orders of dead letters on their way again.

    Each order is looked up at the payment service first. What is sent again is a new message with
    an ordinal of its own, so that no deduplication swallows it. It meets the consumer's rules: a
    look-up before a charge, and no request after the payment key's retention.

    A letter is deleted once its order is on its way or settled; what names no order stays. The
    command may be interrupted, run again, and run by two operators at once. It ends when no letter
    is left, neither visible nor in flight; else it says what is left.
    """
    with held(checkout, most=most) as letters:
        rows = list(_redriven(checkout, letters, yes=yes, quiet=as_json))
        left = letters.not_held()
    if as_json:
        print_json({"dry_run": not yes, "letters": rows, **asdict(left)})
    else:
        columns = ("order_id", "status", "payment_service", "done" if yes else "would")
        title = f"{len(rows)} dead letters" + ("" if yes else ", a dry run: --yes does it")
        print_rows(title, columns, [[row[column] for column in columns] for row in rows])
        _tell_left(left)
    if left or any(row["done"] not in DONE for row in rows):
        raise SystemExit(1)


def _tell_left(left: NotHeld) -> None:
    if left:
        click.echo(f"besides: {left}")


def _redriven(
    checkout: DeployedCheckout, letters: HeldLetters, *, yes: bool, quiet: bool
) -> Iterator[dict[str, Any]]:
    """Take and handle letters in small groups: what is done is done if it is interrupted, and
    none is held for long before its turn."""
    handled = empty = 0
    while empty < EMPTY_RECEIVES:
        group = letters.take()
        yield from _each(checkout, letters, group, yes=yes)
        handled += len(group)
        if group and not quiet:
            click.echo(f"{handled} letters", err=True)
        if not group:
            left = letters.not_held()
            if not yes or letters.is_full or not left or left.problem:
                return
            empty += 1


def _each(
    checkout: DeployedCheckout, letters: HeldLetters, group: Sequence[DeadLetter], *, yes: bool
) -> Iterator[dict[str, Any]]:
    for letter in group:
        if letter.order_id is None:
            yield _row(letter, None, "not asked", "leave it: it names no order", "left")
    named = [each for each in group if each.order_id is not None]
    if not named:
        return
    ids = list(dict.fromkeys(str(each.order_id) for each in named))
    known = {each["order_id"]: each for each in checkout.ask_reconciler("look_up", ids)}
    # Released, it could be charged a second time: the look-up knows nothing of what was forgotten.
    restored = {each for each in ids if known[each].get("review_reason") == _RESTORED}
    done = dict.fromkeys(restored, "needs a person")
    if yes:
        asked = [each for each in ids if each not in restored]
        answers = checkout.ask_reconciler("redrive", asked) if asked else []
        done |= {each["order_id"]: str(each["done"]) for each in answers}
        letters.delete([each for each in named if done[str(each.order_id)] in DONE])
    for letter in named:
        about = known[str(letter.order_id)]
        is_restored = letter.order_id in restored
        would = _LEAVE_RESTORED if is_restored else _would(about["status"])
        said = about["payment_service"]
        row_done = done.get(str(letter.order_id), "left")
        yield _row(letter, about["status"], said, would, row_done)


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
        case "PAID" | "DECLINED" | "CANCELLED":
            return "delete it: the order is settled"
        case "PROCESSING":
            return "delete it: the payment service decides, and the order is only looked up"
        case "AUTHORIZED":
            return "delete it: the money is held, and the order is only looked up"
        case "NEEDS_REVIEW":
            return "release the order: it is looked up, and charged only if that is safe"
        case "ACTION_REQUIRED":
            return "leave it: the order waits for the buyer"
        case _:
            return "send it again: it is looked up, and charged only if that is safe"
