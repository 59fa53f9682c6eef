"""``checkout local run --app`` and ``checkout local serve --app``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import click
from rich.console import Console

from checkout_stack.local.messages import LocalRunError, Progress
from checkout_stack.local.own_app.bring_up import OwnCheckout, bring_up_app, own_app_run
from checkout_stack.local.own_app.local_template import REPLACED_KIND
from checkout_stack.local.own_app.own_scenarios import NAMES, own_scenarios
from checkout_stack.local.report import print_verdict
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.staying_up import stay_up


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
                f"no scenario for an app is named like {name!r}; there are: {'; '.join(NAMES)}",
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
        print_verdict(verdict, run, json_wanted=json_wanted)
        if keep:
            _stay_up(checkouts, run.progress.console)
    return verdict.as_promised


def serve_app(app: str, context: Sequence[str], **ports: int | None) -> NoReturn:
    """Deploy an app, print addresses, and tell what becomes of orders until a signal comes."""
    with own_app_run(Progress(), **ports) as run:
        _stay_up(bring_up_app(run, app, context), Console())


def _stay_up(checkouts: Sequence[OwnCheckout], console: Console) -> NoReturn:
    stay_up({each.name: each.local for each in checkouts}, console)
