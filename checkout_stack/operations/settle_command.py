"""``checkout orders settle``: close an order by what an operator found out about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from checkout_stack.operations.deployed_checkout import DeployedCheckout
from checkout_stack.operations.look_up import look_up, tell_look_up
from checkout_stack.operations.options import (
    UNUSABLE,
    YES,
    by_option,
    on_a_checkout,
    print_json,
    real_run,
)
from checkout_stack.operations.stored_orders import StoredOrder, find_order, is_order_id, tell_order
from checkout_stack.operations.verdict import Answer, Verdict, ask_for_verdict, caller_of

REFUSED = 1
#: What the reconciler takes of who and why.
LONGEST_TEXT = 500
_EXIT_CODES = f"""\b
Exit codes:
  0  done, or a dry run of what would be done
  {REFUSED}  refused: the reason, and what to do then, are printed
  {UNUSABLE}  the command line, credentials, Region or stack cannot be used"""


@click.command(epilog=_EXIT_CODES)
@click.argument("order_id", metavar="ID")
@click.option("--paid", metavar="CHARGE", help="It was captured, by this charge of the service.")
@click.option("--declined", is_flag=True, help="It was not captured, and never will be.")
@click.option(
    "--refunded-elsewhere", metavar="CHARGE", help="This stray charge was refunded at the service."
)
@click.option("--why", required=True, metavar="TEXT", help="How you know; kept with the order.")
@by_option("Who decides", kept_with="order")
@YES
@on_a_checkout
def settle(
    checkout: DeployedCheckout,
    *,
    order_id: str,
    paid: str | None,
    declined: bool,
    refunded_elsewhere: str | None,
    why: str,
    by: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Close an order that no machine can decide. Give exactly one verdict.

    The payment service is asked first, where that is possible, and what it says counts: a verdict
    against it is refused. Without --yes nothing is changed. With it the dry run comes first, and
    the verdict is refused if the order changed in between.
    """
    kind, charge_id = _verdict_given(paid, refunded_elsewhere, declined=declined)
    for option, text in (("--why", why), ("--by", by), ("CHARGE", charge_id)):
        if text is not None and not 1 <= len(text.strip()) <= LONGEST_TEXT:
            raise click.UsageError(f"{option}: give 1 to {LONGEST_TEXT} characters")
    order = find_order(checkout, order_id) if is_order_id(order_id) else None
    if order is None:
        answer = Answer("refused", None, "no such order: see the id and --stack", None)
        _tell_answer(answer, as_json=as_json)
        raise SystemExit(REFUSED)
    verdict = Verdict(
        order_id=order_id,
        verdict=kind,
        charge_id=charge_id,
        why=why.strip(),
        by=by or caller_of(checkout),
    )
    looked_up = look_up(checkout, order_id)
    if not as_json:
        tell_order(order)
        tell_look_up(looked_up)
        click.echo(f"decided by {verdict.by}: {verdict.why}")
    answer = ask_for_verdict(checkout, verdict)
    told: dict[str, Any] = {
        "order": order.summary(),
        "look_up": asdict(looked_up),
        "verdict": asdict(verdict),
    }
    if not answer.is_refused:
        told["change"] = _change(order, verdict)
    if yes and not answer.is_refused:
        if not as_json:
            _tell_answer(answer, as_json=False, **told)
        answer = ask_for_verdict(checkout, verdict, seen=answer.seen or {})
    elif not answer.is_refused:
        told["command"] = real_run()
    _tell_answer(answer, as_json=as_json, **told)
    if answer.is_refused:
        raise SystemExit(REFUSED)


def _verdict_given(
    paid: str | None, refunded_elsewhere: str | None, *, declined: bool
) -> tuple[str, str | None]:
    given = [
        *([("paid", paid)] if paid is not None else []),
        *([("declined", None)] if declined else []),
        *([("refunded_elsewhere", refunded_elsewhere)] if refunded_elsewhere is not None else []),
    ]
    if len(given) != 1:
        raise click.UsageError(
            "give exactly one of --paid CHARGE, --declined and --refunded-elsewhere CHARGE"
        )
    return given[0]


def _change(order: StoredOrder, verdict: Verdict) -> str:
    """What a verdict changes about the order, in words."""
    strays = order.strays
    # ``attempt:charge id:amount:currency``
    left = [
        each for each in strays if each.split(":", 1)[-1].rsplit(":", 2)[0] != verdict.charge_id
    ]
    taken = f"; stray charges: {len(left)} instead of {len(strays)}" if left != strays else ""
    match verdict.verdict:
        case "paid":
            return f"{order.status} to PAID, by charge {verdict.charge_id}{taken}"
        case "declined":
            ends_as = "DECLINED" if order.number("cancel_asked_at") is None else "CANCELLED"
            return f"{order.status} to {ends_as}, once the attempt is cancelled where it can be"
        case _:
            return f"{order.status} stays{taken}"


def _tell_answer(answer: Answer, *, as_json: bool, **told: Any) -> None:
    if as_json:
        print_json({**told, **asdict(answer)})
        return
    click.echo(f"{answer.done}: {answer.detail}")
    if answer.done == "would settle":
        click.echo(f"would change: {told['change']}")
    if "command" in told:
        click.echo(f"nothing was changed; to do it:\n  {told['command']}")
