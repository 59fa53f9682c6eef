"""``checkout charges``: what the payment service captured, compared with what the orders say."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click

from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.options import EXIT_CODES, on_a_checkout, print_json, print_rows
from checkout_stack.operations.stored_orders import utc

_COUNTED = ("charges", "foreign", "orders", "mismatches")
_COLUMNS = ("kind", "order_id", "charge_id", "detail", "what_to_do")


def _day(text: str) -> datetime:
    """Read a day as ISO 8601: its beginning in UTC."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day such as 2026-11-21") from None


def _time(text: str) -> datetime:
    """Read a time as ISO 8601, in UTC unless it says otherwise."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time such as 2026-11-21T08:00") from None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


@click.group()
def charges() -> None:
    """Look at the charges of a deployed checkout."""


@charges.command(epilog=EXIT_CODES)
@click.option("--day", type=_day, metavar="DATE", help="A whole day, UTC, such as 2026-11-21.")
@click.option(
    "--from",
    "begin",
    type=_time,
    metavar="TIME",
    help="In place of --day: from this time on, such as 2026-11-21T08:00; UTC, unless it ends with "
    "another zone, such as +01:00. Together with --before.",
)
@click.option(
    "--before", "end", type=_time, metavar="TIME", help="Up to this time, which is not included."
)
@on_a_checkout
def audit(
    checkout: DeployedCheckout,
    *,
    day: datetime | None,
    begin: datetime | None,
    end: datetime | None,
    as_json: bool,
) -> None:
    """Compare the charges and the orders of a day, and say what to do about what differs.

    Without options: the day that the last scheduled audit compared. Nothing is changed and nobody
    is charged. A long run goes on where it stopped, until it is done.
    """
    audited = _audited(checkout, _event(day, begin, end))
    if as_json:
        print_json(audited)
    else:
        _tell(audited)
    if audited["mismatches"] or not audited["finished"]:
        raise SystemExit(1)


def _event(day: datetime | None, begin: datetime | None, end: datetime | None) -> dict[str, int]:
    if day is not None:
        if begin is not None or end is not None:
            raise click.UsageError("give --day, or --from and --before")
        begin, end = day, day + timedelta(days=1)
    if begin is None and end is None:
        return {}
    if begin is None or end is None or begin >= end:
        raise click.UsageError("give both --from and --before, the earlier one first")
    if end > datetime.now(UTC):
        raise click.UsageError(f"{end.isoformat()} is yet to come: only what is over is compared")
    return {"from": _milliseconds(begin), "before": _milliseconds(end)}


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _audited(checkout: DeployedCheckout, event: dict[str, int]) -> dict[str, Any]:
    """Run the audit until it is finished or gets no further; sum up what the runs said."""
    audited = checkout.audit_charges(event)
    window = {"from": audited["from"], "before": audited["before"]}
    reached = None
    while not audited["finished"] and audited["go_on_after"] not in (None, reached):
        reached = audited["go_on_after"]
        more = checkout.audit_charges({**window, "go_on_after": reached})
        refunds = [each.get("refunds") for each in (audited, more)]
        compared = [number for number in refunds if number is not None]
        audited = {
            **more,
            **({"refunds": sum(compared) if compared else None} if "refunds" in more else {}),
            **{name: audited[name] + more[name] for name in _COUNTED},
            "listed": audited["listed"] + more["listed"],
        }
    return audited


def _tell(audited: dict[str, Any]) -> None:
    click.echo(
        f"{utc(audited['from'])} to {utc(audited['before'])}: {audited['charges']} charges and "
        f"{audited['orders']} paid orders compared, {audited['foreign']} charges of others"
    )
    if "refunds" in audited:
        _tell_of_refunds(audited["refunds"])
    if audited["listed"]:
        rows = [[each[column] for column in _COLUMNS] for each in audited["listed"]]
        print_rows(f"{audited['mismatches']} mismatches", _COLUMNS, rows)
    more = audited["mismatches"] - len(audited["listed"])
    if more:
        click.echo(f"and {more} more, which have one cause: see docs/operate/runbooks")
    if not audited["finished"]:
        click.echo("not finished: give a shorter time by --from and --before")
    elif not audited["mismatches"]:
        click.echo("every charge and every paid order fit")


def _tell_of_refunds(compared: int | None) -> None:
    if compared is None:
        click.echo("refunds were not compared: the payment service lists none")
    else:
        click.echo(f"{compared} refunds compared")
