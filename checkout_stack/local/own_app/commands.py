"""``checkout local run --app`` and ``checkout local serve --app``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NoReturn

import click
from rich.console import Console

from checkout_stack.local.messages import LocalRunError, Progress
from checkout_stack.local.own_app.bring_up import OwnCheckout, bring_up_app, own_app_run
from checkout_stack.local.own_app.event_tail import EventTail
from checkout_stack.local.own_app.local_template import REPLACED_KIND
from checkout_stack.local.own_app.order_tail import OrderTail
from checkout_stack.local.own_app.own_scenarios import NAMES, own_scenarios
from checkout_stack.local.report import as_json, print_addresses, print_table
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.shell_variables import FILE, shell_variables

SECONDS_BETWEEN_LOOKS = 0.5


def run_app(
    app: str,
    context: Sequence[str],
    only: Sequence[str],
    *,
    json_wanted: bool,
    keep: bool,
    **ports: int | None,
) -> bool:
    """Deploy an app and play the scenarios against its checkouts; returns whether all held.

    :raises LocalRunError: if it cannot be deployed, or nothing of it can be judged.
    """
    for name in only:
        if not any(name.lower() in each.lower() for each in NAMES):
            raise click.BadParameter(
                f"no scenario for an own app is named like {name!r}; there are: {', '.join(NAMES)}",
                param_hint="--only",
            )
    with own_app_run(Progress(), **ports) as run:
        checkouts = bring_up_app(run, app, context)
        judged = [each for each in checkouts if each.found.kind == REPLACED_KIND]
        if not judged:
            kinds = ", ".join(sorted({each.found.kind for each in checkouts}))
            raise LocalRunError(
                f"nothing can be judged: the payment service is of the kind {kinds}, and only "
                f"PaymentService.{REPLACED_KIND} is replaced by the local one, which has the ledger"
            )
        scenarios, places = own_scenarios(judged, only)
        verdict = try_all(scenarios, places, run.progress)
        if json_wanted:
            click.echo(as_json(verdict))
        else:
            print_table(verdict, Console())
        if not verdict.as_promised:
            run.progress.say(f"logs: {run.logs}")
        if keep:
            _stay_up(checkouts, run.progress.console)
    return verdict.as_promised


def serve_app(app: str, context: Sequence[str], **ports: int | None) -> NoReturn:
    """Deploy an app, print addresses, and tell what becomes of orders until a signal comes."""
    with own_app_run(Progress(), **ports) as run:
        _stay_up(bring_up_app(run, app, context), Console())


def _stay_up(checkouts: Sequence[OwnCheckout], console: Console) -> NoReturn:
    def say(line: str) -> None:
        console.print(line, soft_wrap=True, markup=False, highlight=False)

    found = [each.local.outputs for each in checkouts]
    buses = [each["EventBusName"] for each in found if "EventBusName" in each]
    # Before anybody knows the addresses, so that no event is missed.
    tails = [OrderTail(checkouts, say), EventTail(checkouts[0].local.aws, buses, say)]
    with ExitStack() as files:
        for number, checkout in enumerate(checkouts):
            if len(checkouts) > 1:
                say(f"\n{checkout.name}")
            name = f"serve-{number + 1}.env" if number else FILE
            variables = files.enter_context(shell_variables(checkout.local, name))
            print_addresses(checkout.local, console, variables)
        while True:
            for checkout in checkouts:
                checkout.local.check_running()
            for tail in tails:
                tail.look()
            time.sleep(SECONDS_BETWEEN_LOOKS)
