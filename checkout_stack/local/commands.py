"""``checkout local``: run the real stack on this machine."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

import click
from rich.console import Console

from checkout_stack.exit_codes import STOPPED
from checkout_stack.local.app_settings import DEPLOYMENTS
from checkout_stack.local.chaos.command import chaos as run_command
from checkout_stack.local.interruption import INTERRUPTION
from checkout_stack.local.local_checkout import LocalCheckout, local_checkout, local_checkouts
from checkout_stack.local.places import Places
from checkout_stack.local.ports import Ports
from checkout_stack.local.problem import LocalRunProblem
from checkout_stack.local.progress import Progress
from checkout_stack.local.report import as_json, print_table
from checkout_stack.local.run_directory import tidy
from checkout_stack.local.scenarios.catalogue import SCENARIOS, UnknownScenario, named
from checkout_stack.local.scenarios.trial import try_all
from checkout_stack.local.serving import print_addresses, shop_in_front_of

P = ParamSpec("P")
T = TypeVar("T")

NOT_AS_PROMISED = 1
COULD_NOT_RUN = 3

EXIT_CODES = f"""\b
Exit codes:
  0    everything is as promised
  {NOT_AS_PROMISED}    a scenario did not end as promised
  2    the command line is wrong
  {COULD_NOT_RUN}    nothing could be tried: a port in use, a crashed process, a failed deployment
  {STOPPED}  stopped by Ctrl-C or a signal"""


@click.group()
def local() -> None:
    """Deploy the production constructs to a local AWS and try to break the promise."""


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


def _reporting_problems(command: Callable[P, T]) -> Callable[P, T]:
    """Turn problems into messages and signals into an orderly end."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with INTERRUPTION.by_signals():
                return command(*args, **kwargs)
        except LocalRunProblem as problem:
            click.secho(str(problem), err=True, fg="red")
            raise SystemExit(COULD_NOT_RUN) from problem
        except KeyboardInterrupt as stop:
            click.echo("stopped; nothing is left running", err=True)
            raise SystemExit(STOPPED) from stop

    return wrapped


@local.command(epilog=EXIT_CODES)
@_with_ports
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="Only scenarios whose name contains NAME; may be given more than once. There are: "
    + ", ".join(scenario.name for scenario in SCENARIOS)
    + ".",
)
@click.option(
    "--quick", is_flag=True, help="Only what buyers do, on one deployed checkout; no faults."
)
@click.option("--json", "json_wanted", is_flag=True, help="Print the result as JSON.")
@click.option("--keep", is_flag=True, help="Leave everything up afterwards, until Ctrl-C.")
@_reporting_problems
def run(
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
    try:
        scenarios = named(only, quick=quick)
    except UnknownScenario as problem:
        raise click.BadParameter(str(problem), param_hint="--only") from problem
    progress = Progress()
    places = _tidied(progress)
    ports = Ports.choose(api=api_port, aws=aws_port, payment_service=payment_port)
    wanted = {scenario.on for scenario in scenarios}
    deployments = [each for each in DEPLOYMENTS if each in wanted]
    with local_checkouts(places, ports, progress, deployments) as checkouts:
        tried = dict(zip(deployments, checkouts, strict=True))
        verdict = try_all(scenarios, tried, progress)
        checkout = checkouts[0]
        if json_wanted:
            click.echo(as_json(verdict))
        else:
            print_table(verdict, Console())
        if not verdict.as_promised:
            progress.say(f"logs: {checkout.directory / 'logs'}")
        if keep:
            print_addresses(checkout, progress.console)
            _wait(checkout)
    if not verdict.as_promised:
        raise SystemExit(NOT_AS_PROMISED)


@local.command(epilog=EXIT_CODES)
@_with_ports
@click.option(
    "--shop-port",
    type=click.IntRange(1, 65535),
    help="Port for the shop's page; a free one if not given.",
)
@_reporting_problems
def serve(
    api_port: int | None, aws_port: int | None, payment_port: int | None, shop_port: int | None
) -> None:
    """Deploy, open the shop, print the addresses, and leave everything up until Ctrl-C."""
    progress = Progress()
    places = _tidied(progress)
    ports = Ports.choose(api=api_port, aws=aws_port, payment_service=payment_port, shop=shop_port)
    with (
        local_checkout(places, ports, progress) as checkout,
        shop_in_front_of(checkout, ports.shop) as shop,
    ):
        print_addresses(checkout, Console(), shop)
        _wait(checkout)


@local.command(epilog=EXIT_CODES)
@click.option(
    "--minutes",
    type=click.FloatRange(0.1, 240),
    default=10.0,
    show_default=True,
    help="How long to disturb; settling comes on top.",
)
@click.option(
    "--seed", type=click.IntRange(0), help="Draw the same disturbances and purchases again."
)
@click.option("--json", "json_wanted", is_flag=True, help="Print the result as JSON.")
@_reporting_problems
def chaos(minutes: float, seed: int | None, json_wanted: bool) -> None:
    """Buy while consumers are killed, the payment service hangs, and a version is deployed."""
    run_command(minutes, seed, json_wanted)


def _tidied(progress: Progress) -> Places:
    """This clone, with nothing of a crashed run left: it might hold the ports asked for."""
    places = Places.of_this_clone()
    tidy(places.runs, progress.say)
    return places


def _wait(checkout: LocalCheckout) -> NoReturn:
    while True:
        checkout.check_running()
        time.sleep(0.5)
