"""``checkout local``: run the real stack on this machine."""

from __future__ import annotations

import dataclasses
import functools
import json
import secrets
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from rich.console import Console

from checkout_stack.exit_codes import STOPPED
from checkout_stack.local.chaos.run import run_chaos
from checkout_stack.local.local_checkout import DEPLOYMENTS, ON_TRIAL, PLAIN, bring_up
from checkout_stack.local.local_run import local_run
from checkout_stack.local.messages import LocalRunError, Progress
from checkout_stack.local.processes import INTERRUPTION
from checkout_stack.local.report import print_chaos, print_verdict
from checkout_stack.local.scenarios.catalogue import SCENARIOS, UnknownScenarioError, named
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.shop.server import serving
from checkout_stack.local.shop.shop import Shop
from checkout_stack.local.staying_up import stay_up

P = ParamSpec("P")
T = TypeVar("T")

NOT_AS_PROMISED = 1
COULD_NOT_RUN = 3

_PROBLEMS = f"""\
  2    the command line is wrong
  {COULD_NOT_RUN}    nothing could be tried: a port in use, a crashed process, a failed deployment
  {STOPPED}  stopped by Ctrl-C or a signal"""
EXIT_CODES = f"""\b
Exit codes:
  0    everything is as promised
  {NOT_AS_PROMISED}    something did not end as promised
{_PROBLEMS}"""


@click.group()
def local() -> None:
    """Deploy a checkout to a local AWS on this machine, use it, and try to break its promise."""


def _with_ports(command: Callable[P, T]) -> Callable[P, T]:
    """Add the options for fixed ports."""
    for option, use in (
        ("--payment-port", "the payment service"),
        ("--aws-port", "the AWS endpoint (HTTPS)"),
        ("--api-port", "the HTTP API"),
    ):
        command = click.option(
            option, type=click.IntRange(1, 65535), help=f"Port for {use}; a free one if not given."
        )(command)
    return command


def _with_app(command: Callable[P, T]) -> Callable[P, T]:
    """Add the options for an app of the user's own."""
    command = click.option(
        "--context",
        "-c",
        metavar="NAME=VALUE",
        multiple=True,
        help="Context for the app, as of `cdk synth`; may be given more than once.",
    )(command)
    return click.option(
        "--app",
        metavar="COMMAND|FOLDER",
        help="Your own CDK app, or a folder that `cdk synth` wrote; needs no clone. "
        "Default: the checkout of the repository.",
    )(command)


def _reporting_problems(command: Callable[P, T]) -> Callable[P, T]:
    """Turn problems into messages and signals into an orderly end."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with INTERRUPTION.by_signals():
                return command(*args, **kwargs)
        except LocalRunError as problem:
            click.secho(str(problem), err=True, fg="red")
            raise SystemExit(COULD_NOT_RUN) from problem
        except KeyboardInterrupt as stop:
            click.echo("stopped; nothing is left running", err=True)
            raise SystemExit(STOPPED) from stop

    return wrapped


@local.command(epilog=EXIT_CODES)
@_with_app
@_with_ports
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="Only scenarios whose name contains NAME; may be given more than once. There are: "
    + "; ".join(scenario.name for scenario in SCENARIOS)
    + ".",
)
@click.option(
    "--quick", is_flag=True, help="Only what buyers do, on one deployed checkout; no faults."
)
@click.option("--json", "json_wanted", is_flag=True, help="Print the result as JSON.")
@click.option("--keep", is_flag=True, help="Leave everything up afterwards, until Ctrl-C.")
@_reporting_problems
def run(
    app: str | None,
    context: tuple[str, ...],
    api_port: int | None,
    aws_port: int | None,
    payment_port: int | None,
    only: tuple[str, ...],
    quick: bool,
    json_wanted: bool,
    keep: bool,
) -> None:
    """Deploy, submit and resubmit checkouts, and count orders and charges.

    Orders are counted in the table and charges in the payment service's own ledger.
    """
    ports = {"api": api_port, "aws": aws_port, "payment_service": payment_port}
    if app is not None:
        from checkout_stack.local.own_app.commands import run_app

        if not run_app(app, context, only, json_wanted=json_wanted, keep=keep, **ports):
            raise SystemExit(NOT_AS_PROMISED)
        return
    _only_for_an_app(context)
    try:
        scenarios = named(only, quick=quick)
    except UnknownScenarioError as problem:
        raise click.BadParameter(str(problem), param_hint="--only") from problem
    wanted = {scenario.on for scenario in scenarios}
    deployments = [each for each in DEPLOYMENTS if each in wanted]
    with local_run(Progress(), **ports) as run:
        checkouts = bring_up(run, deployments)
        verdict = try_all(scenarios, dict(zip(deployments, checkouts, strict=True)), run.progress)
        print_verdict(verdict, run, json_wanted=json_wanted)
        if keep:
            kept = {deployments[0].stack_name: checkouts[0]}
            stay_up(kept, run.progress.console)
    if not verdict.as_promised:
        raise SystemExit(NOT_AS_PROMISED)


@local.command(epilog=f"\b\nExit codes:\n{_PROBLEMS}")
@_with_app
@_with_ports
@click.option(
    "--shop-port",
    type=click.IntRange(1, 65535),
    help="Port for the shop's page; a free one if not given.",
)
@_reporting_problems
def serve(
    app: str | None,
    context: tuple[str, ...],
    api_port: int | None,
    aws_port: int | None,
    payment_port: int | None,
    shop_port: int | None,
) -> None:
    """Deploy, open the shop, print the addresses, and leave everything up until Ctrl-C.

    What becomes of orders, and their events, is printed. An app of your own has no shop's page.
    Ctrl-C takes everything down.
    """
    ports = {"api": api_port, "aws": aws_port, "payment_service": payment_port, "shop": shop_port}
    if app is not None:
        from checkout_stack.local.own_app.commands import serve_app

        serve_app(app, context, **ports)
    _only_for_an_app(context)
    with local_run(Progress(), **ports) as run:
        [checkout] = bring_up(run, [PLAIN])
        with serving(Shop.of(checkout), run.ports.shop) as shop:
            stay_up({PLAIN.stack_name: checkout}, Console(), shop=shop.address)


@local.command(epilog=EXIT_CODES)
@click.option(
    "--minutes",
    type=click.FloatRange(0.1, 240),
    default=10.0,
    show_default=True,
    help="How long to disturb; settling comes on top.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    help="Draw those of an earlier run again. Default: a seed at random, which is printed.",
)
@click.option("--json", "json_wanted", is_flag=True, help="Print the result as JSON.")
@_reporting_problems
def chaos(minutes: float, seed: int | None, json_wanted: bool) -> None:
    """Buy while consumers are killed, the payment service hangs, and a version is deployed."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    with local_run(Progress()) as run:
        run.progress.say(f"seed {seed}, {minutes:g} minutes")
        checkouts = dict(zip(ON_TRIAL, bring_up(run, ON_TRIAL), strict=True))
        verdict = run_chaos(checkouts, minutes=minutes, seed=seed)
        if not verdict.as_promised:
            run.progress.say(f"logs: {run.logs}")
    if json_wanted:
        click.echo(json.dumps(dataclasses.asdict(verdict), indent=2))
    else:
        print_chaos(verdict, Console())
    if not verdict.as_promised:
        raise SystemExit(NOT_AS_PROMISED)


def _only_for_an_app(context: tuple[str, ...]) -> None:
    if context:
        raise click.BadParameter("is for an app that --app names", param_hint="--context")
